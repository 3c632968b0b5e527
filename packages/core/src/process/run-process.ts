/**
 * Runs one child process from its start to the end of everything that it started.
 *
 * Owns the process, its process group, its pipes and its time. Leaves to the caller what an exit code or an output means.
 * POSIX only.
 *
 * Invariants:
 * 1. The child sees the environment variables it was given and no others.
 * 2. Memory is bounded whatever it writes, and no secret reaches the result or `onStderrLine`.
 * 3. The result does not wait for anybody but the child: not for a reader of stdin, not for a descendant that holds an
 *    inherited pipe open, not longer than `graceMs` for a child that was asked to end.
 * 4. Nothing of its group is left alive when the result is there, also after a normal exit. (A descendant that made a
 *    session of its own has left the group: keeping hold of those takes a sandbox.)
 * 5. The first cause of the end is the status: a child that exits 0 because it was asked to has still timed out.
 */
import type { ChildProcess } from 'node:child_process';
import { CappedOutput } from './capped-output.ts';
import { OutputLines } from './output-lines.ts';
import { killGroupOnExit, signalGroup } from './process-group.ts';
import { type ProcessLimits, type ProcessOptions, processLimits } from './process-options.ts';
import type { ProcessResult } from './process-result.ts';
import { type Cause, endedResult, neverStarted, spawnFailure, type Written } from './result-of.ts';
import {
  askToEnd,
  DRAIN_MS,
  exitOf,
  KILL_WAIT_MS,
  onAbort,
  pauseUntil,
  type Started,
  startChild,
} from './start-child.ts';

/**
 * Runs a program and resolves when it and all of its process group have ended, however they did: see `ProcessResult`.
 *
 * The environment it gets is `options.environment`, nothing by default; the command is looked up in that PATH.
 * At the time limit, an abort or too much output the group gets SIGTERM, and SIGKILL after `graceMs`. What it left
 * behind after exiting by itself gets SIGKILL at once.
 *
 * @throws ProcessOptionInvalid for a number outside its range, or what `onStderrLine` threw.
 */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  const limits = processLimits(options);
  const { signal, secrets = [] } = options;
  const startedAt = performance.now();
  if (signal?.aborted) return neverStarted({ status: 'aborted', reason: signal.reason }, 0);
  const start = await startChild(command, args, options, options.stdin === undefined ? 'ignore' : 'pipe');
  if ('code' in start) return neverStarted(spawnFailure(start, secrets), performance.now() - startedAt);
  return await supervise(start, options, limits, startedAt);
}

async function supervise(
  { child, leader }: Started,
  options: ProcessOptions,
  limits: ProcessLimits,
  startedAt: number,
): Promise<ProcessResult> {
  const ending = Promise.withResolvers<Cause>();
  const over = new AbortController();
  const pause = pauseUntil(over.signal);
  const forget = killGroupOnExit(leader);
  try {
    const output = readOutput(child, options, limits, ending.resolve);
    writeInput(child, options.stdin);
    const exited = exitOf(child);
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    void pause(limits.timeLimitMs).then(() => ending.resolve({ status: 'timed-out', timeLimitMs: limits.timeLimitMs }));
    onAbort(options.signal, over.signal, (reason) => ending.resolve({ status: 'aborted', reason }));

    const cause = await Promise.race([exited.then(() => null), ending.promise]);
    if (cause !== null) await askToEnd(leader, exited, limits.graceMs, pause);
    signalGroup(leader, 'SIGKILL');
    const exit = await Promise.race([exited, pause(KILL_WAIT_MS).then(() => null)]);
    await Promise.race([closed, pause(DRAIN_MS)]);

    const written = output.end(cause === null && exit?.by === 'code' ? 'complete' : 'cut-off');
    return endedResult(cause ?? output.causeSeenLate(), exit, written, performance.now() - startedAt);
  } finally {
    over.abort();
    forget();
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

interface Output {
  /** All that it wrote. */
  end(writer: 'complete' | 'cut-off'): Written;
  /** The cause that came to light only while the rest of the output of an ended child was read. */
  causeSeenLate(): Cause | null;
}

function readOutput(
  child: ChildProcess,
  { secrets = [], whenOutputFull = 'end', onStderrLine }: ProcessOptions,
  limits: ProcessLimits,
  onCause: (cause: Cause) => void,
): Output {
  let seen: Cause | null = null;
  const report = (cause: Cause): void => {
    seen ??= cause;
    onCause(seen);
  };
  const stdout = new CappedOutput(limits.maxStdoutBytes, secrets);
  const stderr = new OutputLines(limits, secrets, (line) => {
    if (seen?.status === 'listener-failed') return;
    try {
      onStderrLine?.(line);
    } catch (error) {
      report({ status: 'listener-failed', error });
    }
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    if (stdout.truncated && whenOutputFull === 'end') {
      report({ status: 'output-limit', maxStdoutBytes: limits.maxStdoutBytes });
    }
  });
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A pipe that breaks ends like one that closes.
  child.stdout?.on('error', () => {});
  child.stderr?.on('error', () => {});
  return {
    end: (writer) => ({
      stdout: stdout.end(writer),
      truncated: stdout.truncated,
      stderr: stderr.end(writer),
      stderrTruncated: stderr.truncated,
    }),
    causeSeenLate: () => seen,
  };
}

/** A child need not read its stdin: EPIPE and ECONNRESET are its choice, and its exit code tells what it made of it. */
function writeInput(child: ChildProcess, input: string | Uint8Array | undefined): void {
  child.stdin?.on('error', () => {});
  if (input !== undefined) child.stdin?.end(input);
}
