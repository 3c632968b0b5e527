/**
 * Where a language's compiler lies on this machine, and what a box has to be shown of it.
 *
 * System folders are in every box. A toolchain in a folder of its own (/opt/go, a container's /opt/java) is found on the PATH; the parts
 * of that folder which it needs are bound read-only, under TOOLCHAIN_FOLDER. A folder that a box's user cannot enter cannot be bound.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@switchyard/core';
import { TOOLCHAIN_FOLDER } from './box-command.ts';
import type { Toolchain } from './languages.ts';

/** What every box sees of the host, as folders with everything in them. */
const SYSTEM_FOLDERS = ['/usr/', '/bin/', '/sbin/', '/lib/', '/lib64/'];
/** The name behind the names of Rust's tools, where rustup chooses among several toolchains. */
const CHOOSER = 'rustup';
const CHOICE_MS = 10_000;
const CHOICE_ENVIRONMENT = ['PATH', 'HOME', 'RUSTUP_HOME', 'CARGO_HOME', 'RUSTUP_TOOLCHAIN'];

/** A part of the host that a box sees read-only. */
export interface ToolchainPart {
  readonly source: string;
  readonly inside: string;
}

export type FoundToolchain =
  | { readonly program: string; readonly parts: readonly ToolchainPart[] }
  | { readonly missing: string };

export interface ToolchainSearch {
  /** PATH, and what a chooser of toolchains reads. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether a box's user can enter a folder. */
  readonly isReachable: (folder: string) => boolean;
}

/** A program that may be part of a toolchain in a folder of its own. */
interface Candidate {
  readonly tool: string;
  readonly path: string;
  readonly folder: NonNullable<Toolchain['folder']>;
}

/** @param name the folder's name inside; the language's */
export async function findToolchain(
  name: string,
  toolchain: Toolchain,
  search: ToolchainSearch,
): Promise<FoundToolchain> {
  const lacking = toolchain.needs?.find((path) => !isExecutable(path));
  if (lacking !== undefined) return { missing: `${lacking}, which it needs, is not installed` };
  const installed = toolchain.programs.find((path) => isExecutable(path) && isInSystem(realpathSync(path)));
  if (installed !== undefined) return { program: installed, parts: [] };
  const { programs, folder } = toolchain;
  const none = { missing: `none of ${programs.join(', ')} is installed` };
  if (folder === undefined) return none;
  const tool = basename(programs[0] ?? '');
  // The first that can be used; where none can, why the first cannot.
  let unusable: FoundToolchain | undefined;
  for (const path of [...programs, ...onPath(tool, search.env)].filter(isExecutable)) {
    const found = await findFolder(name, { tool, path, folder }, search);
    if (!('missing' in found)) return found;
    unusable ??= found;
  }
  return unusable ?? { missing: `${none.missing}, nor is ${tool} on the PATH` };
}

/** The toolchain that a program found on the PATH belongs to. */
async function findFolder(
  name: string,
  { tool, path: found, folder }: Candidate,
  { env, isReachable }: ToolchainSearch,
): Promise<FoundToolchain> {
  const root = await rootOf(found, env);
  if (typeof root !== 'string') return root;
  if (!existsSync(join(root, folder.marker)) || !isExecutable(join(root, 'bin', tool))) {
    return { missing: `${found} is not part of a whole toolchain: ${root} has no bin/${tool} or no ${folder.marker}` };
  }
  if (isInSystem(`${root}/`)) return { program: join(root, 'bin', tool), parts: [] };
  if (!isReachable(root)) {
    const advice = 'install it under /usr or in a folder that everybody may enter, as /opt';
    return { missing: `it lies in ${root}, which the user of a box cannot enter; ${advice}` };
  }
  const inside = join(TOOLCHAIN_FOLDER, name);
  const parts = folder.parts
    .filter((part) => existsSync(join(root, part)))
    .map((part) => ({ source: join(root, part), inside: join(inside, part) }));
  return { program: join(inside, 'bin', tool), parts };
}

/** The folder that has `bin/` with the tool in it. */
async function rootOf(found: string, env: NodeJS.ProcessEnv): Promise<string | { missing: string }> {
  const real = realpathSync(found);
  if (basename(real) !== CHOOSER) return dirname(dirname(real));
  const chosen = Object.fromEntries(CHOICE_ENVIRONMENT.map((name) => [name, env[name]]));
  try {
    const asked = await promisify(execFile)(found, ['--print', 'sysroot'], { env: chosen, timeout: CHOICE_MS });
    return realpathSync(asked.stdout.trim());
  } catch (error) {
    return { missing: `${found} does not tell which toolchain it stands for (${messageOf(error).split('\n')[0]})` };
  }
}

function onPath(tool: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => join(folder, tool));
}

function isInSystem(path: string): boolean {
  return SYSTEM_FOLDERS.some((folder) => path.startsWith(folder));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
