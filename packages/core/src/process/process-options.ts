import { SwitchyardError } from '../errors.ts';
import type { ProcessEnvironment } from './environment.ts';

const DEFAULT_GRACE_MS = 5_000;
const DEFAULT_MAX_STDOUT_BYTES = 1_048_576;
const DEFAULT_MAX_LINE_CHARS = 8_192;
const DEFAULT_STDERR_TAIL_LINES = 50;

/** What every child process is started with, whether for one answer or for many. */
export interface ChildOptions {
  /** Between SIGTERM and SIGKILL, in ms. Default 5000. */
  readonly graceMs?: number | undefined;
  /** What it may know of our environment. Default: nothing, not even PATH. */
  readonly environment?: ProcessEnvironment | undefined;
  /** Default: this process's directory. */
  readonly cwd?: string | undefined;
  /** Open file descriptors of ours that it gets as its 3, 4, and so on: they stay ours to close. Default: none. */
  readonly inherit?: readonly number[] | undefined;
  /** Most UTF-16 units of a stderr line; the rest of the line is dropped and `…` says so. Default 8192. */
  readonly maxLineChars?: number | undefined;
  /** Lines of stderr that the result keeps. Default 50. */
  readonly stderrTailLines?: number | undefined;
  /**
   * Texts that nobody may see, replaced in stdout, stderr and messages, wherever they are cut apart on their way. Exact
   * matches only: the same secret in another encoding is another text. Empty ones are ignored.
   */
  readonly secrets?: readonly string[] | undefined;
}

export interface ProcessOptions extends ChildOptions {
  /** Time from the start after which it is ended, in ms. */
  readonly timeLimitMs: number;
  /** Written to its stdin, which is then closed. Default: an empty stdin. */
  readonly stdin?: string | Uint8Array | undefined;
  /** Most bytes of stdout that are kept. Default 1 MiB. */
  readonly maxStdoutBytes?: number | undefined;
  /**
   * What more output than that does: `end` ends the process (`output-limit`), `cut` lets it run and drops the rest
   * (`truncated`). Default `end`.
   */
  readonly whenOutputFull?: 'end' | 'cut' | undefined;
  /**
   * Called with every line of stderr as it comes, without its line ending, cut and redacted. When it throws, the process
   * is ended and `runProcess` rejects with what it threw.
   */
  readonly onStderrLine?: ((line: string) => void) | undefined;
  /** Ends the process when it aborts; before the start: it is not started. */
  readonly signal?: AbortSignal | undefined;
}

/** The options with their defaults. */
export interface ChildLimits {
  readonly graceMs: number;
  readonly maxLineChars: number;
  readonly stderrTailLines: number;
}

export interface ProcessLimits extends ChildLimits {
  readonly timeLimitMs: number;
  readonly maxStdoutBytes: number;
}

/** A number given to `runProcess`, a `LineWorker` or a pool of them is outside its range. */
export class ProcessOptionInvalid extends SwitchyardError {
  readonly option: string;

  constructor(option: string, value: number, range = 'a number of 0 or more') {
    super('process_option_invalid', 'invalid', `The option ${option} is ${value}; it must be ${range}.`);
    this.option = option;
  }
}

/** @throws ProcessOptionInvalid */
export function processLimits(options: ProcessOptions): ProcessLimits {
  return notNegative({
    timeLimitMs: options.timeLimitMs,
    maxStdoutBytes: options.maxStdoutBytes ?? DEFAULT_MAX_STDOUT_BYTES,
    ...childLimits(options),
  });
}

/** @throws ProcessOptionInvalid */
export function childLimits(options: ChildOptions): ChildLimits {
  return notNegative({
    graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
    maxLineChars: options.maxLineChars ?? DEFAULT_MAX_LINE_CHARS,
    stderrTailLines: options.stderrTailLines ?? DEFAULT_STDERR_TAIL_LINES,
  });
}

/** @throws ProcessOptionInvalid */
export function notNegative<Limits extends Readonly<Record<keyof Limits, number>>>(limits: Limits): Limits {
  for (const [option, value] of Object.entries<number>(limits)) {
    if (!(value >= 0)) throw new ProcessOptionInvalid(option, value);
  }
  return limits;
}
