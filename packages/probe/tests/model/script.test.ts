import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadScript, parseScript, ScriptInvalid } from '../../src/index.ts';
import { boundedPatternProblem, compilePattern, LONGEST_SUBJECT } from '../../src/model/bounded-pattern.ts';

const problems = (value: unknown): readonly { pointer: string; detail: string }[] => {
  try {
    parseScript(value, 'test');
  } catch (error) {
    if (error instanceof ScriptInvalid) return error.problems;
    throw error;
  }
  return [];
};

const rule = (more: object): unknown => ({ rules: [{ match: { contains: 'x' }, ...more }] });

describe('a script', () => {
  it('may leave out its rules and its default', () => {
    expect(parseScript({}, 'test')).toEqual({ rules: [] });
  });

  it.each([
    ['text', '', 'must be an object; it was "text"'],
    [{ rule: [] }, '/rule', 'is not known here'],
    [rule({}), '/rules/0', 'exactly one of'],
    [rule({ answer: 'a', error: 'TIMEOUT' }), '/rules/0', 'exactly one of'],
    [rule({ answer: 1 }), '/rules/0/answer', 'must be a string; it was 1'],
    [rule({ error: 'OOPS' }), '/rules/0/error', 'RATE_LIMIT'],
    [rule({ answer: 'a', delay_ms: -1 }), '/rules/0/delay_ms', 'must be at least 0; it was -1'],
    [rule({ answer: 'a', delay_ms: 1e9 }), '/rules/0/delay_ms', 'must be at most 600000'],
    [rule({ answer: 'a', 'de/lay~': 1 }), '/rules/0/de~1lay~0', 'is not known here'],
    [{ rules: [{ match: {}, answer: 'a' }] }, '/rules/0/match', 'exactly one of "contains" and "pattern"'],
    [{ rules: [{ match: { contains: '' }, answer: 'a' }] }, '/rules/0/match/contains', 'must not be empty'],
    [{ rules: [{ match: { pattern: '(a+)+$' }, answer: 'a' }] }, '/rules/0/match/pattern', 'may not repeat a group'],
    [{ default: {} }, '/default', 'exactly one of'],
  ])('%j is refused at %s', (value, pointer, detail) => {
    const [problem, ...others] = problems(value);
    expect(others).toEqual([]);
    expect(problem?.pointer).toBe(pointer);
    expect(problem?.detail).toContain(detail);
  });

  it('names every problem in one message', () => {
    const bad = { rules: [{ match: { contains: 'x' } }], extra: 1 };
    expect(() => parseScript(bad, 'my.json')).toThrow(
      /the script my\.json is not valid.*\n.*\/rules\/0: .*\n.*\/extra: /s,
    );
  });
});

describe('a pattern', () => {
  it.each(['^hello', 'a.*b', '\\d{1,3} apples?', '(?:one|two) [a-z+*]+', '\\(x\\)+', 'a{3}'])(
    '%s is bounded',
    (source) => {
      expect(boundedPatternProblem(source)).toBeNull();
    },
  );

  it.each([
    ['(', 'not a regular expression'],
    ['(a|b)*', 'repeat a group'],
    ['(a){2,9}', 'repeat a group'],
    ['(a)\\1', 'back reference'],
    ['(?=a)b', 'look-around'],
    ['a{1,101}', 'at most 100'],
    ['a*b*c*', 'at most 2'],
  ])('%s is not', (source, problem) => {
    expect(boundedPatternProblem(source)).toContain(problem);
  });

  it('at its worst ends on the longest text that it is tried on', () => {
    expect(compilePattern('a+a+$').test(`${'a'.repeat(LONGEST_SUBJECT - 1)}b`)).toBe(false);
  });
});

describe('a script file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'script-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const file = async (text: string): Promise<string> => {
    const path = join(folder, 'script.json');
    await writeFile(path, text);
    return path;
  };

  it('is read and checked', async () => {
    expect(await loadScript(await file('{"default": {"answer": "yes"}}'))).toEqual({
      rules: [],
      default: { answer: 'yes' },
    });
    await expect(loadScript(await file('{"default": 1}'))).rejects.toThrow(ScriptInvalid);
  });

  it('that is missing, no JSON or too large is refused by name', async () => {
    const named = (name: string): string => `the script ${join(folder, name)} (SWITCHYARD_SCRIPT, scriptFile)`;
    await expect(loadScript(join(folder, 'none.json'))).rejects.toThrow(
      `${named('none.json')} cannot be read: there is no such file or folder`,
    );
    await expect(loadScript(folder)).rejects.toThrow('cannot be read: it is a folder');
    await expect(loadScript(await file('{'))).rejects.toThrow(`${named('script.json')} is not JSON: it ends too early`);
    await expect(loadScript(await file('[]'))).rejects.toThrow(`${named('script.json')} must be an object`);
    await writeFile(join(folder, 'wide.json'), Buffer.from('\uFEFF{}', 'utf16le'));
    await expect(loadScript(join(folder, 'wide.json'))).rejects.toThrow('cannot be read: it is not UTF-8 text');
    const large = await file('');
    await truncate(large, 4 * 1024 * 1024 + 1);
    await expect(loadScript(large)).rejects.toThrow('at most 4194304 are read');
  });

  it('is not read any more once aborted', async () => {
    const path = await file('{}');
    await expect(loadScript(path, AbortSignal.abort(new Error('shutdown')))).rejects.toThrow('shutdown');
  });
});
