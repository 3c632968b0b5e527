// What the parts of the set-up share: where things are, and how they speak.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Where npm installs. */
export const modules = join(root, 'node_modules');
/** The Node that everything but the set-up runs on; its package's install script puts it here. */
export const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** What stops a set-up and its user can do something about. The message says what. */
export class SetupError extends Error {}

/** One line for the user. On stderr: stdout belongs to the command that comes after. */
export function say(line) {
  process.stderr.write(`switchyard: ${line}\n`);
}

/** @returns the content of a JSON file under the checkout. */
export function readJson(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

/** @returns the packages' folders, as the lockfile names them. */
export function workspaceFolders() {
  return readdirSync(join(root, 'packages'))
    .sort()
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'package.json')));
}

/** @returns the first few of a list, and how many more there are. */
export function shortened(names) {
  return names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
}
