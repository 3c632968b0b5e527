import type { Language } from '../sandbox/port.ts';
import { type IssueList, isRecord, type Located, show } from './issue-list.ts';

/** UTF-8 bytes of all files of a submission together. */
const MOST_SOURCE_BYTES = 1_048_576;
const MOST_FILES = 50;
const LONGEST_PATH = 200;

/** The entry file's name where the atom names none. */
export const DEFAULT_ENTRYPOINT: { readonly [language in Language]: string } = {
  python: 'solution.py',
  javascript: 'solution.js',
  typescript: 'solution.ts',
  bash: 'solution.sh',
  sql: 'solution.sql',
  c: 'solution.c',
  cpp: 'solution.cpp',
  go: 'solution.go',
  rust: 'solution.rs',
  java: 'Solution.java',
};

export interface SourceFiles {
  readonly [path: string]: string;
}

/**
 * Reads a submission: one source text, `{path: source}`, or either of them under `files`. One text becomes the entry file.
 */
export function readSubmission(located: Located, entrypoint: string, issues: IssueList): SourceFiles {
  const { value, path } = located;
  if (typeof value === 'string') {
    checkSource(located, value, issues);
    return { [entrypoint]: value };
  }
  if (isRecord(value) && isRecord(value['files'])) {
    return readFiles({ value: value['files'], path: [...path, 'files'] }, issues);
  }
  return readFiles(located, issues);
}

/** Texts by path. */
export function readFiles(located: Located, issues: IssueList): SourceFiles {
  const { value, path } = located;
  if (!isRecord(value)) {
    issues.refuse(located, 'source text, or an object of source texts by their path, as {"solution.py": "…"}');
    return {};
  }
  const names = Object.keys(value);
  if (names.length === 0 || names.length > MOST_FILES) {
    issues.add(path, `holds ${names.length} files; it may hold 1 to ${MOST_FILES}`);
    return {};
  }
  const files: [string, string][] = [];
  for (const name of names) {
    const file = { value: value[name], path: [...path, name] };
    const flaw = pathFlaw(name);
    if (flaw !== undefined) {
      issues.add(file.path, flaw);
    } else if (typeof file.value === 'string') {
      files.push([name, file.value]);
      checkBinary(file, file.value, issues);
    } else {
      issues.refuse(file, 'source text');
    }
  }
  checkSize(path, files.map(([, source]) => source).join(''), issues);
  return Object.fromEntries(files);
}

/** Notes what keeps one text from being run as source. */
export function checkSource(located: Located, source: string, issues: IssueList): void {
  checkSize(located.path, source, issues);
  checkBinary(located, source, issues);
}

/** What is wrong with a path inside a submission; undefined when nothing is. */
export function pathFlaw(path: string): string | undefined {
  const may = 'it may be a relative path below the submission, as "solution.py" or "lib/text.py"';
  // biome-ignore format: one reason a line
  const what =
    path === '' || path.length > LONGEST_PATH ? `is a path of ${path.length} characters (at most ${LONGEST_PATH})`
    : path.startsWith('/') || /^[A-Za-z]:/.test(path) ? 'is an absolute path'
    : /[\p{Cc}\\]/u.test(path) ? 'is a path with a backslash or a control character'
    : path.split('/').includes('..') ? 'is a path that leads out of the submission ("..")'
    : path.split('/').some((part) => part === '' || part === '.') ? 'is a path with an empty part or "."'
    : undefined;
  return what === undefined ? undefined : `(${show(path)}) ${what}; ${may}`;
}

function checkSize(path: Located['path'], source: string, issues: IssueList): void {
  const bytes = Buffer.byteLength(source, 'utf8');
  if (bytes > MOST_SOURCE_BYTES) {
    issues.add(path, `is ${bytes} bytes of source; it may be at most ${MOST_SOURCE_BYTES}`);
  }
}

function checkBinary(located: Located, source: string, issues: IssueList): void {
  const offset = source.indexOf('\0');
  if (offset >= 0) {
    issues.add(located.path, `is binary (a NUL character at offset ${offset}); it may be source text`);
  }
}

/**
 * The program in a text: the first fenced block (CommonMark fences of backticks or tildes) when there is one, else all of it.
 */
export function stripCodeFence(text: string): string {
  const lines = text.split('\n');
  const opening = lines.findIndex((line) => fenceOf(line) !== undefined);
  const fence = fenceOf(lines[opening] ?? '');
  if (fence === undefined) {
    return text;
  }
  const inside = lines.slice(opening + 1);
  const closing = inside.findIndex((line) => fenceOf(line)?.startsWith(fence) === true);
  return inside.slice(0, closing < 0 ? undefined : closing).join('\n');
}

/** The marks that make a line a fence; line by line, since a pattern over a hostile text would try every way to split it. */
function fenceOf(line: string): string | undefined {
  return /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
}
