import { type AtomTest, isCallTest, isProgramTest } from '../contract/atom-tests.ts';
import type { Language, ProgramError } from '../sandbox/port.ts';
import type { Difference } from './compare.ts';
import { escapeControls } from './escape-controls.ts';
import { familyNames, familyOf } from './families.ts';
import { isInTest } from './own-lines.ts';
import { firstOtherLine } from './printed.ts';
import { calledFunction, type Program } from './program.ts';
import { render, renderCall } from './render.ts';
import type { Verdict } from './verdict.ts';

const LONGEST_MESSAGE = 500;

/** What happened in a failed test, for the learner: by the line of their own code where it is known. */
export function messageFor(test: AtomTest, verdict: Verdict, program: Program): string {
  switch (verdict.kind) {
    case 'passed':
      return '';
    case 'different':
      return describeDifference(test, verdict.difference, program);
    case 'printed-other':
      return describeOutput(test, verdict.actual, program);
    case 'mispredicted': {
      const { line, actual } = firstOtherLine(verdict.printed, verdict.predicted, 'trim');
      const said =
        actual === undefined ? 'is missing from your prediction' : `of your prediction is ${quote(actual, program)}`;
      return `line ${line} ${said}; the program prints something else there`;
    }
    case 'wrong-exit':
      return `printed what it should, but ended with exit code ${verdict.exitCode}${wantedExit(test)}`;
    case 'missing':
      return 'the test did not run to its end';
    case 'assertion-failed':
      return describeAssertion(test, verdict.error);
    case 'raised':
      return describeError(verdict.error, program.entrypoint);
    case 'timed-out':
      return `stopped after ${Math.round(verdict.limitMs)} ms${verdict.line === undefined ? '' : ` at line ${verdict.line}`}: it was still running`;
    case 'out-of-memory':
      return 'ran out of memory';
    case 'exited':
      return `ended the program (exit code ${verdict.exitCode}) before the test was through`;
    case 'output-limit':
      return 'printed more than may be kept, and was stopped';
    case 'lost':
      return `was lost: ${verdict.reason}`;
    case 'skipped':
      return `was not run: ${verdict.reason}`;
  }
}

/** `ZeroDivisionError: division by zero (line 3)`; the file is named where it is not the entry file. */
export function describeError(error: ProgramError, entrypoint: string): string {
  const file =
    error.file === undefined || error.file === entrypoint
      ? ''
      : `${isInTest(error) ? 'of the test' : shorten(error.file)}, `;
  const column = error.column === undefined ? '' : `, column ${error.column}`;
  const where = error.line === undefined ? '' : ` (${file}line ${error.line}${column})`;
  const message = error.message === '' ? '' : `: ${shorten(error.message)}`;
  return `${shorten(error.type)}${message}${where}`;
}

/** The test's own words, else the line of it that does not hold. */
function describeAssertion(test: AtomTest, error: ProgramError): string {
  if (error.message !== '') {
    return shorten(error.message);
  }
  const source = 'code' in test ? test.code : 'source' in test ? test.source : '';
  const code = error.line === undefined ? undefined : source.split('\n')[error.line - 1];
  return code === undefined ? 'the assertion does not hold' : `does not hold: ${shorten(code.trim())}`;
}

function describeDifference(test: AtomTest, difference: Difference, program: Program): string {
  const { language } = program;
  const name = calledFunction(program);
  const call =
    language === 'sql'
      ? 'the query'
      : isCallTest(test)
        ? renderCall(name ?? 'the function', test.input, language)
        : test.name;
  const line = name === undefined ? undefined : program.functions.get(name);
  const place = difference.path === '' ? '' : ` at ${shorten(difference.path)}`;
  const where = line === undefined ? '' : ` (${name} is at line ${line})`;
  return `${call}: ${describeReason(difference, language)}${place}${where}`;
}

/** The first line that is not as it should be. */
function describeOutput(test: AtomTest, actual: string, program: Program): string {
  if (!isProgramTest(test)) return 'printed something else';
  if (test.match === 'regex') return 'what it printed does not match the pattern';
  const other = firstOtherLine(test.expected_stdout, actual, test.match);
  if (actual === '') return `printed nothing; expected ${quote(other.expected ?? '', program)}`;
  if (other.actual === undefined)
    return `ended after line ${other.line - 1}; expected ${quote(other.expected ?? '', program)} next`;
  if (other.expected === undefined) return `printed a line ${other.line} too many: ${quote(other.actual, program)}`;
  return `line ${other.line}: expected ${quote(other.expected, program)}, got ${quote(other.actual, program)}`;
}

function quote(value: string, { language }: Program): string {
  return render({ type: 'string', value }, language);
}

function wantedExit(test: AtomTest): string {
  return isProgramTest(test) ? `, not ${test.exit_code}` : '';
}

function describeReason({ reason, expected, actual }: Difference, language: Language): string {
  const wanted = expected === undefined ? '' : render(expected, language);
  const got = actual === undefined ? '' : render(actual, language);
  switch (reason) {
    case 'value':
      return `expected ${wanted}, got ${got}`;
    case 'type': {
      const [wantedKind, gotKind] = [kindOf(expected, language), kindOf(actual, language)];
      return wantedKind === gotKind
        ? `expected ${wanted}, got ${got}`
        : `expected ${wanted}${wantedKind}, got ${got}${gotKind}`;
    }
    case 'length':
      return `expected ${countOf(expected)} items, got ${countOf(actual)}`;
    case 'missing':
      return `${wanted} is missing`;
    case 'extra':
      return `${got} should not be there`;
  }
}

type Shown = NonNullable<Difference['expected'] | Difference['actual']>;

/** In parentheses; nothing for what names itself: None, null, undefined and opaque values. */
function kindOf(value: Shown | undefined, language: Language): string {
  const family = value === undefined ? 'nothing' : familyOf(value);
  return family === 'nothing' || family === 'object' ? '' : ` (${familyNames(language)[family]})`;
}

function countOf(value: Shown | undefined): number {
  return value !== undefined && 'items' in value ? value.items.length : 0;
}

/** What the program itself said, cut and without control characters. */
function shorten(text: string): string {
  return escapeControls(text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text);
}
