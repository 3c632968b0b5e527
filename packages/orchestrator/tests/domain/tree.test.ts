import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Aggregate, JsonValue, OnChildFailure } from '../../src/contract/index.ts';
import { type EndedChild, endTree, nextTreeStep, type TreeFacts } from '../../src/domain/tree.ts';

const FACTS: TreeFacts = {
  aggregate: { by: 'all' },
  onChildFailure: 'fail',
  cancelRequested: false,
  exceeded: null,
  open: 0,
  completed: 0,
  failed: 0,
};

const done = (taskId: string, result: JsonValue): EndedChild => ({ taskId, status: 'completed', result, error: null });
const broken = (taskId: string): EndedChild => ({
  taskId,
  status: 'failed',
  result: null,
  error: { code: 'arm_failed', message: 'it broke' },
});

const end = (aggregate: Aggregate, children: readonly EndedChild[], onChildFailure: OnChildFailure = 'fail') =>
  endTree({ aggregate, onChildFailure, cancelRequested: false, exceeded: null }, children);

describe('a parent', () => {
  it.each<[string, Partial<TreeFacts>, string]>([
    ['waits while a child is open', { open: 1, completed: 4 }, 'wait'],
    ['ends when none is', { completed: 2, failed: 1 }, 'end'],
    ['lets the others go on after a failure', { open: 1, failed: 1 }, 'wait'],
    [
      'stops the others after a failure when told to',
      { open: 1, failed: 1, onChildFailure: 'cancel-rest' },
      'cancel-rest',
    ],
    ['stops the others once the first completed', { open: 3, completed: 1, aggregate: { by: 'first' } }, 'cancel-rest'],
    ['stops its children when it is cancelled', { open: 3, cancelRequested: true }, 'cancel-rest'],
    [
      'outlives failures that "any" is there for',
      { open: 1, failed: 1, onChildFailure: 'cancel-rest', aggregate: { by: 'any' } },
      'wait',
    ],
  ])('%s', (_what, facts, step) => {
    expect(nextTreeStep({ ...FACTS, ...facts })).toBe(step);
  });

  it('of all children has each with its standing, in order', () => {
    expect(end({ by: 'all' }, [done('a', 1), done('b', 2)])).toEqual({
      kind: 'complete',
      result: {
        children: [
          { task_id: 'a', status: 'completed', result: 1, error: null },
          { task_id: 'b', status: 'completed', result: 2, error: null },
        ],
      },
    });
  });

  it('fails with the first child that failed, and says how many more', () => {
    expect(end({ by: 'all' }, [done('a', 1), broken('b'), broken('c')])).toEqual({
      kind: 'fail',
      error: { code: 'child_failed', message: 'its subtask b failed: it broke (and 1 more)' },
    });
  });

  it('goes on without what failed when told to, but not without anything', () => {
    expect(end({ by: 'all' }, [done('a', 1), broken('b')], 'continue')).toMatchObject({
      result: { children: [{ task_id: 'a' }, { task_id: 'b', status: 'failed', error: { code: 'arm_failed' } }] },
    });
    expect(end({ by: 'all' }, [broken('b')], 'continue').kind).toBe('fail');
  });

  it('of any or the first child needs one that completed', () => {
    expect(end({ by: 'any' }, [broken('a'), done('b', 2)])).toMatchObject({ result: { children: [{ task_id: 'b' }] } });
    expect(end({ by: 'first' }, [broken('a'), done('b', 2), done('c', 3)])).toEqual({
      kind: 'complete',
      result: { task_id: 'b', result: 2 },
    });
    expect(end({ by: 'first' }, [broken('a')]).kind).toBe('fail');
  });

  it('of the best has the highest number at the pointer, the earlier of equals', () => {
    const children = [
      done('a', { s: [0.5] }),
      done('b', { s: [0.9] }),
      done('c', { s: [0.9] }),
      done('d', { s: ['9'] }),
    ];
    expect(end({ by: 'best', score: '/s/0' }, children)).toEqual({
      kind: 'complete',
      result: { task_id: 'b', score: 0.9, result: { s: [0.9] } },
    });
    expect(end({ by: 'best', score: '/none' }, children)).toMatchObject({ error: { code: 'aggregate_failed' } });
  });

  it('of a vote has what most say, whatever the order of their keys', () => {
    const children = [done('a', { v: { x: 1, y: 2 } }), done('b', { v: 'other' }), done('c', { v: { y: 2, x: 1 } })];
    expect(end({ by: 'vote', on: '/v' }, children)).toMatchObject({
      result: { value: { x: 1, y: 2 }, votes: 2, of: 3, ballots: [{ task_ids: ['a', 'c'] }, { task_ids: ['b'] }] },
    });
    expect(end({ by: 'vote', on: '/none' }, children)).toMatchObject({ error: { code: 'aggregate_failed' } });
  });

  it('that reduces hands its arm what the children made', () => {
    expect(end({ by: 'reduce' }, [done('a', 1)])).toEqual({
      kind: 'reduce',
      children: [{ task_id: 'a', status: 'completed', result: 1, error: null }],
    });
  });

  it('whose budget is used up fails with that, whatever its children made', () => {
    const error = { code: 'budget_exceeded', message: 'over' };
    const facts = {
      aggregate: { by: 'all' },
      onChildFailure: 'continue',
      cancelRequested: false,
      exceeded: error,
    } as const;
    expect(endTree(facts, [done('a', 1)])).toEqual({ kind: 'fail', error });
  });

  it('that was cancelled is cancelled, whatever its children made', () => {
    const facts = { aggregate: { by: 'all' }, onChildFailure: 'fail', cancelRequested: true, exceeded: null } as const;
    expect(endTree(facts, [done('a', 1)])).toEqual({ kind: 'cancel' });
  });

  const aggregates = fc.constantFrom<Aggregate>(
    { by: 'all' },
    { by: 'any' },
    { by: 'first' },
    { by: 'best', score: '' },
    { by: 'vote', on: '' },
    { by: 'reduce' },
  );
  const policies = fc.constantFrom<OnChildFailure>('fail', 'continue', 'cancel-rest');

  it('ends exactly when no child is open, and never completes without a child that did', () => {
    fc.assert(
      fc.property(
        aggregates,
        policies,
        fc.array(
          fc.oneof(
            fc.integer().map((n) => done('d', n)),
            fc.constant(broken('b')),
          ),
          { minLength: 1, maxLength: 8 },
        ),
        fc.nat(3),
        (aggregate, onChildFailure, children, open) => {
          const completed = children.filter(({ status }) => status === 'completed').length;
          const facts = { aggregate, onChildFailure, cancelRequested: false, exceeded: null };
          const step = nextTreeStep({ ...facts, open, completed, failed: children.length - completed });
          expect(step === 'end').toBe(open === 0);
          const { kind } = endTree(facts, children);
          if (completed === 0) expect(kind).toBe('fail');
          if (completed === children.length) expect(['complete', 'reduce']).toContain(kind);
        },
      ),
    );
  });
});
