// The lockfile against what the package.json files ask for, and against what is installed: together the guarantee that
// `npm ci` gives and `npm install --no-save` does not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, readJson, root, workspaceFolders } from './checkout.mjs';

const dependencyFields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** @returns where the lockfile no longer says what a package.json asks for. */
export function lockfileGaps() {
  const lock = readJson('package-lock.json').packages;
  // The root is the empty name in the lockfile. A package that is not a workspace yet is not in it.
  return ['', ...workspaceFolders().filter((folder) => lock[folder] !== undefined)].flatMap((folder) => {
    const asked = readJson(join(folder, 'package.json'));
    return dependencyFields.flatMap((field) => {
      const names = new Set([...Object.keys(asked[field] ?? {}), ...Object.keys(lock[folder][field] ?? {})]);
      return [...names]
        .filter((name) => asked[field]?.[name] !== lock[folder][field]?.[name])
        .map((name) => `${name} of ${join(folder, 'package.json')}`);
    });
  });
}

/** @returns where node_modules differs from the lockfile. */
export function installGaps() {
  const lock = readJson('package-lock.json').packages;
  const installed = installedPackages();
  if (installed === undefined) return ['everything'];
  const wrong = Object.entries(lock).filter(([path, entry]) => {
    if (!path.includes('node_modules/')) return false;
    if (entry.link === true) return !existsSync(join(root, path, 'package.json'));
    const present = installed[path];
    if (present === undefined) return !mayBeMissing(entry);
    return present.version !== entry.version || !existsSync(join(root, path));
  });
  // Optional ones may be more than listed: those of a platform that the lockfile was made without.
  const extra = Object.entries(installed).filter(
    ([path, entry]) => lock[path] === undefined && !entry.optional && !entry.peer,
  );
  const names = [...wrong, ...extra].map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13));
  return existsSync(pinnedNode) ? names : ['the pinned Node', ...names];
}

/** @returns what is installed, in npm's own account of it, or undefined where there is none. */
function installedPackages() {
  try {
    return readJson('node_modules/.package-lock.json').packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether npm may leave a package out. Optional ones are left out on the platforms that they are not for, but npm also passes
 * over a failed download of one that is needed here (the database's binaries), silently. The C library is not looked at: those
 * that name one say clearly themselves when they are missing.
 */
function mayBeMissing({ optional, devOptional, peer, os, cpu, libc }) {
  if (!optional && !devOptional && !peer) return false;
  const forOneLibrary = os === undefined || cpu === undefined || libc !== undefined;
  return forOneLibrary || !os.includes(process.platform) || !cpu.includes(process.arch);
}
