/** Reads the tests of an atom, in every way in which they are written. */
import { RE2JS } from 're2js';
import { z } from 'zod';
import { CALL_LANGUAGES, type JsonValue, type Language } from '../sandbox/port.ts';
import {
  type AssertionTest,
  type AtomTest,
  assertionTestSchema,
  type CallTest,
  callTestSchema,
  type FileTest,
  fileTestSchema,
  type ProgramTest,
  programTestSchema,
  type TestFrame,
} from './atom-tests.ts';
import { readExpected, sizeFlaw } from './expected.ts';
import { at, firstOf, type IssueList, isRecord, type Located, show } from './issue-list.ts';
import { timeoutSchema } from './limits.ts';
import { pathFlaw, readFiles, type SourceFiles } from './source-files.ts';
import { namesInTestFile } from './test-file-names.ts';

const MOST_TESTS = 200;
const CALL = 'a call {"input": [1, 2], "expected": 3}';
const PROGRAM = 'a program {"stdin": "…", "expected_stdout": "…"}';
const KINDS = `${CALL}, ${PROGRAM}, an assertion {"name": "…", "code": "assert …"} or a test file {"file": "test_solution.py"}`;

const json = z.custom<JsonValue>((value) => value !== undefined, 'any JSON value');

/** What of an atom its tests depend on. */
export interface TestContext {
  readonly language: Language;
  /** Where a test file named by its path is looked for. */
  readonly files: SourceFiles;
  /** The submission is a prediction of what the program prints: tests are runs, and expect what happens. */
  readonly predicted: boolean;
}

/** The tests with all defaults filled in: name `test N`, 1 point, not hidden. */
export function readTests(located: Located, context: TestContext, issues: IssueList): AtomTest[] {
  const { value } = located;
  if (context.predicted && (value === undefined || (Array.isArray(value) && value.length === 0))) {
    return [{ name: 'output', points: 1, hidden: false, expected_stdout: '', match: 'trim', exit_code: 0 }];
  }
  // One path alone is a file of tests.
  const list: unknown = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length > MOST_TESTS) {
    issues.refuse(located, `an array of at most ${MOST_TESTS} tests, each ${kindsOf(context)}`);
    return [];
  }
  return list.flatMap((test: unknown, index) => {
    const place = typeof value === 'string' ? located : at(located, index);
    return readTest({ value: test ?? undefined, path: place.path }, index, context, issues) ?? [];
  });
}

function readTest(located: Located, index: number, context: TestContext, issues: IssueList): AtomTest | undefined {
  const test = typeof located.value === 'string' ? { file: located.value } : located.value;
  if (!isRecord(test)) {
    issues.refuse(located, kindsOf(context));
    return undefined;
  }
  const place = { value: test, path: located.path };
  const frame = readFrame(place, index, issues);
  if (context.predicted) return { ...frame, ...readProgram(place, issues, true) };
  const kinds = kindsIn(test);
  const [kind, other] = kinds;
  if (kind === undefined) {
    issues.add(located.path, `has none of "input", "expected_stdout", "code", "file"; it may be ${kindsOf(context)}`);
    return undefined;
  }
  if (other !== undefined) {
    issues.add(located.path, `is ${kind} and ${other} at once; it may be one of them`);
    return undefined;
  }
  if (!mayHave(kind, context.language)) {
    issues.add(located.path, `is ${kind}, which ${context.language} cannot have; it may be ${kindsOf(context)}`);
    return undefined;
  }
  switch (kind) {
    case 'a call':
      return { ...frame, ...readCall(place, test, issues) };
    case 'a program':
      return { ...frame, ...readProgram(place, issues, false) };
    case 'an assertion':
      return { ...frame, ...readAssertion(place, issues) };
    case 'a test file':
      return readFileTest(
        place,
        typeof located.value === 'string' ? located : at(place, 'file'),
        { frame, context },
        issues,
      );
  }
}

type Kind = 'a call' | 'a program' | 'an assertion' | 'a test file';

function kindsIn(test: { readonly [key: string]: unknown }): Kind[] {
  const holds = (key: string): boolean => test[key] !== undefined && test[key] !== null;
  const kinds: Kind[] = [];
  const isProgram = ['expected_stdout', 'expected_output', 'stdin', 'args'].some(holds);
  if (isProgram) kinds.push('a program');
  if (holds('input') || 'expected' in test) kinds.push('a call');
  if (holds('code')) kinds.push('an assertion');
  if (holds('file')) kinds.push('a test file');
  return kinds;
}

function mayHave(kind: Kind, language: Language): boolean {
  return kind === 'a program' || isCallable(language) || (kind === 'a call' && language === 'sql');
}

function isCallable(language: Language): boolean {
  return CALL_LANGUAGES.some((one) => one === language);
}

