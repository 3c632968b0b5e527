/** Signals to whole process groups. POSIX only: Windows knows no process groups. */
import { isErrno } from '../errno.ts';
import { sleep } from '../sleep.ts';

/** A group's end has no event; this often it is looked for, in ms. */
const GROUP_POLL_MS = 20;

/** Groups that live now, so that none outlives this process when it exits with runs under way (a SIGKILL apart). */
const live = new Set<number>();

/** Sends a signal to the group of that leader; false when none of it is left. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    // ESRCH: none left. EPERM: there are some, under an account that we may not signal.
    return isErrno(error, 'EPERM');
  }
}

/** Resolves once none of the group is left, or after `ms`. */
export async function groupGone(leader: number, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (signalGroup(leader, 0) && performance.now() < until) await sleep(GROUP_POLL_MS);
}

/** Kills the group when this process exits. Returns what undoes it. */
export function killGroupOnExit(leader: number): () => void {
  if (live.size === 0) process.once('exit', killAll);
  live.add(leader);
  return () => {
    live.delete(leader);
    if (live.size === 0) process.removeListener('exit', killAll);
  };
}

function killAll(): void {
  for (const leader of live) signalGroup(leader, 'SIGKILL');
}
