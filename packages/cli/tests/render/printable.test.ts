import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLine, printable, printableLine, shortLine } from '../../src/render/printable.ts';

/** Any text, with what terminals obey in it far more often than chance would have it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]52;c;aGk=\u0007',
        '\u009b31m',
        '\u007f',
        '\r',
        '\n',
        '\r\n',
        '\t',
        '\0',
        '\u202e',
        '\u2066',
      ),
      fc.constantFrom('\u2028', '\u0085', '\ufeff', '\ud800', '\udfff', '👩‍🚀', 'é', '\u{e0041}'),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

/** What a terminal acts on, or hides text with. */
const OBEYED = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029\u{e0000}-\u{e007f}]/u;

describe('printable', () => {
  it('leaves nothing that a terminal obeys, whatever the text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printable(text)).not.toMatch(OBEYED);
        expect(printable(text).isWellFormed()).toBe(true);
      }),
    );
  });

  it('changes nothing of what it made', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });

  it('leaves ordinary text of any script as it is', () => {
    const text = 'Grüße, 你好,\tשלום\n👩‍🚀 naïve';
    expect(printable(text)).toBe(text);
  });

  it('shows what it replaced', () => {
    expect(printable('a\u001b[31mb\u0007\u007f')).toBe('a␛[31mb␇␡');
    expect(printable('\u009b2J\u202eevil')).toBe('\\u{9b}2J\\u{202e}evil');
    expect(printable('one\r\ntwo\u2028three\rfour')).toBe('one\ntwo\nthree␍four');
  });
});

describe('printableLine', () => {
  it('is one line, whatever the text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printableLine(text)).not.toMatch(/[\n\r\t]/);
      }),
    );
  });
});

describe('shortLine', () => {
  it('is never longer than asked for, and says so when it cut', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 30 }), (text, length) => {
        const line = shortLine(text, length);
        expect(Array.from(line).length).toBeLessThanOrEqual(length);
        if (line !== printableLine(text)) expect(line).toMatch(/…$/);
      }),
    );
  });

  it('does not cut a character in two', () => {
    expect(shortLine('🚀🚀🚀🚀', 3)).toBe('🚀🚀…');
  });
});

describe('jsonLine', () => {
  it('is the same value when parsed, on one line that a terminal does not obey', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.jsonValue(), fc.record({ text: hostile })), (value) => {
        const line = jsonLine(value);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
