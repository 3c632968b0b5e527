import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPlainJson } from '../../src/tracing/plain-json.ts';

const copy = (value: unknown, limits = {}): unknown => toPlainJson(value, limits).json;

describe('toPlainJson', () => {
  it('copies JSON as it is, and shares nothing with it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const plain = toPlainJson(value).json;
        // -0 is 0 in JSON; NUL and lone surrogates are replaced.
        const text = JSON.stringify(value);
        return /\\u0000|\\ud[89a-f]/i.test(text) || JSON.stringify(plain) === text;
      }),
    );
    const inner = { n: 1 };
    const plain = copy({ inner });
    inner.n = 2;
    expect(plain).toEqual({ inner: { n: 1 } });
  });

  it('is JSON whatever it is given, and within its bytes', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
          withNullPrototype: true,
        }),
        fc.integer({ min: 10, max: 2_000 }),
        (value, maxBytes) => {
          const { json, bytes } = toPlainJson(value, { maxBytes });
          const actual = Buffer.byteLength(JSON.stringify(json));
          // The notes that say what was cut come on top.
          return actual <= 3 * maxBytes + 2_000 && bytes >= 0;
        },
      ),
    );
  });

  it('notes what JSON cannot carry, in its place', () => {
    const circular: Record<string, unknown> = { list: [1] };
    circular['self'] = { up: circular };
    expect(
      copy({
        big: 12n,
        call: function named() {},
        anonymous: () => 1,
        symbol: Symbol('s'),
        nan: Number.NaN,
        bytes: new Uint8Array(3),
        promise: Promise.resolve(),
        none: undefined,
        date: new Date(0),
        bad: new Date(Number.NaN),
        pattern: /a/g,
        circular,
      }),
    ).toEqual({
      big: '[BigInt 12]',
      call: '[function named]',
      anonymous: '[function anonymous]',
      symbol: '[Symbol(s)]',
      nan: '[NaN]',
      bytes: '[Uint8Array of 3 bytes]',
      promise: '[Promise]',
      date: '1970-01-01T00:00:00.000Z',
      bad: '[invalid date]',
      pattern: '/a/g',
      circular: { list: [1], self: { up: '[circular]' } },
    });
    expect(copy(undefined)).toBeNull();
    expect(
      copy(
        new Map<unknown, unknown>([
          ['a', new Set([1])],
          [{}, 2],
        ]),
      ),
    ).toEqual({ a: [1], '[object]': 2 });
  });

  it('the same object twice is no circle', () => {
    const shared = { n: 1 };
    expect(copy([shared, shared])).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it('survives getters, proxies and toJSON that throw, and takes what toJSON gives', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no keys');
        },
      },
    );
    const thrower = {
      toJSON: () => {
        throw new Error('not today');
      },
    };
    expect(copy({ hostile, thrower, fine: 1, url: new URL('http://a.example/b') })).toEqual({
      hostile: '[unreadable: no keys]',
      thrower: '[unreadable: not today]',
      fine: 1,
      url: 'http://a.example/b',
    });
  });

  it('errors keep their name, message, cause and own properties', () => {
    const error = Object.assign(new TypeError('broken', { cause: new Error('beneath') }), { code: 'E_ODD' });
    expect(copy(error)).toMatchObject({
      name: 'TypeError',
      message: 'broken',
      code: 'E_ODD',
      cause: { message: 'beneath' },
    });
  });

  it('cuts long texts, long lists, many properties and deep nesting, and says so', () => {
    expect(copy('x'.repeat(100), { maxTextLength: 10 })).toBe('xxxxxxxxxx…[90 characters more]');
    expect(copy([1, 2, 3, 4], { maxItems: 2 })).toEqual([1, 2, '[2 more]']);
    expect(copy({ a: 1, b: 2, c: 3 }, { maxItems: 1 })).toEqual({ a: 1, '…': '[2 more]' });
    expect(copy({ a: { b: { c: 1 } } }, { maxDepth: 2 })).toEqual({ a: { b: '[too deep]' } });
    const wide = Array.from({ length: 1_000 }, () => 'y'.repeat(1_000));
    expect(JSON.stringify(copy(wide, { maxBytes: 10_000 })).length).toBeLessThan(12_000);
  });

  it('a graph whose paths grow exponentially stays within its bytes', () => {
    let layer: unknown = 'leaf';
    for (let depth = 0; depth < 15; depth += 1) layer = Array.from({ length: 10 }, () => layer);
    expect(JSON.stringify(copy(layer)).length).toBeLessThan(400_000);
  });

  it('replaces NUL and half surrogates, which databases refuse, and keeps a key named __proto__', () => {
    expect(copy('a\0b\ud800')).toBe('a\ufffdb\ufffd');
    expect(JSON.stringify(copy(JSON.parse('{"__proto__":{"x":1}}')))).toBe('{"__proto__":{"x":1}}');
  });
});
