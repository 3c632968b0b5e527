/** Processes and their memory as Linux shows them in /proc. One that has gone meanwhile is not there, or holds nothing. */
import { readdir, readFile } from 'node:fs/promises';

/** Of each process of the machine, the one that started it. */
export async function parentsOfAll(): Promise<ReadonlyMap<number, number>> {
  const pids = (await list('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return new Map(await Promise.all(pids.map(async (pid) => [pid, await statusOf(pid, 'PPid')] as const)));
}

/** All processes that `root` has started, and those that they have. */
export function processesUnder(root: number, parents: ReadonlyMap<number, number>): number[] {
  const isUnder = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return parent === root || (parent > 0 && isUnder(parent));
  };
  return [...parents.keys()].filter(isUnder);
}

/** Proportional memory, MiB: what processes share is counted once among them. */
export async function proportionalMb(pids: readonly number[]): Promise<number> {
  const shares = pids.map(async (pid) => numberAfter('Pss', await text(`/proc/${pid}/smaps_rollup`)));
  return (await Promise.all(shares)).reduce((sum, kib) => sum + kib, 0) / 1024;
}

/** A number out of the process's status (proc_pid_status(5)); memory in KiB. */
export async function statusOf(pid: number, name: string): Promise<number> {
  return numberAfter(name, await text(`/proc/${pid}/status`));
}

function numberAfter(name: string, lines: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(lines)?.[1] ?? 0);
}

export function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

export function list(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
