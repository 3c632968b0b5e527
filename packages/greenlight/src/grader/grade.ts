/**
 * Grades an atom: tests become steps of one sandbox job, and what comes back is judged here, outside the box.
 *
 * Owns: verdicts, points, messages, the class of failure. Leaves to the sandbox: isolation, limits, time.
 *
 * 1. Expected values, names and points of tests never enter the box.
 * 2. A submission that fails is a result; a fault of ours (SandboxError) is thrown and never becomes a score.
 * 3. partial_score is points earned over points, and 1 exactly when every test passed.
 * 4. A test file counts by the tests that its text shows: one that the box does not answer for has failed.
 * 5. Nothing but name, verdict and points of a hidden test leaves: no message, value or output, no time of its own. No box is told of one
 *    before the shown tests are through (`shown-first.ts`).
 */

import type { AtomResult, TestResult } from '../contract/atom-result.ts';
import type { RunAtomRequest } from '../contract/run-atom-request.ts';
import { LanguageUnsupported, SandboxFault } from '../sandbox/errors.ts';
import type { ProgramError, Sandbox, SandboxJob, StepOutcome } from '../sandbox/port.ts';
import { joinOutput } from './captured-output.ts';
import { feedbackFor, NO_TESTS_FEEDBACK, syntaxFeedback } from './feedback.ts';
import { type GradedTest, gradedTests } from './graded-tests.ts';
import { describeError } from './messages.ts';
import { type Program, readProgram } from './program.ts';
import { type ShownFirst, shownFirst } from './shown-first.ts';
import { PATCH_SUGGESTION, suggestionsFor, syntaxSuggestions } from './suggestions/suggestions.ts';
import { type JudgedTest, resultOf, uncompiledResult } from './test-results.ts';
import { usedBy } from './used-limits.ts';
import { errorClassOf, judge } from './verdict.ts';

/**
 * Runs the atom's submission (its `back` where there is none) against its tests.
 *
 * @param atom as `parseRunAtomRequest` returns it
 * @throws {LanguageUnsupported} when the sandbox does not run the atom's language
 * @throws {SandboxSaturated} when no box can be had now
 * @throws {SandboxFault} when the sandbox itself failed; also the signal's reason once it aborts
 */
export async function grade(atom: RunAtomRequest, sandbox: Sandbox, signal?: AbortSignal): Promise<AtomResult> {
  const reading = readProgram(atom);
  const { program } = reading;
  if (!sandbox.languages.includes(program.language)) {
    const refused = sandbox.status().refused.find(({ language }) => language === program.language);
    throw new LanguageUnsupported(program.language, sandbox.languages, refused?.reason);
  }
  const { tests, runner_limits: limits } = atom.content_json;
  if (tests.length === 0) {
    return { ...emptyResult(atom), feedback: NO_TESTS_FEEDBACK };
  }
  const { language, entryFunction } = program;
  const graded = gradedTests(tests, { language, entryFunction, cpuMs: limits.cpu_ms });
  if (!reading.ok) {
    return refused(atom, graded, reading.reason);
  }
  const order = shownFirst(graded);
  const run = await sandbox.run(jobFor(atom, program, order), signal);
  if (run.status === 'syntax-error') {
    return gradeUncompiled(atom, program, graded, run.error);
  }
  if (run.outcomes.length !== graded.length) {
    throw new SandboxFault(sandbox.name, `it answered ${run.outcomes.length} outcomes for ${graded.length} steps`);
  }
  return gradeOutcomes(atom, {
    program,
    graded,
    outcomes: order.inOrderOfTests(run.outcomes),
    prediction: reading.prediction,
  });
}

