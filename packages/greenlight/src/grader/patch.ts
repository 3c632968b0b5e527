/** An answer to a `diff_review`: a unified diff that is applied to the author's files, or the files as they should be. */
import { applyPatch, parsePatch, type StructuredPatch } from 'diff';
import { ANSWER } from '../contract/read-sources.ts';
import { pathFlaw, type SourceFiles, stripCodeFence } from '../contract/source-files.ts';

/** A hunk that does not fit where it says is looked for in the whole file: their number bounds that work. */
const MOST_HUNKS = 200;
const MOST_FILES = 50;

export type Patched =
  | { readonly ok: true; readonly files: SourceFiles }
  | { readonly ok: false; readonly reason: string };

/** The author's files after the answer. Only files that are there, and new ones, can be changed. */
export function patched(files: SourceFiles, answer: SourceFiles): Patched {
  const text = patchIn(answer);
  if (text === undefined) return { ok: true, files: { ...files, ...answer } };
  let patches: readonly StructuredPatch[];
  try {
    patches = parsePatch(stripCodeFence(text)).filter(({ hunks }) => hunks.length > 0);
  } catch (error) {
    return { ok: false, reason: `it is no unified diff: ${error instanceof Error ? error.message : String(error)}` };
  }
  const hunks = patches.reduce((sum, patch) => sum + patch.hunks.length, 0);
  if (hunks === 0) return { ok: false, reason: 'it holds no hunk (a part that begins with "@@ -1,2 +1,2 @@")' };
  if (hunks > MOST_HUNKS) return { ok: false, reason: `it holds ${hunks} hunks, at most ${MOST_HUNKS} are applied` };
  return applyAll(files, patches);
}

/** A single text, or a file named as a patch. */
function patchIn(answer: SourceFiles): string | undefined {
  const entries = Object.entries(answer);
  const [only] = entries;
  if (only === undefined || entries.length > 1) return undefined;
  const [name, text] = only;
  return name === ANSWER || /\.(?:diff|patch)$/.test(name) ? text : undefined;
}

function applyAll(files: SourceFiles, patches: readonly StructuredPatch[]): Patched {
  const result: { [path: string]: string } = { ...files };
  for (const patch of patches) {
    const path = targetOf(patch, files);
    const flaw = path === undefined ? 'names no file' : pathFlaw(path);
    if (path === undefined || flaw !== undefined) return { ok: false, reason: `a part of it ${flaw}` };
    const isNew = patch.oldFileName === '/dev/null';
    const source = Object.hasOwn(result, path) ? result[path] : undefined;
    if (source === undefined && !isNew) {
      return {
        ok: false,
        reason: `it changes "${path}", which is not there; there are ${Object.keys(files).join(', ')}`,
      };
    }
    const text = applyPatch(source ?? '', patch);
    if (text === false) {
      const lines = patch.hunks.map(({ oldStart }) => oldStart).join(', ');
      return {
        ok: false,
        reason: `it does not fit "${path}" (hunks at line ${lines}): its context lines are not there`,
      };
    }
    if (patch.newFileName === '/dev/null') delete result[path];
    else result[path] = text;
  }
  const count = Object.keys(result).length;
  return count > MOST_FILES
    ? { ok: false, reason: `it leaves ${count} files, at most ${MOST_FILES} are run` }
    : { ok: true, files: result };
}

/** Names as `a/lib.py` and `b/lib.py`; a patch without names means the only file. */
function targetOf({ oldFileName, newFileName }: StructuredPatch, files: SourceFiles): string | undefined {
  const [only, ...others] = Object.keys(files);
  const named = newFileName === undefined || newFileName === '/dev/null' ? oldFileName : newFileName;
  if (named === undefined) return others.length === 0 ? only : undefined;
  if (Object.hasOwn(files, named)) return named;
  return named.replace(/^[ab]\//, '');
}
