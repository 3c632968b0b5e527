import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileTrouble } from '@switchyard/core';
import type { Atom, Deck } from '../contract/atom.ts';
import { parseRunAtomRequest, type RunAtomRequest } from '../contract/run-atom-request.ts';
import { DEFAULT_ENTRYPOINT } from '../contract/source-files.ts';
import { AtomsUnreadable } from './errors.ts';

/** What a learner handed in for an atom. */
export interface Answer {
  readonly atom: Atom;
  readonly path: string;
  readonly source: string;
}

/**
 * The request that grades a learner's source against an atom. One text takes the place of the entry file.
 *
 * @throws {InvalidAtom} when the source cannot be run at all (over 1 MiB, binary, a path that leads out)
 */
export function answerAtom(atom: Atom, submission: string | { readonly [path: string]: string }): RunAtomRequest {
  const { title: _title, tags: _tags, ...request } = atom;
  return parseRunAtomRequest({ ...request, content_json: { ...request.content_json, submission } });
}

/**
 * The answers in a folder, in the deck's order: `<atom_id>.py` or `<atom_id>.js`, at most one for an atom. Atoms without one
 * are left out, other files ignored.
 *
 * @throws {AtomsUnreadable} when the folder or a file in it cannot be read
 */
export async function loadAnswers(deck: Deck, folder: string): Promise<Answer[]> {
  const names = new Set(await attempt(folder, () => readdir(folder)));
  const answers: Answer[] = [];
  for (const atom of deck.atoms) {
    const name = answerFileName(atom);
    if (names.has(name)) {
      const path = join(folder, name);
      answers.push({ atom, path, source: await attempt(path, () => readText(path)) });
    }
  }
  return answers;
}

/** The starter of an atom as it would be handed in untouched; undefined where the atom has none. */
export function starterOf(atom: Atom): RunAtomRequest | undefined {
  const { starter } = atom.content_json;
  return starter === undefined ? undefined : answerAtom(atom, starter);
}

/** The file name that an answer to an atom has in a folder of answers. */
export function answerFileName(atom: Atom): string {
  return `${atom.atom_id}${extname(DEFAULT_ENTRYPOINT[atom.content_json.language])}`;
}

/** A byte order mark stays, as part of what was handed in. */
async function readText(path: string): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new AtomsUnreadable(path, fileTrouble(error), { cause: error });
  }
}