function jobFor(atom: RunAtomRequest, program: Program, { ordered, shown }: ShownFirst): SandboxJob {
  const { runner_limits: limits } = atom.content_json;
  return {
    language: program.language,
    files: program.files,
    entrypoint: program.entrypoint,
    steps: ordered.map(({ step }) => step),
    ...(shown < ordered.length ? { withheldFrom: shown } : {}),
    limits: {
      cpuMs: limits.cpu_ms,
      wallMs: limits.wall_ms,
      memoryMb: limits.memory_mb,
      outputKb: limits.output_kb,
    },
  };
}

/** What was handed in makes no program: nothing was run. */
function refused(atom: RunAtomRequest, graded: readonly GradedTest[], reason: string): AtomResult {
  const results = graded.map(({ test }) => uncompiledResult(test, `not run: ${reason}`));
  return {
    ...emptyResult(atom),
    ...score(results),
    error_class: 'syntax',
    git_suggestions: [PATCH_SUGGESTION],
    feedback: reason,
  };
}

function gradeUncompiled(
  atom: RunAtomRequest,
  program: Program,
  graded: readonly GradedTest[],
  error: ProgramError,
): AtomResult {
  const message = describeError(error, program.entrypoint);
  const results = graded.map(({ test }) => uncompiledResult(test, `not run: ${message}`));
  return {
    ...emptyResult(atom),
    ...score(results),
    error_class: 'syntax',
    git_suggestions: syntaxSuggestions(error),
    feedback: syntaxFeedback(message),
  };
}

interface Graded {
  readonly program: Program;
  readonly graded: readonly GradedTest[];
  readonly outcomes: readonly StepOutcome[];
  readonly prediction: ((test: string) => string) | undefined;
}

function gradeOutcomes(atom: RunAtomRequest, { program, graded, outcomes, prediction }: Graded): AtomResult {
  const { runner_limits: limits } = atom.content_json;
  const judged = graded.flatMap(({ test, only }, index): JudgedTest[] => {
    const outcome = outcomes[index];
    if (outcome === undefined) return [];
    const verdict = judge(test, outcome, only, prediction?.(test.name));
    return [{ test, verdict, durationMs: outcome.durationMs, usage: outcome.usage }];
  });
  const results = judged.map((one) => resultOf(one, program));
  // What a program prints is the answer to what it prints.
  const shown = prediction === undefined ? outcomes.filter((_, index) => graded[index]?.test.hidden === false) : [];
  const cut = shown.some((outcome) => outcome.truncated);
  const printed = (read: (outcome: StepOutcome) => string): string =>
    joinOutput(shown.map(read), cut, limits.output_kb);
  return {
    ...emptyResult(atom),
    ...score(results),
    error_class: errorClassOf(judged.map((one) => one.verdict)),
    git_suggestions: suggestionsFor(judged, program, atom.session_context?.recent_errors ?? []),
    execution_time_ms: Math.round(outcomes.reduce((sum, outcome) => sum + outcome.durationMs, 0)),
    feedback: feedbackFor(results),
    stdout: printed((outcome) => outcome.stdout),
    stderr: printed((outcome) => outcome.stderr),
    used: usedBy(outcomes),
  };
}

function score(
  results: readonly TestResult[],
): Pick<AtomResult, 'partial_score' | 'tests_passed' | 'tests_total' | 'test_results' | 'correct'> {
  const points = (some: readonly TestResult[]): number => some.reduce((sum, result) => sum + result.points, 0);
  const passed = results.filter((result) => result.passed);
  return {
    partial_score: points(passed) / points(results),
    tests_passed: passed.length,
    tests_total: results.length,
    test_results: [...results],
    correct: passed.length === results.length,
  };
}

function emptyResult({ atom_id, content_json: { runner_limits: limits } }: RunAtomRequest): AtomResult {
  return {
    atom_id,
    partial_score: 0,
    tests_passed: 0,
    tests_total: 0,
    test_results: [],
    error_class: null,
    git_suggestions: [],
    execution_time_ms: 0,
    meta_cognitive: {},
    correct: false,
    feedback: '',
    stdout: '',
    stderr: '',
    limits,
    used: usedBy([]),
  };
}
