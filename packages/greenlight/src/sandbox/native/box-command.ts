/**
 * The command line of one box. What each part is for stands beside it; GREENLIGHT.md, "native", has what was tried without.
 *
 * The process that becomes it has an empty environment, a user and control groups of its own, and no descriptor beside its channel, its
 * stderr and the filter (`python/launcher.py`).
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { MIB, SCRATCH_MB } from './limits.ts';

/** Where the filter of system calls is handed over. */
export const FILTER_DESCRIPTOR = 3;

/** Where Node's own folder lies inside a box. */
export const NODE_FOLDER = '/opt/node';

/** Where toolchains lie that the host has in folders of their own. */
export const TOOLCHAIN_FOLDER = '/opt/toolchains';

/** The user that a box's processes are to themselves. */
const INSIDE_ID = '1000';

/** What the host has that the box needs, looked up once. */
export interface HostTools {
  readonly bwrap: string;
  readonly python: string;
  /** Node's binary; undefined where none can be had inside. */
  readonly node: string | undefined;
  /** Of toolchains outside of the system's folders: what is bound where, read-only. */
  readonly toolchains: readonly { readonly source: string; readonly inside: string }[];
}

/** The command of every box: bwrap, and what runs inside as process 1. */
export function boxCommand(tools: HostTools, inside: readonly string[]): string[] {
  return [...bwrap(tools), '--', ...inside];
}

function bwrap({ bwrap: path, node, toolchains }: HostTools): string[] {
  const scratch = String(SCRATCH_MB * MIB);
  return [
    path,
    '--unshare-all',
    '--unshare-user',
    '--disable-userns',
    ...['--uid', INSIDE_ID, '--gid', INSIDE_ID, '--hostname', 'box'],
    ...['--cap-drop', 'ALL'],
    // Else bwrap itself is process 1, and /proc/1/environ and /proc/1/cmdline are the host's.
    '--as-pid-1',
    '--new-session',
    '--die-with-parent',
    '--clearenv',
    ...['--setenv', 'PATH', '/usr/local/bin:/usr/bin:/bin', '--setenv', 'HOME', '/box', '--setenv', 'LANG', 'C.UTF-8'],
    // So that a set prints in the same order in every box.
    ...['--setenv', 'PYTHONHASHSEED', '0'],
    ...systemFolders(),
    ...(node === undefined ? [] : ['--ro-bind', dirname(node), NODE_FOLDER]),
    ...toolchains.flatMap(({ source, inside }) => ['--ro-bind', source, inside]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--size', scratch, '--tmpfs', '/box', '--size', scratch, '--tmpfs', '/tmp'],
    // bwrap's own root and /dev are writable and have no size.
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    ...['--chdir', '/box', '--seccomp', String(FILTER_DESCRIPTOR)],
  ];
}

/** Programs and libraries, as links where the host has links; of /etc only what they need to find each other. */
function systemFolders(): string[] {
  const folders = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => {
    const about = lstatSync(path, { throwIfNoEntry: false });
    if (about === undefined) return [];
    return about.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
  });
  const java = readdirSync('/etc').filter((name) => /^java-\d+/.test(name));
  const settings = ['alternatives', 'ld.so.cache', ...java].flatMap((name) => [
    '--ro-bind-try',
    `/etc/${name}`,
    `/etc/${name}`,
  ]);
  return ['--ro-bind', '/usr', '/usr', ...folders, ...settings];
}
