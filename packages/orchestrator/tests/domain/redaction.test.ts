import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue, jsonSchema } from '../../src/contract/index.ts';
import { type FoundValue, mayHoldPlaceholders, Numbering, putBack, Redactor } from '../../src/domain/redaction.ts';

const ANA: FoundValue = { type: 'Email', value: 'ana@acme.io' };
const BO: FoundValue = { type: 'Email', value: 'bo@acme.io' };
const CARD: FoundValue = { type: 'CreditCard', value: '4111111111111111' };

function redact(value: JsonValue, ...values: FoundValue[]) {
  const redactor = new Redactor(values, new Numbering([value]));
  const redacted = redactor.json(value);
  return { redacted, used: redactor.used, back: putBack(redacted, redactor.used) };
}

describe('redact', () => {
  it('puts numbered placeholders in place of values, the same for the same value', () => {
    const { redacted, used } = redact(['ana@acme.io, bo@acme.io', { to: 'ana@acme.io' }, CARD.value], ANA, BO, CARD);
    expect(redacted).toEqual(['[EMAIL_1], [EMAIL_2]', { to: '[EMAIL_1]' }, '[CREDIT_CARD_1]']);
    expect(used).toHaveLength(3);
  });

  it.each([
    ['GitHubToken', '[GITHUB_TOKEN_1]'],
    ['GenericAPIKey', '[GENERIC_API_KEY_1]'],
    ['IPv6', '[IPV6_1]'],
    ['MACAddress', '[MAC_ADDRESS_1]'],
    ['weird "type"]', '[WEIRD_TYPE_1]'],
    ['', '[VALUE_1]'],
  ])('names a value of type %j %s', (type, placeholder) => {
    expect(redact('a value', { type, value: 'value' }).redacted).toBe(`a ${placeholder}`);
  });

  it('gives out no number that the submission itself writes, in whatever way', () => {
    const value = ['[EMAIL_1]', '[email 2]', '\\[EMAIL\\_3\\]', '[Email-004]', 'ana@acme.io'];
    const { redacted, back } = redact(value, ANA);
    expect(redacted).toEqual([...value.slice(0, 4), '[EMAIL_5]']);
    expect(back).toEqual(value);
  });

  it('takes the longer of two values that begin at one place, and the value wherever it stands', () => {
    const url: FoundValue = { type: 'URL', value: 'ana@acme.io/inbox' };
    expect(redact('ana@acme.io/inbox xana@acme.ioy', ANA, url).redacted).toBe('[URL_1] x[EMAIL_1]y');
  });

  it('takes out keys too', () => {
    const { redacted, back } = redact({ 'ana@acme.io': 1, 'bo@acme.io': 2 }, ANA, BO);
    expect(redacted).toEqual({ '[EMAIL_1]': 1, '[EMAIL_2]': 2 });
    expect(back).toEqual({ 'ana@acme.io': 1, 'bo@acme.io': 2 });
  });

  it('takes out a number as a whole, which comes back as a number', () => {
    const value = [536_904_399, -5_369_043_991, '536904399', 36_904];
    const { redacted, back } = redact(value, { type: 'SSN', value: '536904399' });
    expect(redacted).toEqual(['[SSN_1]', '[SSN_2]', '[SSN_3]', 36_904]);
    expect(back).toEqual(value);
  });

  it('shares its numbers over what is submitted together', () => {
    const numbering = new Numbering(['ana@acme.io', '[EMAIL_1]']);
    const first = new Redactor([ANA], numbering);
    const second = new Redactor([BO, ANA], numbering);
    expect([first.text('ana@acme.io'), second.text('bo@acme.io'), second.text('ana@acme.io')]).toEqual([
      '[EMAIL_2]',
      '[EMAIL_3]',
      '[EMAIL_2]',
    ]);
    expect(first.used.map(({ value }) => value)).toEqual(['ana@acme.io']);
  });

  it('walks through much text with many values in a moment', () => {
    const values = Array.from({ length: 2_000 }, (_, index) => ({
      type: 'Phone',
      value: `+49170${index}${'5'.repeat(index % 7)}`,
    }));
    const text = '+49170'.repeat(150_000);
    const redactor = new Redactor(values, new Numbering([text]));
    expect(redactor.text(text).length).toBeGreaterThan(0);
  });
});

