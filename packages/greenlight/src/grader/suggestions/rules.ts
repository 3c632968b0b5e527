import { isCallTest } from '../../contract/atom-tests.ts';
import type { Expected } from '../../contract/expected.ts';
import type { Value } from '../../sandbox/port.ts';
import { escapeControls } from '../escape-controls.ts';
import { familyNames, familyOf } from '../families.ts';
import { atOwnLine } from '../own-lines.ts';
import { changedArgument, sharedDefault } from './changed-arguments.ts';
import type { Evidence, Mismatch } from './evidence.ts';
import { missingPrint, outputFormat, outputOffByOne, wrongExit } from './output-rules.ts';

const LONGEST_NAME = 60;

export interface Rule {
  /** As learners' `recent_errors` name it. */
  readonly name: string;
  readonly suggest: (evidence: Evidence) => string | undefined;
}

/** Surest first. */
export const RULES: readonly Rule[] = [
  { name: 'missing_function', suggest: missingFunction },
  { name: 'undefined_name', suggest: undefinedName },
  { name: 'infinite_loop', suggest: infiniteLoop },
  { name: 'missing_base_case', suggest: missingBaseCase },
  { name: 'out_of_memory', suggest: outOfMemory },
  { name: 'missing_return', suggest: missingReturn },
  { name: 'wrong_type', suggest: wrongType },
  { name: 'missing_print', suggest: missingPrint },
  { name: 'mutable_default', suggest: mutableDefault },
  { name: 'mutated_argument', suggest: mutatedArgument },
  { name: 'off_by_one', suggest: (evidence) => offByOne(evidence) ?? outputOffByOne(evidence) },
  { name: 'output_format', suggest: outputFormat },
  { name: 'exit_code', suggest: wrongExit },
  { name: 'unhandled_edge_case', suggest: unhandledEdgeCase },
];

function missingFunction({ raised }: Evidence): string | undefined {
  const error = raised.find(({ message }) => /^the (?:function "|entry file defines)/.test(message));
  const name = error && /^the function "(.+)" is/.exec(error.message)?.[1];
  if (error === undefined) {
    return undefined;
  }
  return name === undefined
    ? 'The tests call a function, and it is not clear which: define exactly one at the top level.'
    : `The tests call ${name}: define a function of exactly that name at the top level.`;
}

function undefinedName({ raised }: Evidence): string | undefined {
  const error = raised.find(
    ({ type, message }) =>
      /^(?:Name|UnboundLocal|Reference)Error$/.test(type) && !/^the (?:function|entry)/.test(message),
  );
  if (error === undefined) {
    return undefined;
  }
  const [, quoted, bare] = /'([^']+)'|^(\S+) is not defined/.exec(error.message) ?? [];
  const name = quoted ?? bare;
  const what = name === undefined ? 'A name' : `The name ${shortName(name)}`;
  return `${what} is used${atOwnLine(error)} but nothing was assigned to it: check its spelling and where it is defined.`;
}

/** A name of the learner's making, cut and without control characters. */
function shortName(name: string): string {
  return escapeControls(name.slice(0, LONGEST_NAME));
}

function infiniteLoop({ verdicts, source }: Evidence): string | undefined {
  const stopped = verdicts.find((verdict) => verdict.kind === 'timed-out');
  if (stopped === undefined) {
    return undefined;
  }
  const loops = source
    .split('\n')
    .flatMap((line, index) => (/^\s*(?:\}\s*)?(?:while|for|do)\b/.test(line) ? [index + 1] : []));
  const stop = stopped.kind === 'timed-out' ? stopped.line : undefined;
  const [loop, ...others] = loops;
  const line = others.length === 0 ? (loop ?? stop) : stop;
  return line === undefined
    ? 'The code did not come to an end: check that every loop changes what its condition looks at.'
    : `The code did not come to an end at line ${line}: check that the loop there changes what its condition looks at.`;
}

function missingBaseCase({ raised }: Evidence): string | undefined {
  const deep = raised.find(
    ({ type, message }) =>
      type === 'RecursionError' || /stack overflow|call stack size|the recursion went deeper/i.test(message),
  );
  if (deep === undefined) {
    return undefined;
  }
  return `The function calls itself without end${atOwnLine(deep)}: check that it has a case that returns without a call, and that every call comes nearer to it.`;
}

