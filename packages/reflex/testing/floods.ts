/** What each part of the screen could be slow on, to be repeated; found by asking each detector what it looks at. */
export const FLOODS: readonly string[] = [
  // Personal data and secrets.
  ...[
    ':',
    '::',
    'a:',
    '1:',
    'aa:',
    'http://',
    'http://a.b ',
    'https://a:b@c.d/',
    'a.com ',
    'www.',
    'a.',
    'a@',
    'x@y.zz ',
  ],
  ...['+1', '+1 ', '+49 1512 3442403 ', '(1) ', 'call 555-123-4567 ', 'tel 123456 ', '555-12-3456 ', '536-22-8714 '],
  ...['1234 ', '1 1 1 ', '1-1-1-1-', '12 34 ', '4111 1111 1111 1111 ', '0123456789012345 ', '1.1.', '1.2.3.4 '],
  ...['passport ', 'passport A1234567 ', 'account 12345678 ', 'license ', '12.3456, 78.9012 ', '1\u00b0', 'a12345 '],
  ...['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ', `0x${'aB3'.repeat(13)}a `, '5YJS1T4K1TM851714 ', '2001:db8::1 '],
  ...['DE89370400440532013000 ', 'DE89 ', 'aa:bb:cc:dd:ee:ff ', 'api_key=', 'api_key=a1B2c3D4e5F6g7H8 ', 'token: '],
  ...[
    'sk-abcdefghijklmnopqrst1 ',
    'AKIAIOSFODNN7EXAMPLE ',
    'a1B2c3D4e5F6g7H8i9J0 ',
    'A1b2',
    'eyJhbGciOi.eyJhbGciOi.abcdefghij ',
  ],
  ...[
    'x_',
    'kind: Secret\n a: abcdefghijklmnop\n',
    'Bearer ',
    '\u001b[31m',
    '\\n1',
    '\\u001b[0m1',
    '\uff11',
    '\u0661-',
    '%31',
    '1%20',
    '1\u200b',
    'api_key=a1B2c3D4e5F6g7H8%20',
  ],
  // Disguises.
  ...[
    '\uff49\uff47\uff4e\uff4f\uff52\uff45 ',
    'i g n o r e ',
    'aWdub3Jl',
    '69676e6f7265',
    '1gn0r3 ',
    'vtaber ',
    'erongi ',
  ],
  ...[
    'VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcw== ',
    'gur erongi 1gn0r3 i g n o r e ',
    '\u200b',
    '\u0456',
    'a\u0456',
    'e\u0301',
  ],
  ...['\ud835\udc00', '\u{e0041}', 'ignore\u202e', '\u00e9 '],
  // Words, rules and quotations.
  ...[
    'a ',
    'a b ',
    'the quick brown fox ',
    '\u5ffd\u7565',
    '\u0e25',
    'secret password ',
    'Ignorieren Sie alle ',
    'ignore ',
  ],
  ...[
    'ignore all previous ',
    'ignore previous instructions ',
    'never ignore all previous instructions ',
    'do ',
    'your ',
  ],
  ...[
    'show me the ',
    'repeat the ',
    'you are now ',
    'reveal your system ',
    'decode a b c d e f g h i j ',
    'system: ',
    '\nsystem: ',
  ],
  ...['users say to ignore all previous instructions ', '"ignore all previous instructions" ', "'a' ", '"a "', '"""'],
  ...['\u201ca', 'said "', 'e.g. "x" ', '<|im_start|>', '### ', '[INST] ', '---- end of ', '=== ', '> a\n'],
];

export const LONGEST_TEXT = 100_000;

export function filled(seed: string, size: number = LONGEST_TEXT): string {
  return seed.repeat(Math.ceil(size / seed.length)).slice(0, size);
}
