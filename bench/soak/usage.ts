/** What a server and all that it has started hold of the machine, read from outside (Linux). The database's processes are left out. */
import { readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { list, parentsOfAll, processesUnder, proportionalMb, statusOf, text } from '../processes.ts';

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

const CGROUPS = '/sys/fs/cgroup';

/** @param heapMb what the server says of itself */
export async function usageOf(server: number, temporary: string, heapMb: number): Promise<Usage> {
  const parents = await parentsOfAll();
  const under = await those(processesUnder(server, parents), async (pid) => !(await isDatabase(pid)));
  const pools = await those(
    under.filter((pid) => parents.get(pid) === server),
    isPool,
  );
  const entries = async (of: string): Promise<number> =>
    (await Promise.all([server, ...pools].map((pid) => list(`/proc/${pid}/${of}`)))).flat().length;
  return {
    heapMb,
    serverMb: (await statusOf(server, 'VmRSS')) / 1024,
    boxesMb: await proportionalMb(under),
    descriptors: await entries('fd'),
    threads: await entries('task'),
    processes: under.length,
    controlGroups: await groupsOf(server),
    files: (await readdir(temporary, { recursive: true })).length,
  };
}

/** Node processes that the server itself has started: those of boxes come from others. A Node's name is its main thread's, so its file tells. */
async function isPool(pid: number): Promise<boolean> {
  return basename(await readlink(`/proc/${pid}/exe`).catch(() => '')) === 'node';
}

async function isDatabase(pid: number): Promise<boolean> {
  return (await text(`/proc/${pid}/comm`)).trim() === 'postgres';
}

async function those(pids: readonly number[], are: (pid: number) => Promise<boolean>): Promise<number[]> {
  const answers = await Promise.all(pids.map(are));
  return pids.filter((_, at) => answers[at]);
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
