import { describe, expect, it } from 'vitest';
import { grade, type JsonValue, type StepOutcome } from '../../src/index.ts';
import { ended, FakeSandbox, raised, returned, timedOut, valueOf } from '../../testing/index.ts';
import { atomWith } from '../atom-fixtures.ts';

interface Case {
  readonly expected?: unknown;
  readonly input?: unknown;
  readonly outcome: StepOutcome;
}

async function suggest(
  cases: readonly Case[],
  more: { source?: string; recent?: string[]; language?: string } = {},
): Promise<string[]> {
  const atom = atomWith(
    {
      language: more.language ?? 'python',
      entrypoint: null,
      submission: more.source ?? 'def f(): pass',
      tests: cases.map(({ expected = 1, input = [1] }) => ({ input, expected })),
    },
    { session_context: { recent_errors: more.recent ?? [] } },
  );
  const result = await grade(atom, FakeSandbox.answering(...cases.map(({ outcome }) => outcome)));
  return result.git_suggestions;
}

const one = (expected: JsonValue, actual: JsonValue): Case => ({ expected, outcome: returned(valueOf(actual)) });

describe('suggestions', () => {
  it.each<[string, Case, RegExp]>([
    ['a number off by one', one(5, 6), /off by one/],
    ['a list one short', one([1, 2, 3], [1, 2]), /off by one/],
    ['a number inside that is off by one', one({ a: [5] }, { a: [4] }), /off by one/],
    ['no return in Python', one(5, null), /gave back None.*return/],
    ['text for a number', one(5, '5'), /There is a str where a number is asked for:/],
    ['a wrong type inside', one([5], ['5']), /a str where a number is asked for, inside/],
    [
      'an instance for a number',
      { expected: 5, outcome: returned({ type: 'opaque', name: 'Date\u001b', text: '' }) },
      /an object of type Date\\x1b where a number/,
    ],
    [
      'an unknown name in Python',
      { outcome: raised('NameError', "name 'totl' is not defined", { file: 'solution.py', line: 3 }) },
      /The name totl is used at line 3/,
    ],
    ['a name used too early', { outcome: raised('UnboundLocalError', 'weird') }, /A name is used but/],
    [
      'a missing function',
      { outcome: raised('NameError', 'the function "add" is not defined') },
      /The tests call add: define/,
    ],
    [
      'several functions',
      { outcome: raised('NameError', 'the entry file defines several functions, name the one to call: a, b') },
      /define exactly one/,
    ],
    [
      'endless recursion',
      { outcome: raised('RecursionError', 'maximum recursion depth exceeded', { file: 'solution.py', line: 2 }) },
      /without end at line 2.*returns without a call/,
    ],
    ['a loop with its line', { outcome: timedOut(100, 7) }, /come to an end at line 7/],
    ['too much memory', { outcome: ended({ status: 'out-of-memory' }) }, /memory/],
  ])('speak of %s', async (_, failed, suggestion) => {
    expect(await suggest([failed])).toEqual([expect.stringMatching(suggestion)]);
  });

  it('speak of JavaScript in its words', async () => {
    const javascript = { language: 'javascript', source: 'function f() {}' };
    expect(await suggest([{ outcome: returned({ type: 'undefined' }) }], javascript)).toEqual([
      expect.stringMatching(/gave back undefined/),
    ]);
    expect(await suggest([{ outcome: raised('ReferenceError', 'totl is not defined') }], javascript)).toEqual([
      expect.stringMatching(/The name totl/),
    ]);
    expect(await suggest([{ outcome: raised('InternalError', 'stack overflow') }], javascript)).toEqual([
      expect.stringMatching(/without end/),
    ]);
    expect(await suggest([one({ a: 1 }, [1])], javascript)).toEqual([
      expect.stringMatching(/There is an array where an object/),
    ]);
  });

  it('find the line of the only loop where the box cannot tell it', async () => {
    const source = 'def f():\n    x = 1\n    while x:\n        pass';
    expect(await suggest([{ outcome: timedOut(100) }], { source })).toEqual([expect.stringMatching(/at line 3/)]);
    expect(await suggest([{ outcome: timedOut(100) }], { source: `${source}\n    for y in x: pass` })).toEqual([
      expect.not.stringMatching(/line/),
    ]);
  });

  it('speak of an edge case when only an empty input fails', async () => {
    const passed = one(1, 1);
    expect(await suggest([passed, { input: [[]], expected: 0, outcome: raised('IndexError', 'x') }])).toEqual([
      expect.stringMatching(/empty or zero/),
    ]);
    expect(await suggest([{ input: [[]], expected: 0, outcome: raised('IndexError', 'x') }])).toEqual([]);
    expect(await suggest([passed, { input: [[1]], expected: 0, outcome: raised('IndexError', 'x') }])).toEqual([]);
  });

  it('say nothing where no rule fits', async () => {
    expect(await suggest([one(5, 50), one('a', 'b')])).toEqual([]);
    expect(await suggest([one(1, 1)])).toEqual([]);
    expect(await suggest([{ outcome: ended({ status: 'exited', exitCode: 3 }) }])).toEqual([]);
  });

  it('put first what the learner has lately needed, and are three at most', async () => {
    const cases: Case[] = [one(5, 6), one(5, null), one(5, '5'), { outcome: timedOut(100, 7) }];
    const usual = await suggest(cases);
    expect(usual).toHaveLength(3);
    expect(usual[0]).toMatch(/come to an end/);
    expect((await suggest(cases, { recent: ['Off-by-one', 'nonsense'] }))[0]).toMatch(/off by one/);
  });

  it('never hold a value that was expected', async () => {
    const secret = 987_654;
    const all = await suggest([one(secret, secret + 1), one(secret, null), one(secret, 'x'), one([secret], [])]);
    expect(all.join()).not.toContain(String(secret));
  });

  it('for code that does not compile name the line', async () => {
    const failing = (type: string, line?: number): FakeSandbox =>
      new FakeSandbox(() => ({
        status: 'syntax-error',
        error: { type, message: 'x', ...(line === undefined ? {} : { line }) },
      }));
    expect((await grade(atomWith(), failing('IndentationError', 4))).git_suggestions[0]).toMatch(
      /indentation at line 4/,
    );
    expect((await grade(atomWith(), failing('SyntaxError'))).git_suggestions[0]).toMatch(/^Check the syntax, and/);
  });
});
