/** Starting a child process as the leader of its own group, and ending that group. POSIX only. */
import { type ChildProcess, spawn } from 'node:child_process';
import { errorCodeOf } from '../errno.ts';
import { messageOf } from '../errors.ts';
import { sleep } from '../sleep.ts';
import { childEnvironment } from './environment.ts';
import { groupGone, signalGroup } from './process-group.ts';
import type { ChildOptions } from './process-options.ts';
import { type ProgramPlace, programTrouble } from './program-trouble.ts';

/** How long after the child's end its pipes may stay open, in ms: what it wrote is read within a few. */
export const DRAIN_MS = 1_000;
/** How long a SIGKILL may take, in ms: only a process stuck in the kernel needs longer. */
export const KILL_WAIT_MS = 5_000;

/** How the child itself ended, as the system reports it. */
export type Exit =
  | { readonly by: 'code'; readonly exitCode: number }
  | { readonly by: 'signal'; readonly signal: NodeJS.Signals };

export interface Started {
  readonly child: ChildProcess;
  /** Its process id, which is also its group's. */
  readonly leader: number;
}

export interface NotStarted {
  readonly code: string;
  readonly message: string;
}

/** @param stdin whether it gets a pipe or an empty input */
export function startChild(
  command: string,
  args: readonly string[],
  { cwd, environment, inherit = [] }: ChildOptions,
  stdin: 'ignore' | 'pipe',
): Promise<Started | NotStarted> {
  return new Promise((resolve) => {
    const env = childEnvironment(environment);
    const refuse = (error: unknown): void => resolve(notStarted(command, { cwd, path: env['PATH'] }, error));
    try {
      const child = spawn(command, args, {
        ...(cwd !== undefined && { cwd }),
        detached: true,
        env,
        stdio: [stdin, 'pipe', 'pipe', ...inherit],
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

/** The system's own words are the same for a program, its folder and its interpreter that is missing: so it is looked which. */
function notStarted(command: string, place: ProgramPlace, error: unknown): NotStarted {
  const code = errorCodeOf(error) ?? 'UNKNOWN';
  return { code, message: programTrouble(command, place) ?? `${command}: ${messageOf(error)}` };
}

export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve(exitCode === null ? { by: 'signal', signal: signal ?? 'SIGKILL' } : { by: 'code', exitCode });
    });
  });
}

/** SIGTERM to the group; resolves once none of it is left or the grace is over. */
export async function askToEnd(
  leader: number,
  exited: Promise<unknown>,
  graceMs: number,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const until = performance.now() + graceMs;
  signalGroup(leader, 'SIGTERM');
  await Promise.race([exited, pause(graceMs)]);
  await groupGone(leader, until - performance.now());
}

/** A wait that ends early, and leaves no timer behind, once `over` aborts. */
export function pauseUntil(over: AbortSignal): (ms: number) => Promise<void> {
  return (ms) => sleep(ms, over).catch(() => {});
}

/** Calls back when `signal` aborts, or has, until `over` does. */
export function onAbort(signal: AbortSignal | undefined, over: AbortSignal, callback: (reason: unknown) => void): void {
  if (signal?.aborted) callback(signal.reason);
  else signal?.addEventListener('abort', () => callback(signal.reason), { signal: over });
}
