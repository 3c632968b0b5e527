import { describe, expect, it } from 'vitest';
import { screen } from '../../src/index.ts';

const found = (text: string): string[] =>
  screen(text, { check_injection: false }).pii.map(
    ({ type, position, length }) => `${type} ${text.slice(position, position + length)}`,
  );

describe('where two kinds claim the same characters', () => {
  it('a secret wins over an address inside it', () => {
    expect(found('password=9aK3mX7qL2vB8nR4tY6w@acme.io')).toEqual(['GenericAPIKey 9aK3mX7qL2vB8nR4tY6w']);
  });

  it('an account number is one finding, whatever its digits look like', () => {
    const all = found('GB29 NWBK 6016 1331 9268 19, GB29NWBK60161331926819');
    expect(all).toEqual(['IBAN GB29 NWBK 6016 1331 9268 19', 'IBAN GB29NWBK60161331926819']);
  });

  it('side by side they are all found', () => {
    expect(found('ana@acme.io,536-22-8714;4111111111111111 10.0.0.1')).toEqual([
      'Email ana@acme.io',
      'SSN 536-22-8714',
      'CreditCard 4111111111111111',
      'IPv4 10.0.0.1',
    ]);
  });
});
