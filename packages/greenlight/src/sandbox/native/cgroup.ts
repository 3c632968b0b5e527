/**
 * A memory and process limit for each box, by control groups, where they can be written.
 *
 * Owns: one folder of groups for each sandbox of ours, `switchyard-<pid>-<instance>`, with one group for each slot; those of processes that are gone are
 * removed at the start. Version 1 has one hierarchy for each controller, version 2 one for all
 * (https://docs.kernel.org/admin-guide/cgroup-v1/ and https://docs.kernel.org/admin-guide/cgroup-v2.html).
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@switchyard/core';
import { MIB } from './limits.ts';

/** What the caches of a box that has ended may take of the next one's memory, MiB. */
const LEFT_MB = 4;

const FOLDER = /^switchyard-(\d+)-/;

/** The group of one slot, used by one box after the other. */
export interface BoxGroup {
  /** Folders whose `cgroup.procs` a process is written to in order to join. */
  readonly folders: readonly string[];
  /** Sets what its box may hold, MiB. */
  setMemory(memoryMb: number): void;
  /** Times that its box was out of memory, since it was made. */
  kills(): number;
  /** Most memory held since the last call, MiB; undefined where the kernel does not tell. */
  peakMb(): number | undefined;
  /** Forgets what the box before left in its caches, where it is much. */
  reset(): void;
}

export interface Groups {
  group(slot: number, processes: number): BoxGroup;
  /** Removes every group; their boxes have ended. */
  close(): void;
}

export type GroupsFound = { readonly groups: Groups } | { readonly missing: string };

/** Finds a hierarchy that can be written, and makes our folder in it. */
export function openGroups(pid: number, instance: string): GroupsFound {
  const reasons: string[] = [];
  for (const open of [openVersion1, openVersion2]) {
    try {
      return { groups: open(pid, instance) };
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  return { missing: `no control group can be written (${reasons.join('; ')})` };
}

interface Mount {
  readonly folder: string;
  readonly type: string;
  readonly controllers: readonly string[];
}

function mounts(): Mount[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, folder = '', type = '', options = '']) => ({ folder, type, controllers: options.split(',') }));
}

function openVersion1(pid: number, instance: string): Groups {
  const [memory, pids] = ['memory', 'pids'].map((controller) => {
    const mount = mounts().find((one) => one.type === 'cgroup' && one.controllers.includes(controller));
    if (mount === undefined) throw new Error(`version 1 has no ${controller} controller here`);
    return makeFolder(mount.folder, pid, instance);
  });
  if (memory === undefined || pids === undefined) throw new Error('version 1 is incomplete');
  return {
    group: (slot, processes) => {
      const [inMemory, inPids] = [makeBox(memory, slot), makeBox(pids, slot)];
      writeFileSync(join(inPids, 'pids.max'), String(processes));
      return {
        folders: [inMemory, inPids],
        setMemory: (memoryMb) => setVersion1(inMemory, memoryMb),
        kills: () => counter(join(inMemory, 'memory.oom_control'), 'oom_kill'),
        peakMb: () => peakOf(join(inMemory, 'memory.max_usage_in_bytes')),
        reset: () => forget(join(inMemory, 'memory.usage_in_bytes'), join(inMemory, 'memory.force_empty'), '0'),
      };
    },
    close: () => [memory, pids].forEach(removeFolder),
  };
}

/** The limit with swap is never below the one without, so their order of writing depends on which way they go. */
function setVersion1(folder: string, memoryMb: number): void {
  const bytes = String(memoryMb * MIB);
  const plain = () => writeFileSync(join(folder, 'memory.limit_in_bytes'), bytes);
  attempt(plain);
  attempt(() => writeFileSync(join(folder, 'memory.memsw.limit_in_bytes'), bytes));
  plain();
}

function openVersion2(pid: number, instance: string): Groups {
  const mount = mounts().find((one) => one.type === 'cgroup2');
  if (mount === undefined) throw new Error('version 2 is not mounted');
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  const parent = join(mount.folder, own);
  writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory +pids');
  const folder = makeFolder(parent, pid, instance);
  writeFileSync(join(folder, 'cgroup.subtree_control'), '+memory +pids');
  return {
    group: (slot, processes) => {
      const box = makeBox(folder, slot);
      writeFileSync(join(box, 'pids.max'), String(processes));
      attempt(() => writeFileSync(join(box, 'memory.swap.max'), '0'));
      return {
        folders: [box],
        setMemory: (memoryMb) => writeFileSync(join(box, 'memory.max'), String(memoryMb * MIB)),
        kills: () => counter(join(box, 'memory.events'), 'oom_kill'),
        peakMb: () => peakOf(join(box, 'memory.peak')),
        reset: () => forget(join(box, 'memory.current'), join(box, 'memory.reclaim'), String(64 * MIB)),
      };
    },
    close: () => removeFolder(folder),
  };
}

/** Our folder in a hierarchy; those of processes that are gone are removed. */
function makeFolder(parent: string, pid: number, instance: string): string {
  for (const name of readdirSync(parent)) {
    const owner = Number(FOLDER.exec(name)?.[1]);
    if (owner > 0 && owner !== pid && !isRunning(owner)) removeFolder(join(parent, name));
  }
  const folder = join(parent, `switchyard-${pid}-${instance}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function makeBox(folder: string, slot: number): string {
  const box = join(folder, `box-${slot}`);
  mkdirSync(box, { recursive: true });
  return box;
}

function removeFolder(folder: string): void {
  attempt(() => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) attempt(() => rmdirSync(join(folder, entry.name)));
    }
    rmdirSync(folder);
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function counter(path: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
}

/** Reading is enough on version 2 of late kernels only for a peak since the start; writing begins anew where it may. */
function peakOf(path: string): number | undefined {
  try {
    const bytes = Number(readFileSync(path, 'utf8'));
    attempt(() => writeFileSync(path, '0'));
    return Math.round((bytes / MIB) * 10) / 10;
  } catch {
    return undefined;
  }
}

/** What is left of a box is caches, mostly less than 2 MiB; to drop them waits for every core (.4 to 1.4 ms of this thread), so that only much is. */
function forget(used: string, path: string, what: string): void {
  attempt(() => {
    if (Number(readFileSync(used, 'utf8')) > LEFT_MB * MIB) writeFileSync(path, what);
  });
}

/** For what may fail without harm: a group that is there still is removed by the next start. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Said above.
  }
}
