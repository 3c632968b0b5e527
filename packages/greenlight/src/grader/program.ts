import type { RunAtomRequest } from '../contract/run-atom-request.ts';
import { type SourceFiles, stripCodeFence } from '../contract/source-files.ts';
import type { Language } from '../sandbox/port.ts';

/** A function at the top level of a line; the name is the first or the second group. */
const PYTHON_DEFINITION = /^(?:async\s+)?def\s+([\p{L}_][\p{L}\p{N}_]*)|^([\p{L}_][\p{L}\p{N}_]*)\s*=\s*lambda\b/u;
const SCRIPT_DEFINITION =
  /^(?:export\s+(?:default\s+)?)?(?:(?:async\s+)?function\s*\*?\s*([\p{L}_$][\p{L}\p{N}_$]*)|(?:const|let|var)\s+([\p{L}_$][\p{L}\p{N}_$]*)\s*=\s*(?:async\b|function\b|\(|[\p{L}_$][\p{L}\p{N}_$]*\s*=>))/u;

/** More names than these in a task text are not looked at. */
const MOST_NAMES = 100;

/** What is run for an atom. */
export interface Program {
  readonly language: Language;
  readonly files: SourceFiles;
  readonly entrypoint: string;
  /** The function that call tests call; undefined leaves it to the box: the only one that the entry file defines. */
  readonly entryFunction: string | undefined;
  /** Functions of the entry file and their lines (1-based), as far as its text shows them. */
  readonly functions: ReadonlyMap<string, number>;
}

/** The learner's submission, or the atom's own `back` where there is none. */
export function programOf(atom: RunAtomRequest): Program {
  const { language, entrypoint, entry_function: named, submission } = atom.content_json;
  const files = submission ?? { [entrypoint]: stripCodeFence(atom.back) };
  const functions = functionsIn(files[entrypoint] ?? '', language);
  return { language, files, entrypoint, entryFunction: named ?? functionNamedIn(atom.front, functions), functions };
}

/**
 * The function that a task text asks for: one shown as a definition, else one set as code. Of several, the one that the
 * source defines; undefined where that leaves none or more than one.
 */
export function functionNamedIn(front: string, functions: Program['functions']): string | undefined {
  const defined = namesIn(front, /\b(?:def|function)\s+([\p{L}_$][\p{L}\p{N}_$]*)\s*\(/gu);
  const quoted = namesIn(front, /`([\p{L}_$][\p{L}\p{N}_$]*)(?:\([^`\n]*\))?`/gu);
  for (const names of [defined, quoted]) {
    const known = names.filter((name) => functions.has(name));
    const [only, ...others] = known.length > 0 ? known : names;
    if (only !== undefined && others.length === 0 && (names === defined || known.length > 0)) {
      return only;
    }
  }
  return undefined;
}

/** The function that call tests end in, as far as it can be told from the source: the named one, else the only one. */
export function calledFunction({ entryFunction, functions }: Program): string | undefined {
  const [only, ...others] = functions.keys();
  return entryFunction ?? (others.length === 0 ? only : undefined);
}

/** The functions that a Python, JavaScript or TypeScript source defines at its top level, with their lines (1-based). */
export function functionsIn(source: string, language: Language): Map<string, number> {
  const functions = new Map<string, number>();
  const definition = language === 'python' ? PYTHON_DEFINITION : SCRIPT_DEFINITION;
  for (const [index, line] of source.split('\n').entries()) {
    const [, declared, assigned] = definition.exec(line) ?? [];
    const name = declared ?? assigned;
    if (name !== undefined) {
      functions.set(name, index + 1);
    }
  }
  return functions;
}

function namesIn(text: string, pattern: RegExp): string[] {
  const names = new Set<string>();
  for (const [, name] of text.matchAll(pattern)) {
    if (name !== undefined && names.size < MOST_NAMES) {
      names.add(name);
    }
  }
  return [...names];
}
