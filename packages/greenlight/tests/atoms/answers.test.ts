import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  AtomsUnreadable,
  answerAtom,
  answerFileName,
  InvalidAtom,
  loadAnswers,
  parseAtom,
  parseDeck,
  starterOf,
} from '../../src/index.ts';
import { bodyWith } from '../atom-fixtures.ts';

const atom = parseAtom({ ...bodyWith({ starter: 'def add(a, b): pass' }), title: 'Add' });

it('an answer takes the place of the entry file, and the title stays behind', () => {
  const request = answerAtom(atom, 'x = 1');
  expect(request.content_json.submission).toEqual({ 'solution.py': 'x = 1' });
  expect(request).not.toHaveProperty('title');
});

it('an answer that cannot be run is refused', () => {
  expect(() => answerAtom(atom, 'a\0')).toThrow(InvalidAtom);
  expect(() => answerAtom(atom, { '../x.py': '' })).toThrow(InvalidAtom);
});

it('a starter is handed in as it stands', () => {
  expect(starterOf(atom)?.content_json.submission).toEqual({ 'solution.py': 'def add(a, b): pass' });
  expect(starterOf(parseAtom(bodyWith()))).toBeUndefined();
});

it('answers are read from a folder by the names of their atoms, in the order of the deck', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'answers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const ids = ['one', 'two', 'three'];
  const deck = parseDeck(
    { atoms: ids.map((id) => bodyWith({ language: id === 'two' ? 'js' : 'py', entrypoint: null }, { atom_id: id })) },
    'd',
  );
  await Promise.all(['three.py', 'two.js', 'one.js', 'README.md'].map((name) => writeFile(join(folder, name), name)));
  const answers = await loadAnswers(deck, folder);
  expect(answers.map(({ atom: { atom_id: id }, source }) => [id, source])).toEqual([
    ['two', 'two.js'],
    ['three', 'three.py'],
  ]);
  expect(deck.atoms.map(answerFileName)).toEqual(['one.py', 'two.js', 'three.py']);
  await expect(loadAnswers(deck, join(folder, 'none'))).rejects.toThrow(AtomsUnreadable);
});
