import { expect, it } from 'vitest';
import { checkDeck, parseDeck } from '../../src/index.ts';
import { FakeSandbox, returned, valueOf } from '../../testing/index.ts';
import { bodyWith } from '../atom-fixtures.ts';

const deckOf = (content: object): ReturnType<typeof parseDeck> => parseDeck({ atoms: [bodyWith(content)] }, 'd');
const CALL = { input: [], expected: 3 };

it('a deck that reads well and grades well has no issues', async () => {
  const sandbox = new FakeSandbox((job) => ({
    status: 'ran',
    outcomes: [returned(valueOf(job.files['solution.py']?.includes('a + b') === true ? 3 : 0))],
  }));
  expect(await checkDeck(deckOf({ starter: 'def add(a, b): pass' }), sandbox)).toEqual([]);
  expect(sandbox.jobs).toHaveLength(2);
});

it.each<[string, object, string, RegExp]>([
  ['no tests', { tests: [] }, '/atoms/0/content_json/tests', /empty/],
  ['hidden tests only', { tests: [{ ...CALL, hidden: true }] }, '/atoms/0/content_json/tests', /all hidden/],
  [
    'two tests of one name',
    {
      tests: [
        { ...CALL, name: 'a' },
        { ...CALL, name: 'a' },
      ],
    },
    '/atoms/0/content_json/tests/1/name',
    /test 0/,
  ],
  [
    'an integer that lost its digits',
    { tests: [{ ...CALL, expected: 1e20 }] },
    '/atoms/0/content_json/tests/0/expected',
    /\$int/,
  ],
])('%s are pointed out', async (_, content, pointer, detail) => {
  expect(await checkDeck(deckOf(content))).toEqual([{ pointer, detail: expect.stringMatching(detail) as unknown }]);
});

it('a reference solution that fails and a starter that passes are pointed out', async () => {
  const wrong = FakeSandbox.answering(returned(valueOf(4)));
  expect(await checkDeck(deckOf({ starter: 'x' }), wrong)).toEqual([
    { pointer: '/atoms/0/back', detail: expect.stringMatching(/does not pass its own tests: 0 of 1/) as unknown },
  ]);
  const right = FakeSandbox.answering(returned(valueOf(3)));
  expect(await checkDeck(deckOf({ starter: 'x' }), right)).toMatchObject([
    { pointer: '/atoms/0/content_json/starter' },
  ]);
});
