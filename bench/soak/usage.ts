/** What a server and all that it has started hold of the machine, read from outside (Linux). The database's processes are left out. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface Usage {
  /** Live memory of the server's heap, MiB: what is left when all garbage is collected. */
  readonly heapMb: number;
  /** Resident memory of the server's own process, just after that, MiB. */
  readonly serverMb: number;
  /** Proportional memory of the processes under it, MiB: what they share is counted once. */
  readonly boxesMb: number;
  /** Of the server and of the pools under it. */
  readonly descriptors: number;
  readonly threads: number;
  /** Processes under the server. */
  readonly processes: number;
  readonly controlGroups: number;
  /** In its folder for temporary files. */
  readonly files: number;
}

/** By how much a row may rise over the whole soak without having grown. */
export const ALLOWANCES: { readonly [name in keyof Usage]: number } = {
  heapMb: 2,
  // What the engine keeps of what it once needed.
  serverMb: 40,
  boxesMb: 20,
  descriptors: 4,
  threads: 4,
  // Two boxes of a pool that sizes itself.
  processes: 16,
  controlGroups: 4,
  files: 1,
};

const DATABASE = 'postgres';
const CGROUPS = '/sys/fs/cgroup';

/** @param heapMb what the server says of itself */
export async function usageOf(server: number, temporary: string, heapMb: number): Promise<Usage> {
  const under = await processesUnder(server);
  const pools = await poolsOf(server, under);
  const sum = async (pids: readonly number[], of: (pid: number) => Promise<number>): Promise<number> =>
    (await Promise.all(pids.map(of))).reduce((all, one) => all + one, 0);
  return {
    heapMb,
    serverMb: (await kib(`/proc/${server}/status`, 'VmRSS')) / 1024,
    boxesMb: (await sum(under, (pid) => kib(`/proc/${pid}/smaps_rollup`, 'Pss'))) / 1024,
    descriptors: await sum([server, ...pools], async (pid) => (await list(`/proc/${pid}/fd`)).length),
    threads: await sum([server, ...pools], async (pid) => (await list(`/proc/${pid}/task`)).length),
    processes: under.length,
    controlGroups: await groupsOf(server),
    files: (await readdir(temporary, { recursive: true })).length,
  };
}

/** All processes below one, the database's and theirs left out. */
async function processesUnder(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [, , parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(await text(`/proc/${name}/stat`)) ?? [];
    if (parent !== undefined && (await nameOf(Number(name))) !== DATABASE) parents.set(Number(name), Number(parent));
  }
  const isUnder = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent === root || (parent !== undefined && isUnder(parent));
  };
  return [...parents.keys()].filter(isUnder);
}

/** Node processes that the server itself has started: those of boxes come from others. A Node's name is its main thread's, so its file tells. */
async function poolsOf(server: number, under: readonly number[]): Promise<number[]> {
  const isPool = async (pid: number): Promise<boolean> => {
    const [, parent] = /^\d+ \(.*\) \S (\d+)/s.exec(await text(`/proc/${pid}/stat`)) ?? [];
    return Number(parent) === server && basename(await readlink(`/proc/${pid}/exe`).catch(() => '')) === 'node';
  };
  const found = await Promise.all(under.map(async (pid) => ((await isPool(pid)) ? [pid] : [])));
  return found.flat();
}

async function nameOf(pid: number): Promise<string> {
  return (await text(`/proc/${pid}/comm`)).trim();
}

/** Groups of the server's boxes, in every hierarchy. */
async function groupsOf(server: number): Promise<number> {
  let count = 0;
  for (const hierarchy of ['', ...(await list(CGROUPS))]) {
    for (const name of await list(join(CGROUPS, hierarchy))) {
      if (!name.startsWith(`switchyard-${server}-`)) continue;
      count += (await list(join(CGROUPS, hierarchy, name))).filter((one) => one.startsWith('box-')).length;
    }
  }
  return count;
}

async function kib(path: string, name: string): Promise<number> {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(await text(path))?.[1] ?? 0);
}

/** Empty when it has gone meanwhile. */
function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function list(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
