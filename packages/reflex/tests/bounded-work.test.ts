import { describe, expect, it } from 'vitest';
import { screen } from '../src/index.ts';

const SIZE = 100_000;
const filled = (seed: string): string => seed.repeat(Math.ceil(SIZE / seed.length)).slice(0, SIZE);

/** What each part of the screen could be slow on, repeated; found by asking each detector what it looks at. */
const FLOODS = [
  ...[':', '::', 'a:', '1:', 'aa:', 'http://', 'http://a.b ', 'a.com ', 'www.', '+1', '+49 1512 3442403 ', '(1) '],
  ...['call 555-123-4567 ', 'passport A1234567 ', 'account 12345678 ', '12.3456, 78.9012 ', '1\u00b0', 'a12345 '],
  ...['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ', `0x${'aB3'.repeat(13)}a `, '5YJS1T4K1TM851714 ', 'api_key=', 'x_'],
  ...[
    'kind: Secret\n a: abcdefghijklmnop\n',
    'Bearer ',
    '\uff11',
    '\uff49\uff47\uff4e\uff4f\uff52\uff45 ',
    'i g n o r e ',
  ],
  ...[
    'aWdub3Jl',
    '69676e6f7265',
    '1gn0r3 ',
    'vtaber ',
    'erongi ',
    '\u200b',
    '\u0456',
    'a\u0456',
    '\u5ffd\u7565',
    '\u0e25',
  ],
  ...['Ignorieren Sie alle ', 'ignore\u202e', '"a "', '"""', "'a' ", '\u201ca', 'said "', 'e.g. "x" ', '\u{e0041}'],
];

// Every loop is counted by the text's length or by a cap; a quadratic one takes minutes here and meets the test's time-out.
describe('100,000 characters', () => {
  it.each(FLOODS)('of %j are screened', (seed) => {
    const { pii, injection } = screen(filled(seed));
    expect(pii.length).toBeLessThanOrEqual(18_000);
    expect(injection.length).toBeLessThanOrEqual(56_000);
  });

  it('drawn at random from all that the detectors look at are screened', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 5; round++) {
      let text = '';
      while (text.length < SIZE) text += FLOODS[random(FLOODS.length)] ?? '';
      expect(screen(text.slice(0, SIZE)).pii.length).toBeGreaterThan(0);
    }
  });
});

describe('input that no submission has', () => {
  it.each([
    ['', 0],
    [' \n\t', 0],
    ['\ud800', 0],
    ['\udfff\ud800', 0],
    ['\u0000', 0],
    ['a\u0000b', 0],
  ])('%j is screened', (text, found) => {
    const verdict = screen(text);
    expect(verdict.pii.length + verdict.injection.length).toBe(found);
  });
});
