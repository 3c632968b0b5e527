import type { RunAtomRequest } from '../contract/run-atom-request.ts';
import { type SourceFiles, stripCodeFence } from '../contract/source-files.ts';
import type { Language } from '../sandbox/port.ts';

/** What is run for an atom. */
export interface Program {
  readonly language: Language;
  readonly files: SourceFiles;
  readonly entrypoint: string;
  /** The function that call tests call; undefined leaves it to the box: the only one that the entry file defines. */
  readonly entryFunction: string | undefined;
}

/** The learner's submission, or the atom's own `back` where there is none. */
export function programOf(atom: RunAtomRequest): Program {
  const { language, entrypoint, entry_function: named, submission } = atom.content_json;
  const files = submission ?? { [entrypoint]: stripCodeFence(atom.back) };
  const source = files[entrypoint] ?? '';
  return { language, files, entrypoint, entryFunction: named ?? functionNamedIn(atom.front, source, language) };
}

/**
 * The function that a task text asks for: one shown as a definition, else one set as code. Of several, the one that the
 * source defines; undefined where that leaves none or more than one.
 */
export function functionNamedIn(front: string, source: string, language: Language): string | undefined {
  const defined = namesIn(front, /\b(?:def|function)\s+([\p{L}_$][\p{L}\p{N}_$]*)\s*\(/gu);
  const quoted = namesIn(front, /`([\p{L}_$][\p{L}\p{N}_$]*)(?:\([^`\n]*\))?`/gu);
  for (const names of [defined, quoted]) {
    const known = names.filter((name) => lineOfFunction(name, source, language) !== undefined);
    const [only, ...others] = known.length > 0 ? known : names;
    if (only !== undefined && others.length === 0 && (names === defined || known.length > 0)) {
      return only;
    }
  }
  return undefined;
}

/** Where the source defines a function, 1-based. */
export function lineOfFunction(name: string, source: string, language: Language): number | undefined {
  const escaped = name.replaceAll('$', '\\$');
  const definition =
    language === 'python'
      ? new RegExp(`^(?:async\\s+)?def\\s+${escaped}\\s*\\(|^${escaped}\\s*(?::[^=]*)?=\\s*lambda\\b`, 'u')
      : new RegExp(
          `^(?:export\\s+(?:default\\s+)?)?(?:(?:async\\s+)?function\\s*\\*?\\s*${escaped}\\s*\\(|(?:const|let|var)\\s+${escaped}\\s*=)`,
          'u',
        );
  const index = source.split('\n').findIndex((line) => definition.test(line));
  return index < 0 ? undefined : index + 1;
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].flatMap((match) => match[1] ?? []))];
}
