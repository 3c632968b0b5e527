/** What this machine has for native boxes, and what it lacks, in words. */
import { randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '@switchyard/core';
import type { BoxBlueprint } from './box.ts';
import type { HostTools } from './box-command.ts';
import { BoxLauncher } from './box-launcher.ts';
import { type Groups, openGroups } from './cgroup.ts';
import { type FoundToolchain, findToolchain } from './find-toolchain.ts';
import { loadInsideSources } from './inside-sources.ts';
import { TOOLCHAINS } from './languages.ts';
import { seccompFilter } from './seccomp.ts';

/** Not a version manager's: those start a shell of their own first (75 ms) and lie in a home that a box cannot enter. */
const PYTHON = '/usr/bin/python3';
const BWRAP = '/usr/bin/bwrap';
/** Permission of others to go through a folder. */
const OTHERS_ENTER = 0o001;

export interface Host {
  readonly blueprint: BoxBlueprint;
  /** What was found, or why nothing was, for each language that is run as programs. */
  readonly toolchains: ReadonlyMap<string, FoundToolchain>;
  readonly groups: Groups | undefined;
  /** Why there are no groups. */
  readonly withoutGroups: string;
  /** This sandbox's share of the users for boxes; undefined where we are not root. */
  readonly share: number | undefined;
  close(): Promise<void>;
}

/** Looks the machine over. @returns what is missing, where nothing can run at all */
export async function openHost(
  platform: string,
  arch: string,
  env: NodeJS.ProcessEnv,
): Promise<Host | { readonly missing: string }> {
  if (platform !== 'linux') return { missing: `bubblewrap is for Linux, this is ${platform}` };
  const filter = seccompFilter(arch);
  if (filter === undefined) return { missing: `no filter of system calls is known for ${arch}` };
  const isRoot = process.getuid?.() === 0;
  for (const path of [BWRAP, PYTHON]) {
    if (!isFile(path)) return { missing: `${path} is not installed` };
  }
  try {
    const toolchains = await findToolchains(isRoot, env);
    const parts = [...toolchains.values()].flatMap((found) => ('parts' in found ? found.parts : []));
    const tools: HostTools = { bwrap: BWRAP, python: PYTHON, node: reachableNode(isRoot), toolchains: parts };
    const sources = await loadInsideSources(PYTHON);
    const instance = randomInt(1, 2 ** 31);
    const found = openGroups(process.pid, instance.toString(36));
    const groups = 'groups' in found ? found.groups : undefined;
    const kept = keepFilter(filter);
    const launcher = await BoxLauncher.open(tools, sources, kept);
    return {
      blueprint: { tools, sources, launcher },
      toolchains,
      groups,
      withoutGroups: 'missing' in found ? found.missing : '',
      share: isRoot ? instance : undefined,
      close: async () => {
        await launcher.close();
        closeSync(kept);
        groups?.close();
      },
    };
  } catch (error) {
    return { missing: `${PYTHON} cannot be used (${messageOf(error)})` };
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Our own Node, else the system's: the first that a box's user can reach. */
function reachableNode(isRoot: boolean): string | undefined {
  return [process.execPath, '/usr/bin/node'].find((path) => isFile(path) && (!isRoot || isReachable(path)));
}

async function findToolchains(isRoot: boolean, env: NodeJS.ProcessEnv): Promise<Map<string, FoundToolchain>> {
  const isReachableFolder = (folder: string): boolean => !isRoot || isReachable(join(folder, 'bin'));
  const search = { env, isReachable: isReachableFolder };
  const found = Object.entries(TOOLCHAINS).map(
    async ([language, toolchain]) => [language, await findToolchain(language, toolchain, search)] as const,
  );
  return new Map(await Promise.all(found));
}

function isReachable(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & OTHERS_ENTER) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A descriptor of the filter, in a file without a name, which nobody else can change and which goes with us. */
function keepFilter(filter: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-filter-'));
  const path = join(folder, 'filter');
  writeFileSync(path, filter, { mode: 0o400 });
  const kept = openSync(path, 'r');
  rmSync(folder, { recursive: true });
  return kept;
}
