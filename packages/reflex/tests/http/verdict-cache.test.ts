import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { VerdictCache } from '../../src/http/verdict-cache.ts';
import { screen } from '../../src/index.ts';

const SSN = '536-90-4399';
const asked = { text: `My SSN is ${SSN}.`, check_pii: true, check_injection: true };
const CLEAN = screen('A quiet text.');
const FOUND = screen(asked.text);

test('the key is made of the exact text and both flags', () => {
  const cache = new VerdictCache();
  const variants = [
    asked,
    { ...asked, text: `${asked.text} ` },
    { ...asked, check_pii: false },
    { ...asked, check_injection: false },
    { ...asked, text: '\ud800' },
    { ...asked, text: '\ufffd' },
  ];
  expect(new Set(variants.map((one) => cache.keyOf(one))).size).toBe(variants.length);
  expect(cache.keyOf({ ...asked })).toBe(cache.keyOf(asked));
});

test('a clean verdict is kept for 300 s and one with findings for 60 s', () => {
  let at = 0;
  const cache = new VerdictCache({ now: () => at });
  cache.set('clean', CLEAN);
  cache.set('found', FOUND);
  at = 59_999;
  expect([cache.get('clean'), cache.get('found')]).toEqual([CLEAN, FOUND]);
  at = 60_000;
  expect(cache.get('found')).toBeNull();
  at = 300_000;
  expect(cache.get('clean')).toBeNull();
  expect(cache.size).toBe(0);
});

test('it is bounded in entries and in findings', () => {
  const few = new VerdictCache({ mostEntries: 2 });
  for (const key of ['a', 'b', 'c']) few.set(key, CLEAN);
  expect([few.size, few.get('a')]).toEqual([2, null]);
  const small = new VerdictCache({ mostMatches: 2 });
  for (const key of ['a', 'b', 'b', 'c']) small.set(key, FOUND);
  expect([small.size, small.get('a'), small.get('c')]).toEqual([2, null, FOUND]);
  const none = new VerdictCache({ mostMatches: 0 });
  none.set('a', FOUND);
  expect(none.size).toBe(0);
});

test('it holds nothing of the text', () => {
  const cache = new VerdictCache();
  const key = cache.keyOf(asked);
  cache.set(key, FOUND);
  expect(`${key} ${JSON.stringify(cache.get(key))} ${inspect(cache, { depth: 10, showHidden: true })}`).not.toContain(
    SSN,
  );
});
