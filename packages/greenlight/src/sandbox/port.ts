/**
 * The sandbox port: what the grader needs of anything that can run a stranger's code.
 *
 * A driver owns: isolation, limits, the boxes and their pool. It leaves to the grader: verdicts, expected values, hidden
 * tests, points. Invariants that every driver keeps (the conformance suite cites the numbers):
 *
 * 1. A run answers exactly one outcome for each step, in order, whatever the code does.
 * 2. Nothing that decides a grade (expected values, verdicts, times) enters the box or is taken from inside it:
 *    durations are measured outside of the submission's processes, and the box answers values only.
 * 3. A step's crash, time-out or exit ends that step; later steps still run, in a fresh box where the old one is lost.
 *    After two lost boxes the remaining steps answer `skipped`. A program that exits has ended as programs do: no loss.
 * 4. No step sees the globals that another step left behind.
 * 5. When `run` settles, nothing of the submission runs any more; after an abort, too.
 * 6. A fault of the driver rejects with a SandboxError; it is never an outcome.
 * 7. What all outcomes of a job hold together is bounded (`job-room.ts`).
 */

/** Every language that a driver may run; each driver lists its own. */
export const LANGUAGES = [
  'python',
  'javascript',
  'typescript',
  'bash',
  'sql',
  'c',
  'cpp',
  'go',
  'rust',
  'java',
] as const;
export type Language = (typeof LANGUAGES)[number];

/** Languages whose functions can be called and whose tests can be code (`call`, `assertion`, `test-file`); any runs programs. */
export const CALL_LANGUAGES = ['python', 'javascript', 'typescript'] as const satisfies readonly Language[];

/** Limits of one run; each step may also have a shorter time of its own. */
export interface Limits {
  /** Compute time of one step, milliseconds. The wasm driver, which cannot tell waiting from computing, counts wall time. */
  readonly cpuMs: number;
  /** Wall time of one step, milliseconds. */
  readonly wallMs: number;
  /** Memory of the box, MiB. */
  readonly memoryMb: number;
  /** Captured output of stdout and of stderr per step, KiB; more is cut and said so. */
  readonly outputKb: number;
}

/**
 * A value of the submission's language, free of its identity: exact types are kept so that the grader can compare as
 * the language means it. Sets and maps are unordered for comparison.
 */
export type Value =
  | { readonly type: 'null' }
  | { readonly type: 'undefined' }
  | { readonly type: 'boolean'; readonly value: boolean }
  /** Any size; decimal digits with an optional minus. Python int, JavaScript bigint. */
  | { readonly type: 'integer'; readonly value: string }
  /** A double; NaN, Infinity, -Infinity and -0 by those names. JavaScript number always. */
  | { readonly type: 'float'; readonly value: number | 'NaN' | 'Infinity' | '-Infinity' | '-0' }
  | { readonly type: 'string'; readonly value: string }
  /** Base64. */
  | { readonly type: 'bytes'; readonly value: string }
  | { readonly type: 'list' | 'tuple' | 'set'; readonly items: readonly Value[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [Value, Value])[] }
  /** Anything else: its type's name and its printed form, cut to 200 characters. Never equal to anything. */
  | { readonly type: 'opaque'; readonly name: string; readonly text: string };

/** What one step asks of the box. */
export type Step =
  | {
      readonly kind: 'call';
      /** The function's name; when absent, the only function that the entry file defines. */
      readonly function?: string;
      readonly arguments: CallArguments;
      readonly timeoutMs?: number;
    }
  /** Code that runs after the submission, with its globals in scope; passes unless it throws. `trust: "inside"`. */
  | { readonly kind: 'assertion'; readonly code: string; readonly timeoutMs?: number }
  /**
   * The entry file run as a program of its own, from its start to its exit. Answers `exited`, with its code and output; what is
   * judged of it is judged outside.
   */
  | {
      readonly kind: 'program';
      /** Text on its standard input, which then ends; none: it ends at once. */
      readonly stdin?: string;
      readonly args?: readonly string[];
      /** Further files beside the sources, for this step only: text by relative path. */
      readonly files?: { readonly [path: string]: string };
      readonly timeoutMs?: number;
    }
  /**
   * A file of tests, written for the language's usual runner: Python `unittest` cases and `test_*` functions, JavaScript and
   * TypeScript `test(name, fn)`. It lies beside the sources for this step and imports them. Answers `tested`. `trust: "inside"`.
   */
  | {
      readonly kind: 'test-file';
      readonly path: string;
      readonly source: string;
      /** Only the test of this name runs; none: all of them. */
      readonly only?: string;
      readonly timeoutMs?: number;
    };

