import { describe, expect, it } from 'vitest';
import { InvalidAtom, parseRunAtomRequest } from '../../src/index.ts';
import { bodyWith } from '../atom-fixtures.ts';

function issuesOf(body: unknown): readonly { pointer: string; detail: string }[] {
  try {
    parseRunAtomRequest(body);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidAtom);
    return error instanceof InvalidAtom ? error.issues : [];
  }
  return [];
}

describe('a request that breaks the schema', () => {
  const test = (more: object): object => ({
    tests: [
      { input: [1], expected: 1 },
      { input: [1], expected: 1, ...more },
    ],
  });

  it.each<[string, unknown, string, RegExp]>([
    ['is no object', 'x', '', /was "x"; it may be an object/],
    ['has no id', bodyWith({}, { atom_id: undefined }), '/atom_id', /is missing; it may be a text/],
    ['has an id that is no text', bodyWith({}, { atom_id: 7 }), '/atom_id', /was 7/],
    ['has an unknown type', bodyWith({}, { atom_type: 'essay' }), '/atom_type', /was "essay"; .*code_submission/],
    ['has no front', bodyWith({}, { front: undefined }), '/front', /is missing/],
    ['has no content', bodyWith({}, { content_json: undefined }), '/content_json', /is missing/],
    ['names no language', bodyWith({ language: undefined }), '/content_json/language', /python, javascript/],
    [
      'names an unknown language',
      bodyWith({ language: 'cobol' }),
      '/content_json/language',
      /was "cobol"; it may be one of: python, javascript, typescript, bash, sql, c, /,
    ],
    [
      'names a language as object keys do',
      bodyWith({ language: 'constructor' }),
      '/content_json/language',
      /was "constructor"/,
    ],
    [
      'compares a prediction with a pattern that the program prints',
      bodyWith({ code: 'print(1)', tests: [{ stdin: '', match: 'regex' }] }, { atom_type: 'code_understanding' }),
      '/content_json/tests/0/match',
      /was "regex"; it may be "exact" or "trim"/,
    ],
    [
      'gives a number that no double holds',
      bodyWith({ tests: [{ input: [Number.POSITIVE_INFINITY], expected: 1 }] }),
      '/content_json/tests/0/input',
      /holds a number that is larger than a double/,
    ],
    [
      'expects a number that no double holds',
      bodyWith({ tests: [{ input: [1], expected: [Number.NEGATIVE_INFINITY] }] }),
      '/content_json/tests/0/expected',
      /holds a number that is larger than a double/,
    ],
    ['has limits that are no object', bodyWith({ runner_limits: 5 }), '/content_json/runner_limits', /was 5/],
    [
      'allows no time',
      bodyWith({ runner_limits: { cpu_ms: 0 } }),
      '/content_json/runner_limits/cpu_ms',
      /was 0; .*1 to 60000/,
    ],
    [
      'allows too much time',
      bodyWith({ runner_limits: { cpu_ms: 60_001 } }),
      '/content_json/runner_limits/cpu_ms',
      /60001/,
    ],
    [
      'allows half a millisecond',
      bodyWith({ runner_limits: { cpu_ms: 1.5 } }),
      '/content_json/runner_limits/cpu_ms',
      /1\.5/,
    ],
    [
      'allows too little memory',
      bodyWith({ runner_limits: { memory_mb: 31 } }),
      '/content_json/runner_limits/memory_mb',
      /32 to 1024/,
    ],
    [
      'allows too much memory',
      bodyWith({ memory_limit_mb: 1025, runner_limits: null }),
      '/content_json/memory_limit_mb',
      /was 1025/,
    ],
    [
      'gives a limit as text',
      bodyWith({ runner_limits: { memory_mb: '64' } }),
      '/content_json/runner_limits/memory_mb',
      /was "64"/,
    ],
    ['has no tests', bodyWith({ tests: undefined }), '/content_json/tests', /is missing/],
    [
      'has tests in a file',
      bodyWith({ tests: 'tests/test_a.py' }),
      '/content_json/tests',
      /was "tests\/test_a.py"; it may be a path in "files", which holds none/,
    ],
    [
      'has a file among its tests',
      bodyWith({ tests: ['test_a.py'] }),
      '/content_json/tests/0',
      /was "test_a.py"; it may be a path in "files"/,
    ],
    ['has a test that is a number', bodyWith({ tests: [3] }), '/content_json/tests/0', /was 3/],
    [
      'has an empty test',
      bodyWith({ tests: [{}] }),
      '/content_json/tests/0',
      /has none of "input", "expected_stdout", "code", "file"/,
    ],
    [
      'has a program without an output',
      bodyWith({ tests: [{ stdin: '', match: 'exact' }] }),
      '/content_json/tests/0/expected_stdout',
      /is missing; it may be a text/,
    ],
    [
      'compares in a way that is not there',
      bodyWith({ tests: [{ expected_stdout: 'x', match: 'fuzzy' }] }),
      '/content_json/tests/0/match',
      /was "fuzzy"; it may be one of: exact, trim, regex/,
    ],
    [
      'has a pattern that is none',
      bodyWith({ tests: [{ expected_stdout: '(', match: 'regex' }] }),
      '/content_json/tests/0/expected_stdout',
      /was "\(": .*may be a regular expression as RE2 reads it/,
    ],
    [
      'looks back in a pattern',
      bodyWith({ tests: [{ expected_stdout: '(a)\\1', match: 'regex' }] }),
      '/content_json/tests/0/expected_stdout',
      /RE2/,
    ],
    [
      'ends with no exit code',
      bodyWith({ tests: [{ expected_stdout: '', exit_code: 256 }] }),
      '/content_json/tests/0/exit_code',
      /was 256; it may be a whole number from 0 to 255/,
    ],
    [
      'puts a test file outside',
      bodyWith({ tests: [{ file: '../test_a.py', source: 'x' }] }),
      '/content_json/tests/0/file',
      /leads out/,
    ],
    [
      'calls a C program',
      bodyWith({ language: 'c', tests: [{ input: [1], expected: 1 }] }),
      '/content_json/tests/0',
      /is a call, which c cannot have; it may be a program/,
    ],
    [
      'asserts in a shell',
      bodyWith({ language: 'bash', tests: [{ code: 'true' }] }),
      '/content_json/tests/0',
      /is an assertion, which bash cannot have/,
    ],
    [
      'reviews nothing',
      bodyWith({}, { atom_type: 'diff_review' }),
      '/content_json/files',
      /is missing; it may be the source texts that are to be patched/,
    ],
    [
      'predicts nothing',
      bodyWith({}, { atom_type: 'code_understanding' }),
      '/content_json/files',
      /is missing; it may be the source texts of the program/,
    ],
    [
      'reviews files without the one that is run',
      bodyWith({ files: { 'a.py': '', 'b.py': '' } }, { atom_type: 'diff_review' }),
      '/content_json/entrypoint',
      /was "solution.py"; it may be one of "files": a.py, b.py/,
    ],
    [
      'has a test of both kinds',
      bodyWith(test({ code: 'assert True' })),
      '/content_json/tests/1',
      /is a call and an assertion at once/,
    ],
    ['expects nothing', bodyWith({ tests: [{ input: [1] }] }), '/content_json/tests/0/expected', /is missing/],
    [
      'has an expectation without input',
      bodyWith({ tests: [{ expected: 1 }] }),
      '/content_json/tests/0/input',
      /is missing/,
    ],
    ['gives input as one value', bodyWith(test({ input: 5 })), '/content_json/tests/1/input', /was 5; .*positional/],
    [
      'expects a malformed tag',
      bodyWith(test({ expected: [{ $int: '1x' }] })),
      '/content_json/tests/1/expected/0/$int',
      /decimal digits/,
    ],
    ['gives negative points', bodyWith(test({ points: -1 })), '/content_json/tests/1/points', /was -1/],
    ['hides by text', bodyWith(test({ hidden: 'yes' })), '/content_json/tests/1/hidden', /true or false/],
    [
      'has a test time out of bounds',
      bodyWith(test({ timeout_ms: 70_000 })),
      '/content_json/tests/1/timeout_ms',
      /60000/,
    ],
    ['has a negative tolerance', bodyWith(test({ tolerance: -0.1 })), '/content_json/tests/1/tolerance', /at least 0/],
    ['has empty assertion code', bodyWith({ tests: [{ code: '' }] }), '/content_json/tests/0/code', /source text/],
    [
      'has an absolute path',
      bodyWith({ submission: { '/etc/x.py': '' } }),
      '/content_json/submission/~1etc~1x.py',
      /absolute/,
    ],
    [
      'has a path that leads out',
      bodyWith({ submission: { 'a/../../x.py': '' } }),
      '/content_json/submission/a~1..~1..~1x.py',
      /leads out/,
    ],
    [
      'has a backslash in a path',
      bodyWith({ submission: { 'a\\b.py': '' } }),
      '/content_json/submission/a\\b.py',
      /backslash/,
    ],
    [
      'has a path with an empty part',
      bodyWith({ submission: { 'a//b.py': '' } }),
      '/content_json/submission/a~1~1b.py',
      /empty part/,
    ],
    ['submits no file', bodyWith({ submission: {} }), '/content_json/submission', /0 files/],
    ['submits a number', bodyWith({ submission: 5 }), '/content_json/submission', /was 5/],
    [
      'submits a file that is no text',
      bodyWith({ submission: { 'solution.py': 1 } }),
      '/content_json/submission/solution.py',
      /was 1/,
    ],
    ['submits a binary', bodyWith({ submission: 'a\0b' }), '/content_json/submission', /NUL character at offset 1/],
    [
      'submits a binary file',
      bodyWith({ submission: { files: { 'solution.py': '\0' } } }),
      '/content_json/submission/files/solution.py',
      /binary/,
    ],
    ['submits too much', bodyWith({ submission: 'x'.repeat(1_048_577) }), '/content_json/submission', /1048577 bytes/],
    [
      'submits too much in all',
      bodyWith({ submission: { 'solution.py': 'é'.repeat(300_000), 'b.py': 'é'.repeat(300_000) } }),
      '/content_json/submission',
      /1200000 bytes/,
    ],
    [
      'has an entrypoint that is not there',
      bodyWith({ entrypoint: 'main.py', submission: { 'a.py': '' } }),
      '/content_json/entrypoint',
      /was "main.py"; .*a\.py/,
    ],
    [
      'leaves the entrypoint open',
      bodyWith({ entrypoint: null, submission: { 'a.py': '', 'b.py': '' } }),
      '/content_json/entrypoint',
      /a\.py, b\.py/,
    ],
    ['has an entrypoint that leads out', bodyWith({ entrypoint: '../x.py' }), '/content_json/entrypoint', /leads out/],
    [
      'has a function that is no name',
      bodyWith({ entry_function: 'os.system' }),
      '/content_json/entry_function',
      /os\.system/,
    ],
    ['has nothing to run', bodyWith({}, { back: ' ' }), '/content_json/submission', /"back" is blank/],
    ['has a binary back', bodyWith({}, { back: '\0' }), '/back', /binary/],
    [
      'has errors that are no list',
      bodyWith({}, { session_context: { recent_errors: 'x' } }),
      '/session_context/recent_errors',
      /array of names/,
    ],
    ['has a session that is no object', bodyWith({}, { session_context: [] }), '/session_context', /an object/],
  ])('that %s is refused with a pointer', (_, body, pointer, detail) => {
    const issues = issuesOf(body);
    expect(issues.map((issue) => issue.pointer)).toContain(pointer);
    expect(issues.find((issue) => issue.pointer === pointer)?.detail).toMatch(detail);
  });

  it('points to where the sender wrote the field', () => {
    const { front, back, content_json, ...rest } = bodyWith({
      language: 'cobol',
      runner: { time_limit_ms: 0 },
      runner_limits: null,
    });
    expect(issuesOf({ ...rest, content: { front, back, content_json } }).map(({ pointer }) => pointer)).toEqual([
      '/content/content_json/language',
      '/content/content_json/runner/time_limit_ms',
    ]);
  });

  it('says all of it at once, in few words, as invalid', () => {
    expect(() => parseRunAtomRequest(bodyWith({ language: 'cobol', tests: [3] }))).toThrow(
      /^atom "a-1" is invalid: \/content_json\/language was "cobol"; it may be one of: python, javascript, typescript, bash, sql, c, cpp, go, rust, java \(and 1 more\)$/,
    );
    expect(issuesOf(bodyWith({ tests: Array.from({ length: 100 }, () => 3) }))).toHaveLength(20);
  });

  it('stands values nested ten thousand deep', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 10_000; depth += 1) {
      deep = [deep];
    }
    const pointers = issuesOf(bodyWith({ tests: [{ input: [deep], expected: deep }] }));
    expect(
      issuesOf(
        bodyWith(
          { language: deep, tests: deep, starter: { x: deep } },
          { atom_id: deep, session_context: { x: deep } },
        ),
      ),
    ).toHaveLength(5);
    expect(pointers).toMatchObject(
      [
        { pointer: '/content_json/tests/0/input', detail: /64 levels/ },
        { pointer: '/content_json/tests/0/expected', detail: /64 levels/ },
      ].map(({ pointer, detail }) => ({ pointer, detail: expect.stringMatching(detail) as unknown })),
    );
  });

  it('refuses more tests and files than it takes', () => {
    const tests = Array.from({ length: 201 }, () => ({ input: [], expected: 1 }));
    const submission = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`${index}.py`, '']));
    expect(issuesOf(bodyWith({ tests, submission })).map(({ pointer }) => pointer)).toEqual([
      '/content_json/submission',
      '/content_json/tests',
    ]);
  });
});
