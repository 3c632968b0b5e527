import { fileURLToPath } from 'node:url';
import { loadDeck, type SandboxRun, SandboxSaturated } from '@switchyard/greenlight';
import { ended, FakeSandbox, raised, returned, timedOut, valueOf } from '@switchyard/greenlight/testing';
import { describe, expect, it } from 'vitest';
import { createGreenlightArm, greenlightContract } from '../../../src/adapters/arms/greenlight.ts';
import { inputCheckOf } from '../../../src/adapters/arms/input-schema.ts';
import { type JsonValue, jsonObjectSchema, jsonSchema } from '../../../src/contract/index.ts';
import type { Arm, Work } from '../../../src/ports/arm.ts';
import { createFreeMeter, holding, makeTask, matching } from '../../../testing/index.ts';

const ATOM: JsonValue = {
  atom_id: 'double',
  atom_type: 'code_submission',
  front: 'Double a number.',
  back: 'def double(n):\n    return 2 * n\n',
  content_json: {
    language: 'python',
    tests: [
      { input: [2], expected: 4 },
      { input: [3], expected: 6 },
    ],
  },
};

function armOn(sandbox: FakeSandbox): Arm {
  return createGreenlightArm({ contract: greenlightContract(), sandbox, concurrency: 2 });
}

function workOn(input: JsonValue, signal = new AbortController().signal): Work {
  return {
    task: makeTask({ input }),
    attempt: 1,
    deadline: new Date(),
    signal,
    meter: createFreeMeter(),
    keep: () => undefined,
    progress: () => undefined,
  };
}

describe('the input schema of the greenlight arm', () => {
  const { inputSchema = {} } = greenlightContract();
  const check = inputCheckOf('greenlight', { ...inputSchema });

  it.each(['first-steps', 'debugging', 'reading', 'review', 'shell', 'sql'])(
    'takes every atom of the deck %s, and what other clients make of it',
    async (name) => {
      const deck = await loadDeck({
        path: fileURLToPath(new URL(`../../../../../examples/decks/${name}.json`, import.meta.url)),
      });
      expect(deck.atoms.length).toBeGreaterThan(0);
      for (const atom of deck.atoms) {
        const body = jsonObjectSchema.parse(JSON.parse(JSON.stringify(atom)));
        const { front = '', back = '', content_json = {}, ...outside } = body;
        expect(check(body)).toEqual([]);
        expect(check({ ...outside, content: { front, back, content_json } })).toEqual([]);
      }
    },
  );

  it('names what is missing and what may be there', () => {
    expect(check({ atom_type: 'essay' })).toMatchObject([
      { pointer: '/atom_id', detail: 'is missing; it may be a string' },
      { pointer: '/atom_type', detail: matching(/code_submission/) },
    ]);
  });
});

describe('the greenlight arm', () => {
  it('reports what the screen finds unless told otherwise: code holds addresses and test data', () => {
    expect(greenlightContract()).toMatchObject({ name: 'greenlight', screening: 'report' });
    expect(greenlightContract('enforce').screening).toBe('enforce');
  });

  it('takes an atom, and says of everything else what is wrong where', () => {
    const contract = greenlightContract();
    const checkInput = (input: JsonValue) => contract.checkInput(input);
    expect(checkInput(ATOM)).toEqual([]);
    expect(checkInput(null)[0]).toMatchObject({ pointer: '', detail: matching(/^was null; it may be an object with/) });
    expect(checkInput({ ...ATOM, content_json: { language: 'cobol', tests: [{}] } })).toEqual(
      expect.arrayContaining([
        holding({ pointer: '/content_json/language', detail: matching(/python/) }),
        holding({ pointer: matching(/^\/content_json\/tests\/0/) }),
      ]),
    );
  });

  it.each<[string, SandboxRun, object]>([
    [
      'right',
      { status: 'ran', outcomes: [returned(valueOf(4)), returned(valueOf(6))] },
      { partial_score: 1, error_class: null },
    ],
    ['half right', { status: 'ran', outcomes: [returned(valueOf(4)), returned(valueOf(7))] }, { partial_score: 0.5 }],
    [
      'no program',
      { status: 'syntax-error', error: { type: 'SyntaxError', message: 'bad', line: 1 } },
      { error_class: 'syntax' },
    ],
    [
      'raising',
      { status: 'ran', outcomes: [raised('ZeroDivisionError', 'by zero'), raised('ValueError')] },
      { partial_score: 0 },
    ],
    ['endless', { status: 'ran', outcomes: [timedOut(1_000, 2), timedOut(1_000)] }, { partial_score: 0 }],
    [
      'greedy',
      { status: 'ran', outcomes: [ended({ status: 'out-of-memory' }), ended({ status: 'skipped', reason: 'lost' })] },
      { partial_score: 0 },
    ],
    [
      'no number',
      {
        status: 'ran',
        outcomes: [returned({ type: 'float', value: 'NaN' }), returned({ type: 'float', value: '-0' })],
      },
      { partial_score: 0 },
    ],
  ])('grades an answer that is %s, and its result is JSON', async (_what, run, expected) => {
    const sandbox = new FakeSandbox(() => run);
    const answer = await armOn(sandbox).run(workOn(ATOM));
    expect(answer.costUsd).toBe(0);
    expect(answer.result).toMatchObject({ atom_id: 'double', ...expected });
    expect(jsonSchema.parse(JSON.parse(JSON.stringify(answer.result)))).toEqual(answer.result);
    expect(sandbox.jobs).toHaveLength(1);
  });

  it('hands its signal to the sandbox and passes on why it stopped', async () => {
    const stop = new AbortController();
    stop.abort(new Error('cancelled'));
    await expect(armOn(FakeSandbox.answering()).run(workOn(ATOM, stop.signal))).rejects.toThrow('cancelled');
  });

  it('lets a full sandbox be what may pass', async () => {
    const sandbox = new FakeSandbox(() => Promise.reject(new SandboxSaturated('fake', 9, 1)));
    await expect(armOn(sandbox).run(workOn(ATOM))).rejects.toMatchObject({ kind: 'transient' });
  });

  it('has the problem of its sandbox, or none', () => {
    const sandbox = FakeSandbox.answering();
    expect(armOn(sandbox).problem()).toBeNull();
    const broken = Object.assign(FakeSandbox.answering(), {
      status: () => ({ ...sandbox.status(), problems: ['no box starts', 'another'] }),
    });
    expect(armOn(broken).problem()).toBe('no box starts');
  });
});
