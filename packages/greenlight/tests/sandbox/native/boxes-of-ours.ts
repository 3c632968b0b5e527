/** The processes of boxes that this process has started, looked up in /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { vi } from 'vitest';

export interface Found {
  readonly launchers: readonly number[];
  readonly boxes: readonly number[];
}

/** Processes under this one that start boxes, and all that is under those. */
export async function boxesOfOurs(): Promise<Found> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return [{ pid: Number(pid), parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }];
    } catch {
      return [];
    }
  });
  const launchers = processes.filter(
    ({ parent, command }) => parent === process.pid && command.includes('switchyard-boxes-'),
  );
  const under = new Set(launchers.map(({ pid }) => pid));
  for (let size = 0; size < under.size; ) {
    size = under.size;
    for (const { pid, parent } of processes) if (under.has(parent)) under.add(pid);
  }
  const ids = launchers.map(({ pid }) => pid);
  return { launchers: ids, boxes: [...under].filter((pid) => !ids.includes(pid)) };
}

export async function eventually<T>(look: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  return vi
    .waitUntil(
      async () => {
        const found = await look();
        return isSo(found) && { found };
      },
      { timeout: 10_000, interval: 20 },
    )
    .then(({ found }) => found);
}
