import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grade } from '../../src/index.ts';
import { FakeSandbox, returned, valueOf } from '../../testing/index.ts';
import { atomWith } from '../atom-fixtures.ts';

const inputsOf = (steps: readonly object[]): unknown[] =>
  steps.map((step) => ('arguments' in step ? step.arguments : undefined));

describe('the order in which tests run', () => {
  it('a hidden test runs behind every shown one, and its box is not told of it before', async () => {
    const sandbox = FakeSandbox.answering(returned(valueOf(1)), returned(valueOf(1)), returned(valueOf(2)));
    const tests = [
      { name: 'secret', input: [2], expected: 2, hidden: true },
      { name: 'first', input: [1], expected: 1 },
      { name: 'second', input: [3], expected: 1 },
    ];
    const result = await grade(atomWith({ tests }), sandbox);
    const [job] = sandbox.jobs;
    expect(inputsOf(job?.steps ?? [])).toEqual([1, 3, 2].map((value) => ({ by: 'position', values: [value] })));
    expect(job).toMatchObject({ withheldFrom: 2 });
    expect(result.test_results.map(({ name, passed }) => [name, passed])).toEqual([
      ['secret', true],
      ['first', true],
      ['second', true],
    ]);
  });

  it('nothing is withheld where nothing is hidden', async () => {
    const sandbox = FakeSandbox.answering(returned(valueOf(3)));
    await grade(atomWith(), sandbox);
    expect(sandbox.jobs[0]).not.toHaveProperty('withheldFrom');
  });

  it('every test gets its own outcome back, whichever are hidden', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (hidden) => {
        const sandbox = new FakeSandbox(({ steps }) => ({
          status: 'ran',
          outcomes: steps.map((step) =>
            returned(
              valueOf((step.kind === 'call' && step.arguments.by === 'position' && step.arguments.values[0]) || 0),
            ),
          ),
        }));
        const tests = hidden.map((isHidden, index) => ({ input: [index], expected: index, hidden: isHidden }));
        expect(await grade(atomWith({ tests }), sandbox)).toMatchObject({ correct: true, tests_total: hidden.length });
      }),
    );
  });
});
