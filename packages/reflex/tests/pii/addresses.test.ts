import { describe, expect, it } from 'vitest';
import { screen } from '../../src/index.ts';

const found = (text: string): string[] =>
  screen(text, { check_injection: false }).pii.map(
    ({ type, position, length }) => `${type} ${text.slice(position, position + length)}`,
  );

describe('IPv6 addresses', () => {
  it.each([
    ['ping6 fd12:3456:789a:1::1 now', 'fd12:3456:789a:1::1'],
    ['[2a02:8071:3e80:1::2f]:8080', '2a02:8071:3e80:1::2f'],
    ['from ::1.', '::1'],
    ['mapped ::ffff:203.0.113.7, yes', '::ffff:203.0.113.7'],
    ['route fe80::1/64', 'fe80::1'],
    ['8 groups: 1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%j holds one', (text, address) => {
    expect(found(text)).toEqual([`IPv6 ${address}`]);
  });

  it.each(['std::vector', 'Face::add', 'at 12:34:56', '1:2:3:4:5:6:7:8:9', 'a1::b2::c3', 'x2001:db8::1', '::'])(
    '%j holds none',
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );
});

describe('hardware addresses', () => {
  it.each(['00:1b:44:11:3a:b7', '00-1B-44-11-3A-B7', '001b.4411.3ab7'])('%s is one', (address) => {
    expect(found(`ether ${address} up`)).toEqual([`MACAddress ${address}`]);
  });

  it.each(['00:1b:44:11:3a', '00:1b:44:11:3a:b7:c9', 'zz:1b:44:11:3a:b7', '12:34:56', 'dead.beef.cafe'])(
    '%s is none',
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );
});

describe('web addresses', () => {
  it.each([
    ['See https://acme.io/a?b=c#d.', 'https://acme.io/a?b=c#d'],
    ['(http://acme.io/wiki/A_(b))', 'http://acme.io/wiki/A_(b)'],
    ['<a href="https://acme.io">', 'https://acme.io'],
    ['[x](https://acme.io/y)', 'https://acme.io/y'],
    ['curl localhost? no: http://localhost:3000/x', 'http://localhost:3000/x'],
    ['www.acme.io, or so', 'www.acme.io'],
    ['ask acme-corp.com today', 'acme-corp.com'],
    ['on shop.acme.co.uk/sale?x=1 now', 'shop.acme.co.uk/sale?x=1'],
  ])('%j holds one', (text, address) => {
    expect(found(text)).toEqual([`URL ${address}`]);
  });

  it.each([
    'main.py',
    'node.js',
    'e.g. so',
    'a.b.com()',
    'obj.id',
    'First.In line',
    'http://',
    'http://intranet',
    '$x.com',
  ])('%j holds none', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('is found around what it holds, so that both can be redacted', () => {
    expect(found('see https://acme.io/u?mail=ana@acme.io&x=1 now')).toEqual([
      'URL https://acme.io/u?mail=',
      'Email ana@acme.io',
    ]);
  });
});

describe('coordinates', () => {
  it.each([
    '48.85837, 2.29448',
    '-33.8568,151.2153',
    '48.8584\u00b0 N, 2.2945\u00b0 E',
    '40\u00b026\'46"N 79\u00b058\'56"W',
  ])('%s are some', (pair) => {
    expect(found(`near ${pair} today`)).toEqual([`Coordinates ${pair}`]);
  });

  it('with two decimals only after a cue word', () => {
    expect(found('lat/lon 48.85, 2.29')).toEqual(['Coordinates 48.85, 2.29']);
    expect(found('mean 48.85, 2.29')).toEqual([]);
  });

  it.each(['91.0001, 10.0002', '10.0001, 181.0002', '[0.1234, 0.5678, 0.9012]', '1.2.3, 4.5.6', 'v10.1234, 20.1234'])(
    '%s are none',
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );
});

describe('addresses of cryptocurrencies', () => {
  // The first block's, BIP 173's and 350's, EIP-55's examples.
  it.each([
    '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed',
  ])('%s is one', (address) => {
    expect(found(`pay ${address} please`)).toEqual([`CryptoAddress ${address}`]);
  });

  it.each([
    '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    `0x${'0'.repeat(40)}`,
  ])('%s fails its checksum', (address) => {
    expect(found(`pay ${address} please`)).toEqual([]);
  });

  it('beyond the number of checksums that are computed, the form decides: a flood hides nothing', () => {
    const flood = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb '.repeat(450);
    const { pii } = screen(`${flood}1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa`, { check_injection: false });
    expect(pii).toHaveLength(51);
    expect(pii.at(-1)).toMatchObject({ type: 'CryptoAddress', position: flood.length, confidence: 0.6 });
  });
});