/** Kinds of step whose verdict comes from code that ran beside the submission, which may have tampered with it. */
export function isJudgedInside(step: Step): boolean {
  return step.kind === 'assertion' || step.kind === 'test-file';
}

export type CallArguments =
  | { readonly by: 'position'; readonly values: readonly JsonValue[] }
  | { readonly by: 'name'; readonly values: { readonly [name: string]: JsonValue } };

/** JSON as parsed by the host; integers beyond 2^53 are not representable. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface SandboxJob {
  readonly language: Language;
  /** Source texts by relative path, as validated by the grader (no `..`, no absolute path). */
  readonly files: { readonly [path: string]: string };
  /** Which of `files` is run. */
  readonly entrypoint: string;
  readonly steps: readonly Step[];
  /**
   * The first of the steps that are kept from the box until those before have answered: whatever reads the box's memory meanwhile finds
   * nothing of what they ask. Default: none is.
   */
  readonly withheldFrom?: number;
  readonly limits: Limits;
}

/** Where the submission failed, by the learner's own lines (1-based). */
export interface ProgramError {
  /** The language's own name of it, as `ZeroDivisionError` or `TypeError`. */
  readonly type: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** One test of a test file, as the box tells it. */
export interface InsideTest {
  readonly name: string;
  readonly passed: boolean;
  /** Why it did not pass. */
  readonly error?: ProgramError;
}

/** What a step used, as far as its driver can tell. Wall time is the outcome's `durationMs`. */
export interface StepUsage {
  /** Compute time of the step and what it started, milliseconds. */
  readonly cpuMs?: number;
  /** Most memory held at once, MiB. */
  readonly peakMemoryMb?: number;
}

export type StepOutcome = {
  /** Of this step only, UTF-8 with invalid bytes replaced, at most `limits.outputKb` each. */
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  /** Measured outside of the submission's processes, milliseconds with fractions. */
  readonly durationMs: number;
  readonly usage?: StepUsage;
} & (
  | { readonly status: 'returned'; readonly value: Value }
  | { readonly status: 'raised'; readonly error: ProgramError }
  /** Ended by its time limit. `line` is where it was, when the driver can tell. */
  | { readonly status: 'timed-out'; readonly limitMs: number; readonly line?: number }
  | { readonly status: 'out-of-memory' }
  /** The process ended itself, or (128 and more) a signal ended it. `error`: what a program left uncaught, where it is known. */
  | { readonly status: 'exited'; readonly exitCode: number; readonly error?: ProgramError }
  /** The tests of a test file that were there, in order; a file that breaks before its end answers `raised`. */
  | { readonly status: 'tested'; readonly tests: readonly InsideTest[] }
  /** More output than the driver lets through. */
  | { readonly status: 'output-limit' }
  /** The box died or broke the channel's rules (a forged, doubled or missing frame). */
  | { readonly status: 'lost'; readonly reason: string }
  | { readonly status: 'skipped'; readonly reason: string }
);

export type SandboxRun =
  /** It did not compile; no step ran. `output`: the compiler's own words, at most 16 KiB. */
  | { readonly status: 'syntax-error'; readonly error: ProgramError; readonly output?: string }
  | { readonly status: 'ran'; readonly outcomes: readonly StepOutcome[] };

export interface SandboxStatus {
  readonly name: string;
  readonly languages: readonly Language[];
  /** Boxes parked and boxes in use, now. */
  readonly parked: number;
  readonly busy: number;
  /** Empty when every self-check holds; else what does not hold, in words. */
  readonly problems: readonly string[];
  /** Languages that the driver knows but refuses on this machine, each with the reason. */
  readonly refused: readonly RefusedLanguage[];
}

export interface RefusedLanguage {
  readonly language: Language;
  /** In words, as `bwrap is not installed`. */
  readonly reason: string;
}

export interface Sandbox {
  readonly name: string;
  readonly languages: readonly Language[];
  /**
   * Runs one job. Rejects with the signal's reason when aborted, with SandboxSaturated when no box can be had within the
   * driver's queue bound, with another SandboxError for a fault of the driver.
   */
  run(job: SandboxJob, signal?: AbortSignal): Promise<SandboxRun>;
  status(): SandboxStatus;
  /** Ends every box and the pool's process. Idempotent. */
  close(): Promise<void>;
}
