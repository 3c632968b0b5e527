/** Puts together what the system reported, why we ended a child, and what it wrote. */
import type { ProcessResult } from './process-result.ts';
import { redact } from './redactor.ts';
import type { Exit, NotStarted } from './start-child.ts';

/** Why it was ended before it ended itself. */
export type Cause =
  | { readonly status: 'timed-out'; readonly timeLimitMs: number }
  | { readonly status: 'aborted'; readonly reason: unknown }
  | { readonly status: 'output-limit'; readonly maxStdoutBytes: number }
  | { readonly status: 'listener-failed'; readonly error: unknown };

type Unstarted =
  | { readonly status: 'aborted'; readonly reason: unknown }
  | { readonly status: 'spawn-failed'; readonly code: string; readonly message: string };

export type Written = Pick<ProcessResult, 'stdout' | 'truncated' | 'stderr' | 'stderrTruncated'>;

const NOTHING_WRITTEN = { stdout: '', truncated: false, stderr: '', stderrTruncated: false, exitCode: null } as const;

export function neverStarted(why: Unstarted, durationMs: number): ProcessResult {
  return { ...why, ...NOTHING_WRITTEN, durationMs };
}

export function spawnFailure({ code, message }: NotStarted, secrets: readonly string[] = []): Unstarted {
  return { status: 'spawn-failed', code, message: redact(message, secrets) };
}

/**
 * @param exit null when even SIGKILL did not end it in time
 * @throws what the caller's listener threw, when that was the cause
 */
export function endedResult(
  cause: Cause | null,
  exit: Exit | null,
  written: Written,
  durationMs: number,
): ProcessResult {
  const report = { ...written, durationMs, exitCode: exit?.by === 'code' ? exit.exitCode : null };
  if (cause === null) {
    if (exit?.by === 'code') return { ...report, status: 'exited', exitCode: exit.exitCode };
    return { ...report, status: 'signalled', signal: exit?.signal ?? 'SIGKILL' };
  }
  if (cause.status === 'listener-failed') throw cause.error;
  return { ...report, ...cause };
}