function outOfMemory({ verdicts }: Evidence): string | undefined {
  return verdicts.some((verdict) => verdict.kind === 'out-of-memory')
    ? 'The code needs more memory than it may: look for a collection that grows without bound.'
    : undefined;
}

function missingReturn({ mismatches, language }: Evidence): string | undefined {
  const nothing = language === 'python' ? 'null' : 'undefined';
  const found = mismatches.some(({ expected, actual }) => actual.type === nothing && expected.type !== nothing);
  const word = language === 'python' ? 'None' : 'undefined';
  return found ? `The function gave back ${word}: check that every way through it ends in a return.` : undefined;
}

function wrongType({ mismatches, language }: Evidence): string | undefined {
  const kinds = familyNames(language);
  for (const { difference } of mismatches) {
    const { reason, path, expected, actual } = difference;
    if (reason !== 'type' || expected === undefined || actual === undefined || familyOf(actual) === 'nothing') {
      continue;
    }
    const wanted = kinds[familyOf(expected)];
    const got = actual.type === 'opaque' ? `an object of type ${shortName(actual.name)}` : kinds[familyOf(actual)];
    if (wanted !== got) {
      const where = path === '' ? '' : ', inside what it gave back';
      return `There is ${got} where ${wanted} is asked for${where}: check what type the result has.`;
    }
  }
  return undefined;
}

function offByOne({ mismatches }: Evidence): string | undefined {
  return mismatches.some((mismatch) => isNumberOffByOne(mismatch) || isLengthOffByOne(mismatch))
    ? 'A result is off by one: check where the loop or the range starts and ends, and < against <=.'
    : undefined;
}

function unhandledEdgeCase({ failed, shownPassed, hiddenFailed, verdicts }: Evidence): string | undefined {
  if (failed.length === 0) {
    return hiddenFailed > 0
      ? 'All shown tests pass, but not all hidden ones: try unusual inputs, as empty, single, repeated, negative or very large ones.'
      : undefined;
  }
  const ran = verdicts.every((verdict) => verdict.kind === 'different' || verdict.kind === 'raised');
  const empty = failed.some(({ test }) => isCallTest(test) && Object.values(test.input).some(isEmpty));
  if (shownPassed === 0 || !ran || !empty) {
    return undefined;
  }
  return 'Other inputs work, but an empty or zero one does not: check what happens when there is nothing to work on.';
}

/** A call gets values of its own, so that only a test's own code sees what happens to them. */
function mutatedArgument({ assertionFailed, source, language }: Evidence): string | undefined {
  const change = assertionFailed ? changedArgument(source, language) : undefined;
  return change === undefined
    ? undefined
    : `The function changes its own argument ${shortName(change.name)} at line ${change.line}, and with it the caller's value: work on a copy where that is not asked for.`;
}

function mutableDefault({ assertionFailed, source, language }: Evidence): string | undefined {
  const shared = assertionFailed && language === 'python' ? sharedDefault(source) : undefined;
  return shared === undefined
    ? undefined
    : `The default of ${shortName(shared.name)} at line ${shared.line} is made once and shared by all calls: what one call puts in, the next one finds.`;
}

function isEmpty(value: unknown): boolean {
  return (
    value === 0 || value === '' || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

function isNumberOffByOne({ difference: { expected, actual } }: Mismatch): boolean {
  return (
    (expected?.type === 'number' || expected?.type === 'integer') &&
    (actual?.type === 'integer' || actual?.type === 'float') &&
    Math.abs(Number(expected.value) - Number(actual.value)) === 1
  );
}

/** One item too few or too many. */
function isLengthOffByOne({ expected, actual }: Mismatch): boolean {
  const [wanted, got] = [lengthOf(expected), lengthOf(actual)];
  return wanted !== undefined && got !== undefined && Math.abs(wanted - got) === 1;
}

function lengthOf(value: Expected | Value): number | undefined {
  return 'items' in value && value.type !== 'set' ? value.items.length : undefined;
}
