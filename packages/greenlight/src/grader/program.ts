import { isFileTest } from '../contract/atom-tests.ts';
import { ANSWER } from '../contract/read-sources.ts';
import type { RunAtomRequest } from '../contract/run-atom-request.ts';
import { type SourceFiles, stripCodeFence } from '../contract/source-files.ts';
import { CALL_LANGUAGES, type Language } from '../sandbox/port.ts';
import { patched } from './patch.ts';

/**
 * A function at the top level of a line; the name is the first or the second group. Blanks are bounded: where two stretches of them may
 * share a row, a line of a million blanks would be tried in every way to part it.
 */
const PYTHON_DEFINITION =
  /^(?:async\s{1,20})?def\s{1,20}([\p{L}_][\p{L}\p{N}_]*)|^([\p{L}_][\p{L}\p{N}_]*)\s{0,20}=\s{0,20}lambda\b/u;
const SCRIPT_DEFINITION =
  /^(?:export\s{1,20}(?:default\s{1,20})?)?(?:(?:async\s{1,20})?function\s{0,20}\*?\s{0,20}([\p{L}_$][\p{L}\p{N}_$]*)|(?:const|let|var)\s{1,20}([\p{L}_$][\p{L}\p{N}_$]*)\s{0,20}=\s{0,20}(?:async\b|function\b|\(|[\p{L}_$][\p{L}\p{N}_$]*\s{0,20}=>))/u;

/** So much of a line is looked at, characters. */
const LONGEST_LINE = 500;

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

/** A program, or why what was handed in makes none. */
export type ProgramReading =
  | { readonly ok: true; readonly program: Program; readonly prediction: ((test: string) => string) | undefined }
  | { readonly ok: false; readonly program: Program; readonly reason: string };

/** What is run for the learner's submission, or for the atom's own `back` where there is none. */
export function readProgram(atom: RunAtomRequest): ProgramReading {
  const { submission, files = {} } = atom.content_json;
  const answer = submission ?? { [ANSWER]: atom.back };
  if (atom.atom_type === 'diff_review') {
    const result = patched(files, answer);
    return result.ok
      ? { ok: true, program: programOf(atom, result.files), prediction: undefined }
      : { ok: false, program: programOf(atom, files), reason: `The patch cannot be applied: ${result.reason}.` };
  }
  if (atom.atom_type === 'code_understanding') {
    return { ok: true, program: programOf(atom, files), prediction: predictionIn(answer) };
  }
  return { ok: true, program: programOf(atom, withAuthorFiles(atom)), prediction: undefined };
}

/** A file of the author's goes before one of the same name that was handed in, but for the one that is run. */
function withAuthorFiles({ back, content_json: { entrypoint, submission, files } }: RunAtomRequest): SourceFiles {
  const handedIn = submission ?? { [entrypoint]: stripCodeFence(back) };
  const run = Object.hasOwn(handedIn, entrypoint) ? { [entrypoint]: handedIn[entrypoint] ?? '' } : {};
  return { ...handedIn, ...files, ...run };
}

/** One text for every run of the program, or a text for each by the name of its test. */
function predictionIn(answer: SourceFiles): (test: string) => string {
  return (test) => (Object.hasOwn(answer, test) ? answer[test] : answer[ANSWER]) ?? '';
}

function programOf({ front, content_json: content }: RunAtomRequest, sources: SourceFiles): Program {
  const { language, entrypoint, entry_function: named, tests } = content;
  // A file of tests lies there only while it runs: the submission is not to read it.
  const testFiles = new Set(tests.flatMap((test) => (isFileTest(test) ? [test.file] : [])));
  const files = Object.fromEntries(
    Object.entries(sources).filter(([path]) => path === entrypoint || !testFiles.has(path)),
  );
  const functions = functionsIn(files[entrypoint] ?? '', language);
  return { language, files, entrypoint, entryFunction: named ?? functionNamedIn(front, functions), functions };
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

/** The functions that a source defines at its top level, with their lines (1-based); none in languages without calls. */
export function functionsIn(source: string, language: Language): Map<string, number> {
  const functions = new Map<string, number>();
  if (!CALL_LANGUAGES.some((one) => one === language)) return functions;
  const definition = language === 'python' ? PYTHON_DEFINITION : SCRIPT_DEFINITION;
  for (const [index, line] of source.split('\n').entries()) {
    const [, declared, assigned] = definition.exec(line.slice(0, LONGEST_LINE)) ?? [];
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
