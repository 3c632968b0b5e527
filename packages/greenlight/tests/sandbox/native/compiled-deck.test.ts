/** The deck of compiled languages, each atom of it where its compiler is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDeck, parseDeck } from '../../../src/index.ts';
import { createNativeSandbox, type Sandbox } from '../../../src/sandbox/index.ts';
import { missingHere } from './missing-here.ts';

const PATH = join(import.meta.dirname, '../../../../../examples/decks/compiled.json');
const deck = parseDeck(JSON.parse(await readFile(PATH, 'utf8')), PATH);
const atoms = await Promise.all(
  deck.atoms.map(async (atom) => ({ atom, missing: await missingHere(atom.content_json.language) })),
);

describe('the deck of compiled languages', () => {
  let sandbox: Sandbox | undefined;
  beforeAll(async () => {
    sandbox = await createNativeSandbox({ parkedAtLeast: 0 });
  });
  afterAll(() => sandbox?.close());

  for (const { atom, missing } of atoms) {
    const title = `${atom.atom_id}: its reference solution passes, its starter does not${missing}`;
    it.skipIf(missing !== '')(title, { timeout: 60_000 }, async () => {
      const ran: boolean[] = [];
      const told = (_: unknown, isRun: boolean): void => void ran.push(isRun);
      expect(await checkDeck({ ...deck, atoms: [atom] }, sandbox, undefined, told)).toEqual([]);
      expect(ran).toEqual([true]);
    });
  }
});
