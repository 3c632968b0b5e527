import { describe, expect, it } from 'vitest';
import { screen } from '../../src/index.ts';

const found = (text: string): string[] =>
  screen(text, { check_injection: false }).pii.map(
    ({ type, position, length }) => `${type} ${text.slice(position, position + length)}`,
  );

describe('values right behind what is no part of them', () => {
  it.each([
    ['\u001b[31m536-22-8714\u001b[0m', 'SSN 536-22-8714'],
    ['\u001b[1;38;5;196m4539 1488 0343 6467\u001b[0m', 'CreditCard 4539 1488 0343 6467'],
    ['log: \\u001b[31m536-22-8714\\u001b[0m', 'SSN 536-22-8714'],
    ['log: \\x1b[31m536-22-8714', 'SSN 536-22-8714'],
    ['"line\\n536-22-8714\\tnext"', 'SSN 536-22-8714'],
    ['{"a":"x\\n10.20.30.40\\n"}', 'IPv4 10.20.30.40'],
    ['{"a":"x\\r\\n4539148803436467"}', 'CreditCard 4539148803436467'],
    ['"\\tDE89370400440532013000"', 'IBAN DE89370400440532013000'],
    ['<b>536-22-8714</b>', 'SSN 536-22-8714'],
    ['&nbsp;536-22-8714&nbsp;', 'SSN 536-22-8714'],
    ['_536-22-8714_ and more', 'SSN 536-22-8714'],
    ['__536-22-8714__', 'SSN 536-22-8714'],
    ['ssn_536-22-8714', 'SSN 536-22-8714'],
    ['**4539148803436467**', 'CreditCard 4539148803436467'],
    ['_4539148803436467_', 'CreditCard 4539148803436467'],
    [
      '\uff15\uff13\uff16-\uff12\uff12-\uff18\uff17\uff11\uff14',
      'SSN \uff15\uff13\uff16-\uff12\uff12-\uff18\uff17\uff11\uff14',
    ],
    ['\uff41\uff42\uff43\uff20\uff41cme.io', 'Email \uff41\uff42\uff43\uff20\uff41cme.io'],
    [
      '\u0665\u0663\u0666-\u0662\u0662-\u0668\u0667\u0661\u0664',
      'SSN \u0665\u0663\u0666-\u0662\u0662-\u0668\u0667\u0661\u0664',
    ],
    ['to=jane%40example-mail.org&x=1', 'Email jane%40example-mail.org'],
    ['https://x.acme.io/?mail=jane%40acme.io', 'Email jane%40acme.io'],
    ['card=4539%201488%200343%206467', 'CreditCard 4539%201488%200343%206467'],
    ['ssn%3A%20536-22-8714', 'SSN 536-22-8714'],
    ['4539\u200b1488\u200b0343\u200b6467', 'CreditCard 4539\u200b1488\u200b0343\u200b6467'],
    ['536\u2060-22-8\ufeff714', 'SSN 536\u2060-22-8\ufeff714'],
    ['jane\u200b@ac\u200bme.io', 'Email jane\u200b@ac\u200bme.io'],
    ['call\u200b536-22-8714', 'SSN 536-22-8714'],
    ['4539\u00a01488\u00a00343\u00a06467', 'CreditCard 4539\u00a01488\u00a00343\u00a06467'],
    ['4539\u20131488\u20130343\u20136467', 'CreditCard 4539\u20131488\u20130343\u20136467'],
    [
      'DE89\u202f3704\u202f0044\u202f0532\u202f0130\u202f00',
      'IBAN DE89\u202f3704\u202f0044\u202f0532\u202f0130\u202f00',
    ],
    ['Mail jos\u00e9.garc\u00eda@acme.io now', 'Email jos\u00e9.garc\u00eda@acme.io'],
    ['\u0430na@m\u00fcnchen.de', 'Email \u0430na@m\u00fcnchen.de'],
    ['word\u2013ana@acme.io', 'Email ana@acme.io'],
    ['\u8054\u7cfbana@acme.io', 'Email ana@acme.io'],
  ])('%j holds %s', (text, expected) => {
    expect(found(text)).toContain(expected);
  });

  it.each([
    'C:\\new\\table\\fox',
    'a\\nb and c\\td',
    'img_4539148803436467.jpg',
    'x536-22-8714',
    '536-22-8714y',
    '100%',
    '4111.1111.1111.1112',
    '50%20 off',
    '%zz%4',
  ])('%j holds nothing', (text) => {
    expect(found(text)).toEqual([]);
  });
});
