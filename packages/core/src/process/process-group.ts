/** Signals to whole process groups. POSIX only: Windows knows no process groups. */
import { readdir, readFile } from 'node:fs/promises';
import { isErrno } from '../errno.ts';
import { sleep } from '../sleep.ts';

/** A group's end has no event: it is looked for after so long, in ms, and then each time after twice as long, up to the second. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 200;

/** State and process group in `/proc/PID/stat`, behind the name, which may hold anything (proc_pid_stat(5)). */
const STATE_AND_GROUP = /\) (\S) -?\d+ (\d+) [^)]*$/;

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
  let pauseMs = FIRST_LOOK_MS;
  while (signalGroup(leader, 0) && performance.now() < until) {
    if (await allAreZombies(leader)) return;
    await sleep(Math.min(pauseMs, Math.max(0, until - performance.now())));
    pauseMs = Math.min(2 * pauseMs, LONGEST_LOOK_MS);
  }
}

/**
 * Whether those of the group that can still be signalled are dead and only wait for their parent to take note. Orphans are
 * the first process's to collect, and in a container that is often a program that never does: without this look, the end
 * of every such group would take its whole grace. False where there is no procfs to tell.
 */
async function allAreZombies(leader: number): Promise<boolean> {
  const names = await readdir('/proc').catch(() => []);
  let zombies = 0;
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const [, state, group] = STATE_AND_GROUP.exec(await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')) ?? [];
    if (Number(group) !== leader) continue;
    if (state !== 'Z') return false;
    zombies += 1;
  }
  return zombies > 0;
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