function kindsOf({ language, predicted }: TestContext): string {
  if (predicted) return 'a run {"stdin": "…", "args": ["…"]}';
  if (language === 'sql') return `${CALL} of rows or ${PROGRAM}`;
  return isCallable(language) ? KINDS : PROGRAM;
}

function readFrame(place: Located, index: number, issues: IssueList): TestFrame {
  const { name, points, hidden } = callTestSchema.shape;
  return {
    name: issues.readOptional(at(place, 'name'), name) ?? `test ${index + 1}`,
    points: issues.readOptional(at(place, 'points'), points) ?? 1,
    hidden: issues.readOptional(at(place, 'hidden'), hidden) ?? false,
    timeout_ms: issues.readOptional(at(place, 'timeout_ms'), timeoutSchema),
  };
}

function readCall(
  place: Located,
  test: { readonly [key: string]: unknown },
  issues: IssueList,
): Omit<CallTest, keyof TestFrame> {
  const input = at(place, 'input');
  const tooLarge = sizeFlaw(input.value);
  if (tooLarge !== undefined) {
    issues.add(input.path, tooLarge);
  }
  return {
    input: tooLarge === undefined ? issues.read(input, callTestSchema.shape.input, []) : [],
    expected: readExpectedJson(place, test, issues),
    tolerance: issues.readOptional(at(place, 'tolerance'), callTestSchema.shape.tolerance),
  };
}

/** Null is a value here, so that only a key that is not there is missing. */
function readExpectedJson(place: Located, test: { readonly [key: string]: unknown }, issues: IssueList): JsonValue {
  const path = [...place.path, 'expected'];
  if (!('expected' in test)) {
    issues.refuse({ value: undefined, path }, 'any JSON value');
    return null;
  }
  const expected = test['expected'];
  const tooLarge = sizeFlaw(expected);
  if (tooLarge !== undefined) {
    issues.add(path, tooLarge);
    return null;
  }
  const reading = readExpected(expected);
  if (!reading.ok) {
    issues.add([...path, ...reading.flaw.path], reading.flaw.detail);
    return null;
  }
  return issues.read({ value: expected, path }, json, null);
}

function readProgram(place: Located, issues: IssueList, predicted: boolean): Omit<ProgramTest, keyof TestFrame> {
  const shape = programTestSchema.shape;
  const stdout = firstOf(at(place, 'expected_stdout'), at(place, 'expected_output'));
  const files = at(place, 'files');
  const program = {
    stdin: issues.readOptional(at(place, 'stdin'), shape.stdin),
    args: issues.readOptional(at(place, 'args'), shape.args),
    files: files.value === undefined ? undefined : readFiles(files, issues),
    expected_stdout: predicted ? '' : issues.read(stdout, shape.expected_stdout, ''),
    match: issues.readOptional(at(place, 'match'), shape.match) ?? 'trim',
    exit_code: issues.readOptional(at(place, 'exit_code'), shape.exit_code) ?? 0,
  };
  if (predicted && program.match === 'regex') {
    issues.refuse(
      at(place, 'match'),
      '"exact" or "trim": what is expected is what the program prints, which is no pattern',
    );
  }
  const flaw = program.match === 'regex' ? patternFlaw(program.expected_stdout) : undefined;
  if (flaw !== undefined) {
    issues.add(stdout.path, `was ${show(stdout.value)}: ${flaw}; it may be a regular expression as RE2 reads it`);
  }
  return program;
}

function patternFlaw(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readAssertion(place: Located, issues: IssueList): Pick<AssertionTest, 'code'> {
  return { code: issues.read(at(place, 'code'), assertionTestSchema.shape.code, '') };
}

function readFileTest(
  place: Located,
  named: Located,
  { frame, context: { files, language } }: { readonly frame: TestFrame; readonly context: TestContext },
  issues: IssueList,
): FileTest | undefined {
  const path = issues.read(named, z.string({ error: 'the path of a file of tests, as "test_solution.py"' }), '');
  const flaw = path === '' ? undefined : pathFlaw(path);
  if (flaw !== undefined) issues.add(named.path, flaw);
  if (path === '' || flaw !== undefined) return undefined;
  const own = at(place, 'source');
  const source = own.value ?? (Object.hasOwn(files, path) ? files[path] : undefined);
  if (source === undefined) {
    const known = Object.keys(files);
    const may = known.length === 0 ? 'a path in "files", which holds none' : `one of "files": ${known.join(', ')}`;
    issues.refuse(named, may);
    return undefined;
  }
  const text = issues.read({ value: source, path: own.path }, fileTestSchema.shape.source, '');
  const isNamed = at(place, 'name').value !== undefined;
  const isWorth = at(place, 'points').value !== undefined;
  return {
    ...frame,
    name: isNamed ? frame.name : path,
    points: isWorth ? frame.points : Math.max(namesInTestFile(text, language).length, 1),
    file: path,
    source: text,
  };
}
