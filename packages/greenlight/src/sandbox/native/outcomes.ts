/** What a report means: an outcome of the port. Answers are decoded by the rules of `frame.ts`, as those of any box. */

import { verdictOf } from '../harness/frame.ts';
import type { BoxVerdict } from '../harness/verdict.ts';
import type { ProgramError, Step, StepOutcome } from '../port.ts';
import type { StepLimits } from './commands.ts';
import { loopLineAt } from './loop-line.ts';
import type { StepReport } from './reports.ts';
import { uncaughtIn } from './uncaught.ts';

/** A process that could not answer exits with this: its channel was closed by what it ran. */
const NO_ANSWER = 70;
/** Exit codes from here on tell the signal that ended a program. */
const SIGNALLED = 128;

type Captured = Pick<StepOutcome, 'stdout' | 'stderr' | 'truncated' | 'durationMs' | 'usage'>;

export interface Reported {
  readonly report: StepReport;
  readonly durationMs: number;
  /** Whether the control group had to kill something of the step. */
  readonly isOutOfMemory: boolean;
  /** Most memory of the box as a whole, MiB. */
  readonly peakMb: number | undefined;
}

export const NOTHING: Captured = { stdout: '', stderr: '', truncated: false, durationMs: 0 };

/** The outcome of a step. `sources`: the job's files, for the line of a time-out. */
export function outcomeOf(
  step: Step,
  reported: Reported,
  limits: StepLimits,
  sources: { readonly [path: string]: string },
): StepOutcome {
  const { report, isOutOfMemory } = reported;
  const captured = capturedOf(reported);
  if (report.endedBy === 'time') {
    const line = loopLineAt(report.trace, sources);
    const limitMs = report.cpuMs < limits.cpuMs * 0.95 ? limits.wallMs : limits.cpuMs;
    return { ...captured, status: 'timed-out', limitMs, ...(line === undefined ? {} : { line }) };
  }
  if (report.endedBy === 'output') return { ...captured, status: 'output-limit' };
  if (report.endedBy === 'forgery')
    return { ...captured, status: 'lost', reason: 'something else came than its answer' };
  if (report.endedBy === 'answer') return { ...captured, status: 'lost', reason: 'its answer is too long' };
  if (isOutOfMemory) return { ...captured, status: 'out-of-memory' };
  const { answer, exitCode } = report;
  if (step.kind === 'program' && answer === '') {
    const code = exitCode ?? 0;
    const error = code === 0 ? undefined : uncaughtIn(captured.stderr, sources);
    return {
      ...captured,
      status: 'exited',
      exitCode: code < 0 ? SIGNALLED - code : code,
      ...(error === undefined ? {} : { error }),
    };
  }
  if (answer !== '') return { ...captured, ...statusOf(verdictOf(answer)) };
  if (exitCode === null || exitCode === NO_ANSWER) return { ...captured, status: 'lost', reason: 'it gave no answer' };
  if (exitCode < 0) return { ...captured, status: 'lost', reason: `signal ${-exitCode} ended it` };
  return { ...captured, status: 'exited', exitCode };
}

/** Why a step did not begin, when its source does not compile. */
export function syntaxErrorOf({ answer }: StepReport): ProgramError | undefined {
  const verdict = answer === '' ? undefined : verdictOf(answer);
  return verdict?.kind === 'syntax-error' ? verdict.error : undefined;
}

/** What a check's report says of the submission: an error of its syntax, another way that it ended, or nothing. */
export function checkFailure(reported: Reported, limits: StepLimits): ProgramError | StepOutcome | undefined {
  const { report } = reported;
  const captured = capturedOf(reported);
  if (report.endedBy === 'time') return { ...captured, status: 'timed-out', limitMs: limits.cpuMs };
  if (reported.isOutOfMemory) return { ...captured, status: 'out-of-memory' };
  if (report.endedBy !== null) return { ...captured, status: 'output-limit' };
  const verdict = verdictOf(report.answer);
  if (verdict.kind === 'began') return undefined;
  if (verdict.kind === 'syntax-error') return verdict.error;
  return { ...captured, ...statusOf(verdict) };
}

/** True for what ended the process that a step ran in, where it should have gone on to its answer. */
export function isLoss(step: Step, outcome: StepOutcome, report: StepReport): boolean {
  if (step.kind === 'program' && outcome.status === 'exited') return false;
  if (outcome.status === 'returned' || outcome.status === 'raised' || outcome.status === 'tested') return false;
  // An exit that the harness saw, as sys.exit, has an answer.
  return !(outcome.status === 'exited' && report.answer !== '');
}

export function capturedOf({ report, durationMs, peakMb }: Reported): Captured {
  const peak = report.peakKb > 0 ? report.peakKb / 1024 : peakMb;
  return {
    stdout: textOf(report.stdout, report.truncated),
    stderr: textOf(report.stderr, report.truncated),
    truncated: report.truncated,
    durationMs,
    usage: {
      cpuMs: Math.round(report.cpuMs * 100) / 100,
      ...(peak === undefined ? {} : { peakMemoryMb: Math.round(peak * 10) / 10 }),
    },
  };
}

/** Bytes as text; a character that the limit cut in two is left out. */
function textOf(base64: string, isCut: boolean): string {
  return new TextDecoder().decode(Buffer.from(base64, 'base64'), { stream: isCut });
}

type Status = StepOutcome extends infer Outcome
  ? Outcome extends StepOutcome
    ? Omit<Outcome, keyof Captured>
    : never
  : never;

function statusOf(verdict: BoxVerdict): Status {
  switch (verdict.kind) {
    case 'returned':
      return { status: 'returned', value: verdict.value };
    case 'raised':
      return { status: 'raised', error: verdict.error };
    case 'exited':
      return {
        status: 'exited',
        exitCode: verdict.exitCode,
        ...(verdict.error === undefined ? {} : { error: verdict.error }),
      };
    case 'tested':
      return { status: 'tested', tests: verdict.tests };
    case 'out-of-memory':
    case 'output-limit':
      return { status: verdict.kind };
    case 'lost':
      return { status: 'lost', reason: verdict.reason };
    case 'timed-out':
    case 'began':
    case 'syntax-error':
      return { status: 'lost', reason: 'its answer is not one to this command' };
  }
}
