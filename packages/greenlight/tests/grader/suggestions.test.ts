import { describe, expect, it } from 'vitest';
import { grade, type JsonValue, type StepOutcome } from '../../src/index.ts';
import { ended, FakeSandbox, printed, raised, returned, timedOut, valueOf } from '../../testing/index.ts';
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

  const program = async (expected: string, actual: string, exitCode = 0): Promise<string[]> => {
    const atom = atomWith({ tests: [{ expected_stdout: expected }] });
    return (await grade(atom, FakeSandbox.answering(printed(actual, exitCode)))).git_suggestions;
  };

  it.each([
    ['prints nothing', '6', '\n', 0, /prints nothing: check that the result is printed/],
    ['prints a number off by one', 'sum 6', 'sum 7', 0, /printed is off by one/],
    ['prints in another form', 'Total: 6, 7', 'total 6 7', 0, /differs only in its form/],
    ['ends with another code', '6', '6', 3, /its exit code is another one/],
  ])('of a program that %s say so', async (_name, expected, actual, exitCode, suggestion) => {
    expect(await program(expected, actual, exitCode)).toEqual([expect.stringMatching(suggestion)]);
  });

  it('of a program that is wrong in another way say nothing', async () => {
    expect(await program('6', '12')).toEqual([]);
    expect(await program('6 7', '7 9')).toEqual([]);
  });

  const asserted = async (source: string, language = 'python'): Promise<string[]> => {
    const atom = atomWith({ language, entrypoint: null, submission: source, tests: [{ code: 'assert f([2]) == 1' }] });
    const failed = raised('AssertionError', '', { file: '<test>', line: 1 });
    return (await grade(atom, FakeSandbox.answering(failed))).git_suggestions;
  };

  it.each([
    ['sorts it', 'python', 'def f(items):\n    items.sort()\n    return items[0]', /own argument items at line 2/],
    ['sets an item', 'python', 'def f(a, rows):\n    rows[0] = a', /own argument rows at line 2/],
    ['deletes from it', 'python', 'def f(seen):\n    if seen:\n        del seen["a"]', /seen at line 3/],
    ['pushes', 'javascript', 'function f(list) {\n  list.push(1);\n}', /own argument list at line 2/],
    ['pushes in an arrow', 'typescript', 'const f = (list: number[]): void => { list.push(1); };', /list at line 1/],
    [
      'has a default that is shared',
      'python',
      'def f(x, seen=[]):\n    return seen + [x]',
      /default of seen at line 1 is made once/,
    ],
  ])('of a function that changes its argument (%s) name the line', async (_name, language, source, suggestion) => {
    expect((await asserted(source, language))[0]).toMatch(suggestion);
  });

  it.each([
    ['a copy', 'python', 'def f(items):\n    items = sorted(items)\n    items.sort()\n    return items'],
    ['another list', 'python', 'def f(items):\n    found = []\n    found.append(1)\n    other.items.append(2)'],
    ['a comparison', 'python', 'def f(items):\n    return items[0] == 1'],
    ['a fresh array', 'javascript', 'function f(list) { return [...list].sort(); }'],
  ])('do not take %s for a change of the argument', async (_name, language, source) => {
    expect(await asserted(source, language)).toEqual([]);
  });

  it('take no time over hostile sources and outputs', async () => {
    const long = `${'('.repeat(50_000)}${'a, '.repeat(50_000)}${'x = '.repeat(20_000)}`;
    expect(await asserted(`def f(${long}`)).toEqual([]);
    expect(await asserted(`function f(${long}`, 'javascript')).toEqual([]);
    expect(await program('1 '.repeat(100_000), '2 3 '.repeat(100_000))).toEqual([]);
  });
});
