/**
 * Grades an atom: tests become steps of one sandbox job, and what comes back is judged here, outside the box.
 *
 * Owns: verdicts, points, messages, the class of failure. Leaves to the sandbox: isolation, limits, time.
 *
 * 1. Expected values, names and points of tests never enter the box.
 * 2. A submission that fails is a result; a fault of ours (SandboxError) is thrown and never becomes a score.
 * 3. partial_score is points earned over points, and 1 exactly when every test passed.
 * 4. Nothing but name, verdict and points of a hidden test leaves: no message, value or output, no time of its own.
 */

import type { AtomResult, TestResult } from '../contract/atom-result.ts';
import type { RunAtomRequest } from '../contract/run-atom-request.ts';
import { LanguageUnsupported, SandboxFault } from '../sandbox/errors.ts';
import type { ProgramError, Sandbox, SandboxJob, StepOutcome } from '../sandbox/port.ts';
import { joinOutput } from './captured-output.ts';
import { feedbackFor, NO_TESTS_FEEDBACK, syntaxFeedback } from './feedback.ts';
import { describeError } from './messages.ts';
import { type Program, programOf } from './program.ts';
import { suggestionsFor, syntaxSuggestions } from './suggestions/suggestions.ts';
import { type JudgedTest, resultOf, uncompiledResult } from './test-results.ts';
import { errorClassOf, judge, stepOf } from './verdict.ts';

/**
 * Runs the atom's submission (its `back` where there is none) against its tests.
 *
 * @param atom as `parseRunAtomRequest` returns it
 * @throws {LanguageUnsupported} when the sandbox does not run the atom's language
 * @throws {SandboxSaturated} when no box can be had now
 * @throws {SandboxFault} when the sandbox itself failed; also the signal's reason once it aborts
 */
export async function grade(atom: RunAtomRequest, sandbox: Sandbox, signal?: AbortSignal): Promise<AtomResult> {
  const program = programOf(atom);
  if (!sandbox.languages.includes(program.language)) {
    throw new LanguageUnsupported(program.language, sandbox.languages);
  }
  const { tests } = atom.content_json;
  if (tests.length === 0) {
    return { ...emptyResult(atom.atom_id), feedback: NO_TESTS_FEEDBACK };
  }
  const run = await sandbox.run(jobFor(atom, program), signal);
  if (run.status === 'syntax-error') {
    return gradeUncompiled(atom, program, run.error);
  }
  if (run.outcomes.length !== tests.length) {
    throw new SandboxFault(sandbox.name, `it answered ${run.outcomes.length} outcomes for ${tests.length} steps`);
  }
  return gradeOutcomes(atom, program, run.outcomes);
}

function jobFor(atom: RunAtomRequest, program: Program): SandboxJob {
  const { tests, runner_limits: limits } = atom.content_json;
  return {
    language: program.language,
    files: program.files,
    entrypoint: program.entrypoint,
    steps: tests.map((test) => stepOf(test, program.entryFunction, limits.cpu_ms)),
    limits: {
      cpuMs: limits.cpu_ms,
      wallMs: limits.wall_ms,
      memoryMb: limits.memory_mb,
      outputKb: limits.output_kb,
    },
  };
}

function gradeUncompiled(atom: RunAtomRequest, program: Program, error: ProgramError): AtomResult {
  const message = describeError(error, program.entrypoint);
  const results = atom.content_json.tests.map((test) => uncompiledResult(test, `not run: ${message}`));
  return {
    ...emptyResult(atom.atom_id),
    ...score(results),
    error_class: 'syntax',
    git_suggestions: syntaxSuggestions(error),
    feedback: syntaxFeedback(message),
  };
}

function gradeOutcomes(atom: RunAtomRequest, program: Program, outcomes: readonly StepOutcome[]): AtomResult {
  const { tests, runner_limits: limits } = atom.content_json;
  const judged = tests.flatMap((test, index): JudgedTest[] => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [{ test, verdict: judge(test, outcome), durationMs: outcome.durationMs }];
  });
  const results = judged.map((one) => resultOf(one, program));
  const shown = outcomes.filter((_, index) => tests[index]?.hidden === false);
  const cut = shown.some((outcome) => outcome.truncated);
  const total = outcomes.reduce((sum, outcome) => sum + outcome.durationMs, 0);
  return {
    ...emptyResult(atom.atom_id),
    ...score(results),
    error_class: errorClassOf(judged.map((one) => one.verdict)),
    git_suggestions: suggestionsFor(judged, program, atom.session_context?.recent_errors ?? []),
    execution_time_ms: Math.round(total),
    feedback: feedbackFor(results),
    stdout: joinOutput(
      shown.map((outcome) => outcome.stdout),
      cut,
      limits.output_kb,
    ),
    stderr: joinOutput(
      shown.map((outcome) => outcome.stderr),
      cut,
      limits.output_kb,
    ),
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

function emptyResult(atomId: string): AtomResult {
  return {
    atom_id: atomId,
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
  };
}
