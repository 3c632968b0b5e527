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
import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../errors.ts';
import { sleep } from '../sleep.ts';
import { CappedOutput } from './capped-output.ts';
import { childEnvironment } from './environment.ts';
import { OutputLines } from './output-lines.ts';
import { groupGone, killGroupOnExit, signalGroup } from './process-group.ts';
import { type ProcessLimits, type ProcessOptions, processLimits } from './process-options.ts';
import type { ProcessResult } from './process-result.ts';
import { redact } from './redactor.ts';

/** How long after the child's end its pipes may stay open, in ms: what it wrote is read within a few. */
const DRAIN_MS = 1_000;
/** How long a SIGKILL may take, in ms: only a process stuck in the kernel needs longer. */
const KILL_WAIT_MS = 5_000;

/** Why it was ended before it ended itself. */
type Cause =
  | { readonly status: 'timed-out'; readonly timeLimitMs: number }
  | { readonly status: 'aborted'; readonly reason: unknown }
  | { readonly status: 'output-limit'; readonly maxStdoutBytes: number }
  | { readonly status: 'listener-failed'; readonly error: unknown };

/** How the child itself ended, as the system reports it. */
type Exit =
  | { readonly by: 'code'; readonly exitCode: number }
  | { readonly by: 'signal'; readonly signal: NodeJS.Signals };

interface Started {
  readonly child: ChildProcess;
  /** Its process id, which is also its group's. */
  readonly leader: number;
}

interface NotStarted {
  readonly code: string;
  readonly message: string;
}

const NOTHING_WRITTEN = { stdout: '', truncated: false, stderr: '', stderrTruncated: false, exitCode: null } as const;

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
  if (signal?.aborted) return { status: 'aborted', reason: signal.reason, ...NOTHING_WRITTEN, durationMs: 0 };
  const start = await startChild(command, args, options);
  if ('code' in start) {
    const message = redact(start.message, secrets);
    const durationMs = performance.now() - startedAt;
    return { status: 'spawn-failed', code: start.code, message, ...NOTHING_WRITTEN, durationMs };
  }
  return await supervise(start, options, limits, startedAt);
}

function startChild(
  command: string,
  args: readonly string[],
  { cwd, environment, stdin }: ProcessOptions,
): Promise<Started | NotStarted> {
  return new Promise((resolve) => {
    const refuse = (error: unknown): void => resolve(notStarted(command, cwd, error));
    try {
      const child = spawn(command, args, {
        ...(cwd !== undefined && { cwd }),
        detached: true,
        env: childEnvironment(environment),
        stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      });
      child.on('error', refuse);
      child.once('spawn', () => {
        if (child.pid !== undefined) resolve({ child, leader: child.pid });
      });
    } catch (error) {
      // Some refusals (E2BIG, a NUL in an argument) are thrown instead of emitted.
      refuse(error);
    }
  });
}

function notStarted(command: string, cwd: string | undefined, error: unknown): NotStarted {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  const place = cwd === undefined ? '' : ` in ${cwd}`;
  const lookAt =
    code === 'ENOENT' ? '; is it installed, on the PATH that it was given, and does the directory exist?' : '';
  return { code, message: `Cannot start ${command}${place}: ${messageOf(error)}${lookAt}` };
}

async function supervise(
  { child, leader }: Started,
  options: ProcessOptions,
  limits: ProcessLimits,
  startedAt: number,
): Promise<ProcessResult> {
  const ending = Promise.withResolvers<Cause>();
  const over = new AbortController();
  const pause = (ms: number): Promise<void> => sleep(ms, over.signal).catch(() => {});
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

    const report = { ...output.end(cause === null && exit?.by === 'code' ? 'complete' : 'cut-off'), startedAt };
    return resultOf(cause ?? output.causeSeenLate(), exit, report);
  } finally {
    over.abort();
    forget();
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

type Written = Pick<ProcessResult, 'stdout' | 'truncated' | 'stderr' | 'stderrTruncated'>;

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

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve(exitCode === null ? { by: 'signal', signal: signal ?? 'SIGKILL' } : { by: 'code', exitCode });
    });
  });
}

/** Calls back when `signal` aborts, or has, until `over` does. */
function onAbort(signal: AbortSignal | undefined, over: AbortSignal, callback: (reason: unknown) => void): void {
  if (signal?.aborted) callback(signal.reason);
  else signal?.addEventListener('abort', () => callback(signal.reason), { signal: over });
}

/** SIGTERM to the group; resolves once none of it is left or the grace is over. */
async function askToEnd(
  leader: number,
  exited: Promise<Exit>,
  graceMs: number,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const until = performance.now() + graceMs;
  signalGroup(leader, 'SIGTERM');
  await Promise.race([exited, pause(graceMs)]);
  await groupGone(leader, until - performance.now());
}

function resultOf(cause: Cause | null, exit: Exit | null, written: Written & { startedAt: number }): ProcessResult {
  const { startedAt, ...output } = written;
  const durationMs = performance.now() - startedAt;
  const report = { ...output, durationMs, exitCode: exit?.by === 'code' ? exit.exitCode : null };
  if (cause === null) {
    if (exit?.by === 'code') return { ...report, status: 'exited', exitCode: exit.exitCode };
    return { ...report, status: 'signalled', signal: exit?.signal ?? 'SIGKILL' };
  }
  if (cause.status === 'listener-failed') throw cause.error;
  return { ...report, ...cause };
}