describe('putBack', () => {
  const used = redact('ana@acme.io bo@acme.io', ANA, BO).used;

  it.each([
    ['as written', 'to [EMAIL_1].', 'to ana@acme.io.'],
    ['in other case and spacing', '[email_1] [ Email 2 ]', 'ana@acme.io bo@acme.io'],
    ['with the escapes of Markdown', '\\[EMAIL\\_1\\]', 'ana@acme.io'],
    ['in a link', '[EMAIL_1](mailto:[EMAIL_1])', 'ana@acme.io(mailto:ana@acme.io)'],
  ])('knows a placeholder %s', (_how, text, back) => {
    expect(putBack(text, used)).toBe(back);
  });

  it.each(['[EMAIL_3]', '[PHONE_1]', 'EMAIL_1', '[EMAIL_1', '[EMAIL]', '[EMAIL_12]', '[[]]'])('leaves %s', (text) => {
    expect(putBack(text, used)).toBe(text);
  });

  it('loses nothing where two keys would become one', () => {
    expect(putBack({ '[EMAIL_1]': 1, '[email_1]': 2 }, used)).toEqual({ 'ana@acme.io': 1, '[email_1]': 2 });
    expect(putBack({ '[EMAIL_1]': 1, 'ana@acme.io': 2 }, used)).toEqual({ '[EMAIL_1]': 1, 'ana@acme.io': 2 });
  });

  it('does not read a value that was put back again', () => {
    const nested = [
      { placeholder: '[A_1]', value: '[A_2]' },
      { placeholder: '[A_2]', value: 'x' },
    ];
    expect(putBack('[A_1] [A_2]', nested)).toBe('[A_2] x');
  });

  it('tells whether there may be something to put back', () => {
    expect(mayHoldPlaceholders({ a: ['x', { '[email 7]': null }] })).toBe(true);
    expect(mayHoldPlaceholders({ a: ['x', [1], '[1]'] })).toBe(false);
  });
});

describe('the law of redaction', () => {
  const piece = fc.constantFrom(
    'ana@acme.io',
    'bo@acme.io',
    '536904399',
    '[EMAIL_1]',
    '[email 2]',
    '\\[EMAIL_3\\]',
    '[SSN_1]',
    '[',
    ']',
    '\\',
    'EMAIL_',
    '1',
    ' ',
    '😀',
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );
  const number = fc.oneof(
    fc.constantFrom(536_904_399, -536_904_399, 5_369_043_991, 1e30, 1.5),
    fc.double({ noNaN: true }),
  );
  const { value: json } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      number,
      fc.constantFrom(null, true, false),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const type = fc.constantFrom('Email', 'SSN', 'Phone', 'x y');
  const found = fc.array(
    fc.record({
      type,
      value: fc.oneof(
        piece,
        text.filter((one) => one !== ''),
      ),
    }),
    { maxLength: 6 },
  );

  it('is that what is put back is what was taken out, whatever the JSON and the values', () => {
    fc.assert(
      fc.property(json, found, (value, values) => {
        const plain = jsonSchema.parse(JSON.parse(JSON.stringify(value)));
        expect(redact(plain, ...values).back).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });

  it('is that no value is left, but where it is part of what marks a placeholder', () => {
    fc.assert(
      fc.property(json, fc.array(fc.constantFrom(ANA, BO, { type: 'SSN', value: '536904399' })), (value, values) => {
        const plain = jsonSchema.parse(JSON.parse(JSON.stringify(value)));
        const told = JSON.stringify(redact(plain, ...values).redacted);
        for (const one of values) expect(told).not.toContain(one.value);
      }),
      { numRuns: 300 },
    );
  });
});
