import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REDACTED, Redactor, redact } from '../../src/process/redactor.ts';

/** Texts and secrets of few letters, so that they meet, overlap and contain each other. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 30 });
const secrets = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 0, maxLength: 5 }), {
  maxLength: 3,
});

/** The rule written down plainly: every character that belongs to some secret is covered, every run of them one mark. */
function redactPlainly(whole: string, all: readonly string[]): string {
  const covered = Array.from(whole, () => false);
  for (const secret of all) {
    if (secret === '') continue;
    for (let at = 0; at + secret.length <= whole.length; at += 1) {
      if (whole.startsWith(secret, at)) covered.fill(true, at, at + secret.length);
    }
  }
  return Array.from(whole, (character, at) =>
    covered[at] === true ? (covered[at - 1] === true ? '' : REDACTED) : character,
  ).join('');
}

describe('a redactor', () => {
  test('lets out the same however the text is cut into pieces, and no character of a secret', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), secrets, (pieces, all) => {
        const redactor = new Redactor(all);
        const out = pieces.map((piece) => redactor.push(piece)).join('') + redactor.end('complete');
        expect(out).toBe(redactPlainly(pieces.join(''), all));
        expect(redact(pieces.join(''), all)).toBe(out);
      }),
      { numRuns: 3_000 },
    );
  });

  test('replaces what could be half a secret at the end of a text that was cut off', () => {
    const redactor = new Redactor(['sk-12345']);
    expect(redactor.push('the key is sk-12')).toBe('the key is ');
    expect(redactor.end('cut-off')).toBe(REDACTED);
    const complete = new Redactor(['sk-12345']);
    expect(complete.push('the disk') + complete.end('complete')).toBe('the disk');
  });

  test('a text cut off within a secret that overlaps the one before it ends in one mark', () => {
    const redactor = new Redactor(['abab']);
    expect(redactor.push('ababa') + redactor.end('cut-off')).toBe(REDACTED);
    expect(new Redactor(['x']).end('cut-off')).toBe('');
  });
});
