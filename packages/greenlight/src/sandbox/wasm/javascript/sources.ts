/** How a JavaScript submission's files find one another: relative specifiers only, as Node resolves them. */

export type Files = { readonly [path: string]: string };

/** Suffixes tried in turn, as CommonJS does. */
const SUFFIXES = ['', '.js', '.mjs', '.cjs', '.json', '/index.js', '.ts', '.mts', '.cts', '/index.ts'] as const;

/** True when a text has a line that only an ES module may have. */
export function looksLikeModule(source: string): boolean {
  return /^[ \t]*(?:import\b[^(.]|export\b)/m.test(source);
}

/** The path in `files` that a specifier means from inside `folder` (ends with a slash, or is empty). */
export function resolvePath(files: Files, folder: string, specifier: string): string | undefined {
  if (!specifier.startsWith('./') && !specifier.startsWith('../')) return undefined;
  const parts = folder.split('/').filter((part) => part !== '');
  for (const part of specifier.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  const path = parts.join('/');
  // TypeScript names a file by what it becomes.
  const original = path.replace(/\.([cm]?)js$/, '.$1ts');
  return [...SUFFIXES.map((suffix) => path + suffix), original].find((candidate) => Object.hasOwn(files, candidate));
}

/** The folder of a path, with its slash; empty at the top. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** Names that the top level of a script seems to define as functions, in order; the engine is asked which of them are. */
export function topLevelNames(source: string): string[] {
  const pattern =
    /^(?:(?:async\s{1,20})?function\s{0,20}\*?\s{0,20}([\p{ID_Start}$_][\p{ID_Continue}$]*)|(?:const|let|var)\s{1,20}([\p{ID_Start}$_][\p{ID_Continue}$]*)\s{0,20}=)/gmu;
  const names = Array.from(source.matchAll(pattern), (match) => match[1] ?? match[2] ?? '');
  return [...new Set(names)].slice(0, 200);
}

/** True for what may stand in an expression as a name. */
export function isIdentifier(name: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name);
}
