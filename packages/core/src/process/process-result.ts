/** How a child process ended, and what is left of it. A bad end is a value, not an error: its reader decides. */

/** What every result tells. */
interface ProcessReport {
  /** Decoded as one UTF-8 stream, secrets replaced; up to `maxStdoutBytes` of it. Empty when it never started. */
  readonly stdout: string;
  /** True when stdout was longer than `maxStdoutBytes`; what is beyond is gone. */
  readonly truncated: boolean;
  /** The last lines of stderr (`stderrTailLines`), secrets replaced, joined by newlines. */
  readonly stderr: string;
  /** True when earlier or longer stderr lines are gone. */
  readonly stderrTruncated: boolean;
  /** From the call to the end, in ms. */
  readonly durationMs: number;
  /** Null when it did not exit by itself. */
  readonly exitCode: number | null;
}

/** It exited by itself, well or not. */
export interface ProcessExited extends ProcessReport {
  readonly status: 'exited';
  readonly exitCode: number;
}

/** A signal that was not ours ended it: a crash, the kernel's out-of-memory killer, somebody else. */
export interface ProcessSignalled extends ProcessReport {
  readonly status: 'signalled';
  readonly signal: NodeJS.Signals;
}

/** It ran into its time limit and was ended. `exitCode` is set where it exited by itself when asked to. */
export interface ProcessTimedOut extends ProcessReport {
  readonly status: 'timed-out';
  readonly timeLimitMs: number;
}

/** The caller's signal aborted and it was ended, or not started at all. */
export interface ProcessAborted extends ProcessReport {
  readonly status: 'aborted';
  /** The signal's reason. */
  readonly reason: unknown;
}

/** It wrote more to stdout than it may and was ended (`whenOutputFull: 'end'`). */
export interface ProcessOutputLimit extends ProcessReport {
  readonly status: 'output-limit';
  readonly maxStdoutBytes: number;
}

/** The system did not start it. */
export interface ProcessSpawnFailed extends ProcessReport {
  readonly status: 'spawn-failed';
  /** The system's, such as `ENOENT` (no such program, or no such `cwd`), `EACCES`, `E2BIG`. */
  readonly code: string;
  /** What happened and what to look at. */
  readonly message: string;
}

export type ProcessResult =
  | ProcessExited
  | ProcessSignalled
  | ProcessTimedOut
  | ProcessAborted
  | ProcessOutputLimit
  | ProcessSpawnFailed;
