import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileTrouble, jsonTrouble } from '@switchyard/core';
import { type Atom, type Deck, parseAtom, parseDeck } from '../contract/atom.ts';
import { isRecord } from '../contract/issue-list.ts';
import { AtomsNotJson, AtomsUnreadable } from './errors.ts';

const MOST_BYTES = 16 * 1024 * 1024;

/** Where an atom or a deck comes from: a file, or text that is already there. */
export type AtomSource = { readonly path: string } | { readonly text: string };

/**
 * Reads a deck; a file that holds one atom is a deck of one. A deck that names itself not at all is called by its file's name.
 *
 * @throws {AtomsUnreadable} when the file cannot be read or is larger than 16 MiB
 * @throws {AtomsNotJson} when it is not JSON
 * @throws {InvalidAtom} with a pointer to each field that is wrong
 */
export async function loadDeck(source: AtomSource): Promise<Deck> {
  const document = await loadJson(source);
  const name = 'path' in source ? basename(source.path, '.json') : 'deck';
  if (isRecord(document) && !('atoms' in document) && 'atom_id' in document) {
    const atom = parseAtom(document);
    return { name, title: atom.title, description: '', atoms: [atom] };
  }
  return parseDeck(document, name);
}

/**
 * Reads a file that holds one atom.
 *
 * @throws as `loadDeck`
 */
export async function loadAtom(source: AtomSource): Promise<Atom> {
  return parseAtom(await loadJson(source));
}

async function loadJson(source: AtomSource): Promise<unknown> {
  const text = 'path' in source ? await readText(source.path) : source.text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AtomsNotJson('path' in source ? source.path : 'the text', jsonTrouble(text), { cause: error });
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) {
      throw new AtomsUnreadable(path, `it holds ${size} bytes, at most ${MOST_BYTES} are read`);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw error instanceof AtomsUnreadable ? error : new AtomsUnreadable(path, fileTrouble(error), { cause: error });
  }
}
