import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AtomsNotJson, AtomsUnreadable, InvalidAtom, loadAtom, loadDeck } from '../../src/index.ts';
import { bodyWith } from '../atom-fixtures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atoms-'));
});
afterAll(() => rm(folder, { recursive: true }));

const atom = { ...bodyWith(), atom_type: undefined, title: 'Add', tags: ['sums'] };
const deckText = (more: object = {}): { text: string } => ({
  text: JSON.stringify({ title: 'Sums', atoms: [atom], ...more }),
});

async function issuesOf(load: Promise<unknown>): Promise<unknown> {
  const error: unknown = await load.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof InvalidAtom ? error.issues.map(({ pointer, detail }) => `${pointer} ${detail}`) : error;
}

describe('loadDeck', () => {
  it('reads a deck from a file, named after it unless it names itself', async () => {
    const path = join(folder, 'my-deck.json');
    await writeFile(path, `\uFEFF${JSON.stringify({ atoms: [atom] })}`);
    expect(await loadDeck({ path })).toMatchObject({
      name: 'my-deck',
      title: 'my-deck',
      description: '',
      atoms: [{ atom_id: 'a-1', title: 'Add', tags: ['sums'], atom_type: 'code_submission' }],
    });
    expect(await loadDeck(deckText({ name: 'sums', description: ['One', 'two'] }))).toMatchObject({
      name: 'sums',
      title: 'Sums',
      description: 'One\ntwo',
    });
  });

  it('reads a file of one atom as a deck of one', async () => {
    const path = join(folder, 'one.json');
    await writeFile(path, JSON.stringify(atom));
    expect(await loadDeck({ path })).toMatchObject({ name: 'one', title: 'Add', atoms: [{ atom_id: 'a-1' }] });
  });

  it('takes texts as arrays of lines, wherever the atom keeps them', async () => {
    const { front, back, content_json, ...rest } = bodyWith({
      starter: ['a', 'b'],
      submission: { files: { 'solution.py': ['x = 1', 'y = 2'] } },
      tests: [{ code: ['x', 'y'] }],
    });
    expect([front, back]).toEqual([expect.any(String), expect.any(String)]);
    const deck = await loadDeck(
      deckText({ atoms: [{ ...rest, content: { front: ['f', 'g'], back: ['b', ''], content_json } }] }),
    );
    expect(deck.atoms[0]).toMatchObject({
      front: 'f\ng',
      back: 'b\n',
      title: 'a-1',
      content_json: { starter: 'a\nb', submission: { 'solution.py': 'x = 1\ny = 2' }, tests: [{ code: 'x\ny' }] },
    });
  });

  it.each<[string, object, RegExp]>([
    ['no atoms', { atoms: [] }, /^\/atoms was an empty array; it may be an array of 1 to/],
    ['an atom that is none', { atoms: [3] }, /^\/atoms\/0 was 3; it may be an object/],
    ['an id twice', { atoms: [atom, atom] }, /^\/atoms\/1\/atom_id was "a-1", as that of atom 0/],
    ['an id that cannot name a file', { atoms: [{ ...atom, atom_id: '../x' }] }, /^\/atoms\/0\/atom_id was "\.\.\/x"/],
    [
      'a field of an atom',
      { atoms: [{ ...atom, content_json: { language: 'x', tests: [] } }] },
      /^\/atoms\/0\/content_json\/language was "x"/,
    ],
    ['a title', { title: 5 }, /^\/title was 5/],
    ['tags', { atoms: [{ ...atom, tags: 'x' }] }, /^\/atoms\/0\/tags was "x"/],
    ['a description', { description: {} }, /^\/description was/],
  ])('points to %s', async (_, more, issue) => {
    expect(await issuesOf(loadDeck(deckText(more)))).toContainEqual(expect.stringMatching(issue));
  });

  it('says which file is missing, too large or no JSON', async () => {
    await expect(loadDeck({ path: join(folder, 'none.json') })).rejects.toThrow(AtomsUnreadable);
    const large = join(folder, 'large.json');
    await using file = await open(large, 'w');
    await file.truncate(17 * 1024 * 1024);
    await expect(loadDeck({ path: large })).rejects.toThrow(/large\.json" cannot be read: it holds 17825792 bytes/);
    await expect(loadDeck({ text: '{"atoms": [' })).rejects.toThrow(AtomsNotJson);
  });
});

describe('loadAtom', () => {
  it('reads one atom', async () => {
    expect(await loadAtom({ text: JSON.stringify(atom) })).toMatchObject({ atom_id: 'a-1', title: 'Add' });
  });

  it('points into the atom', async () => {
    expect(await issuesOf(loadAtom({ text: JSON.stringify({ ...atom, back: 5 }) }))).toEqual([
      '/back was 5; it may be a text',
    ]);
  });
});
