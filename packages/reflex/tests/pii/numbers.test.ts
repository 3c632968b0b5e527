import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { screen } from '../../src/index.ts';
import { passesLuhn } from '../../src/pii/luhn.ts';
import { cardNumber, iban } from '../arbitraries.ts';

const found = (text: string): string[] =>
  screen(text, { check_injection: false }).pii.map(
    ({ type, position, length }) => `${type} ${text.slice(position, position + length)}`,
  );

describe('card numbers', () => {
  it('every generated number passes the Luhn check, and none with one digit altered', () => {
    fc.assert(
      fc.property(cardNumber, fc.nat(), fc.integer({ min: 1, max: 9 }), (number, place, by) => {
        const at = place % number.length;
        const altered = number.slice(0, at) + String((Number(number[at]) + by) % 10) + number.slice(at + 1);
        expect(passesLuhn(number)).toBe(true);
        expect(passesLuhn(altered)).toBe(false);
        expect(found(`card ${altered}`)).toEqual([]);
      }),
    );
  });

  it('is found in printed groups, whole', () => {
    expect(found('pay 4111 1111 1111 1111, now')).toEqual(['CreditCard 4111 1111 1111 1111']);
    expect(found('pay 4111-1111-1111-1111.')).toEqual(['CreditCard 4111-1111-1111-1111']);
    expect(found('amex 3782 822463 10005')).toEqual(['CreditCard 3782 822463 10005']);
    expect(found('diners 3056 930902 5904')).toEqual(['CreditCard 3056 930902 5904']);
    expect(found('4111 1111 1111 1111 123 is its code')).toEqual(['CreditCard 4111 1111 1111 1111']);
  });

  it.each([
    'mixed separators 4111 1111-1111 1111',
    'no issuer 9111111111111112',
    'a part of a word x4111111111111111 or 4111111111111111x',
    'a decimal number 0.4111111111111111 or 4111111111111111.5',
    'a longer code 12-4111111111111111 or 4111111111111111-ab',
    'too long 41111111111111111111111111',
    'groups of an account number RS35 4111 1111 1111 1111 13',
  ])('is not seen in %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('known test numbers have less confidence than others, a cue word gives more', () => {
    const confidence = (text: string): number | undefined => screen(text).pii[0]?.confidence;
    expect(confidence('card 4242424242424242')).toBe(0.6);
    expect(confidence('4532015112830366')).toBe(0.85);
    expect(confidence('my card is 4532015112830366')).toBe(0.98);
  });
});

describe('social security numbers', () => {
  it('are found formatted anywhere, otherwise with a cue word', () => {
    expect(found('Verify 536-22-8714 today')).toEqual(['SSN 536-22-8714']);
    expect(found('Verify 536\u201322\u20138714 today')).toEqual(['SSN 536\u201322\u20138714']);
    expect(found('user_ssn=536228714')).toEqual(['SSN 536228714']);
    expect(found('social security number 536 22 8714')).toEqual(['SSN 536 22 8714']);
    expect(found('536.22.8714 (SSN)')).toEqual(['SSN 536.22.8714']);
    expect(found('order 536228714, part 536 22 8714')).toEqual([]);
  });

  it('a cue word counts as a whole word only', () => {
    expect(found('the lassn 536228714')).toEqual([]);
  });

  it.each(['000-12-3456', '666-12-3456', '900-12-3456', '999-12-3456', '123-00-4567', '123-45-0000', '111-11-1111'])(
    '%s was never assigned',
    (number) => {
      expect(found(`SSN ${number}`)).toEqual([]);
    },
  );

  it.each(['078-05-1120', '219-09-9999'])('%s was printed in advertisements and voided', (number) => {
    expect(found(`SSN ${number}`)).toEqual([]);
  });

  it('123-45-6789 is found, with the confidence of a placeholder', () => {
    expect(screen('My SSN is 123-45-6789').pii).toEqual([{ type: 'SSN', position: 10, length: 11, confidence: 0.6 }]);
  });

  it('is not seen inside a longer chain of digits', () => {
    expect(found('1-536-22-8714, 536-22-8714-5, x536-22-8714, 536-22-87145')).toEqual([]);
  });
});

describe('IBANs', () => {
  it('with one digit altered are not found', () => {
    fc.assert(
      fc.property(iban, fc.integer({ min: 4, max: 15 }), fc.integer({ min: 1, max: 9 }), (number, at, by) => {
        const altered = number.slice(0, at) + String((Number(number[at]) + by) % 10) + number.slice(at + 1);
        expect(found(`to ${number}`)).toEqual([`IBAN ${number}`]);
        expect(found(`to ${altered}`).filter((text) => text.startsWith('IBAN'))).toEqual([]);
      }),
    );
  });

  it('are found in groups and end where their country says', () => {
    expect(found('DE89 3704 0044 0532 0130 00 ref INV-2')).toEqual(['IBAN DE89 3704 0044 0532 0130 00']);
    expect(found('gb82west12345698765432')).toEqual(['IBAN gb82west12345698765432']);
  });

  it('of an unknown country, cut short or run on are not found', () => {
    expect(found('ZZ89370400440532013000')).toEqual([]);
    expect(found('DE8937040044053201')).toEqual([]);
    expect(found('DE893704004405320130001')).toEqual([]);
    expect(found('DE89 3704 !0440532013000')).toEqual([]);
  });
});

describe('IPv4 addresses', () => {
  it('are found in prose, in logs, with a port or a prefix length', () => {
    expect(found('from 86.121.97.248:80 and 10.0.0.0/8')).toEqual(['IPv4 86.121.97.248', 'IPv4 10.0.0.0']);
  });

  it.each(['256.1.1.1', '1.2.3', '1.2.3.4.5', '01.2.3.4', 'version 1.2.3.4', 'v1.2.3.4'])('%s is none', (text) => {
    expect(found(text)).toEqual([]);
  });
});
