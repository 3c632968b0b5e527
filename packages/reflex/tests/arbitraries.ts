/** Generated values with valid checksums, and texts to hide them in. */
import fc from 'fast-check';

export const digits = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.integer({ min: 0, max: 9 }).map(String), minLength: length, maxLength: length });

/** A card number of a random issuer, with its Luhn check digit. */
export const cardNumber: fc.Arbitrary<string> = fc
  .constantFrom(['4', 13], ['4', 16], ['4', 19], ['51', 16], ['2400', 16], ['37', 15], ['36', 14], ['6011', 16], [
    '3530',
    16,
  ] as const)
  .chain(([prefix, length]) => digits(length - prefix.length - 1).map((middle) => withCheckDigit(prefix + middle)));

function withCheckDigit(head: string): string {
  const sum = Array.from(head)
    .reverse()
    .reduce((total, digit, place) => {
      const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return head + String((10 - (sum % 10)) % 10);
}

/** An assignable social security number, formatted. */
export const ssn: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 1, max: 899 }), fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 9999 }))
  .filter(
    ([area, group, serial]) =>
      area !== 666 && !(area === 78 && group === 5) && !(area === 219 && group === 9) && serial % 1111 !== 0,
  )
  .map(([area, group, serial]) => `${pad(area, 3)}-${pad(group, 2)}-${pad(serial, 4)}`);

export function pad(number: number, length: number): string {
  return String(number).padStart(length, '0');
}

export const iban: fc.Arbitrary<string> = fc
  .constantFrom(['DE', 18], ['ES', 20], ['BE', 12], ['AT', 16] as const)
  .chain(([country, length]) => digits(length).map((account) => ibanOf(country, account)));

function ibanOf(country: string, account: string): string {
  const numeric = Array.from(`${account}${country}00`, (character) => Number.parseInt(character, 36)).join('');
  return `${country}${pad(98 - Number(BigInt(numeric) % 97n), 2)}${account}`;
}

/** Words without digits, `@` or anything that a detector looks at. */
export const prose: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('the', 'blue', 'boat', 'and', 'a', 'garden', 'caf\u00e9', '\u{1F600}', 'quiet,', 'rain.'), {
    maxLength: 12,
  })
  .map((words) => words.join(' '));
