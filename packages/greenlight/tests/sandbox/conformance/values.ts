import { describe, expect, it } from 'vitest';
import type { JsonValue, Value } from '../../../src/sandbox/index.ts';
import { call, callNamed, job, outcomeOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

const PYTHON: readonly (readonly [string, Value])[] = [
  ['None', { type: 'null' }],
  ['True', { type: 'boolean', value: true }],
  ['False', { type: 'boolean', value: false }],
  ['42', { type: 'integer', value: '42' }],
  ['-(2 ** 70)', { type: 'integer', value: '-1180591620717411303424' }],
  ['10 ** 5000', { type: 'integer', value: `1${'0'.repeat(5000)}` }],
  ['2.5', { type: 'float', value: 2.5 }],
  ['1e300', { type: 'float', value: 1e300 }],
  ['5e-324', { type: 'float', value: 5e-324 }],
  ['float("nan")', { type: 'float', value: 'NaN' }],
  ['float("inf")', { type: 'float', value: 'Infinity' }],
  ['-float("inf")', { type: 'float', value: '-Infinity' }],
  ['-0.0', { type: 'float', value: '-0' }],
  ['0.0', { type: 'float', value: 0 }],
  ['"zażółć 🐍 \\x00\\n\\""', { type: 'string', value: 'zażółć 🐍 \u0000\n"' }],
  ['b"\\x00\\xff"', { type: 'bytes', value: 'AP8=' }],
  [
    '[1, "a"]',
    {
      type: 'list',
      items: [
        { type: 'integer', value: '1' },
        { type: 'string', value: 'a' },
      ],
    },
  ],
  ['(1,)', { type: 'tuple', items: [{ type: 'integer', value: '1' }] }],
  ['frozenset({1})', { type: 'set', items: [{ type: 'integer', value: '1' }] }],
  ['{1: None}', { type: 'map', entries: [[{ type: 'integer', value: '1' }, { type: 'null' }]] }],
  [
    '__import__("collections").Counter("a")',
    {
      type: 'map',
      entries: [
        [
          { type: 'string', value: 'a' },
          { type: 'integer', value: '1' },
        ],
      ],
    },
  ],
  ['__import__("collections").namedtuple("P", "x")(1)', { type: 'tuple', items: [{ type: 'integer', value: '1' }] }],
  ['range(3)', { type: 'opaque', name: 'range', text: 'range(0, 3)' }],
];

const JAVASCRIPT: readonly (readonly [string, Value])[] = [
  ['null', { type: 'null' }],
  ['undefined', { type: 'undefined' }],
  ['true', { type: 'boolean', value: true }],
  ['42', { type: 'float', value: 42 }],
  ['-(2n ** 70n)', { type: 'integer', value: '-1180591620717411303424' }],
  ['0.1', { type: 'float', value: 0.1 }],
  ['5e-324', { type: 'float', value: 5e-324 }],
  ['NaN', { type: 'float', value: 'NaN' }],
  ['-Infinity', { type: 'float', value: '-Infinity' }],
  ['-0', { type: 'float', value: '-0' }],
  ['"zażółć 🦊 \\u0000\\n\\""', { type: 'string', value: 'zażółć 🦊 \u0000\n"' }],
  ['new Uint8Array([0, 255])', { type: 'bytes', value: 'AP8=' }],
  [
    '[1, "a"]',
    {
      type: 'list',
      items: [
        { type: 'float', value: 1 },
        { type: 'string', value: 'a' },
      ],
    },
  ],
  ['new Set([1])', { type: 'set', items: [{ type: 'float', value: 1 }] }],
  ['new Map([[1, null]])', { type: 'map', entries: [[{ type: 'float', value: 1 }, { type: 'null' }]] }],
  [
    '({ a: [true] })',
    {
      type: 'map',
      entries: [
        [
          { type: 'string', value: 'a' },
          { type: 'list', items: [{ type: 'boolean', value: true }] },
        ],
      ],
    },
  ],
  ['Promise.resolve(7)', { type: 'float', value: 7 }],
  ['new (class Point { x = 1 })()', { type: 'opaque', name: 'Point', text: 'Point { x: 1 }' }],
  ['Symbol("s")', { type: 'opaque', name: 'symbol', text: 'Symbol(s)' }],
];

const ARGUMENTS: readonly JsonValue[] = [null, true, 0, -1.5, 'é"\n', [1, [2]], { a: { b: [] } }, 9007199254740991];

export function values(under: SandboxUnderTest): void {
  describe('values', () => {
    it.each(PYTHON)('Python %s keeps its exact type', async (expression, value) => {
      const outcome = await outcomeOf(under(), job('python', `def f():\n    return ${expression}\n`, [call('f')]));
      expect(outcome).toMatchObject({ status: 'returned', value });
    });

    it.each(JAVASCRIPT)('JavaScript %s keeps its exact type', async (expression, value) => {
      const outcome = await outcomeOf(under(), job('javascript', `const f = () => ${expression}`, [call('f')]));
      expect(outcome).toMatchObject({ status: 'returned', value });
    });

    it('arguments arrive as the JSON that they are, in both languages', async () => {
      const python = await outcomeOf(
        under(),
        job(
          'python',
          'import json\ndef f(*given):\n    return json.dumps(given, separators=(",", ":"), ensure_ascii=False)',
          [call('f', ...ARGUMENTS)],
        ),
      );
      expect(python).toMatchObject({ status: 'returned', value: { value: JSON.stringify(ARGUMENTS) } });
      const javascript = await outcomeOf(
        under(),
        job('javascript', 'const f = (...given) => JSON.stringify(given)', [call('f', ...ARGUMENTS)]),
      );
      expect(javascript).toMatchObject({ status: 'returned', value: { value: JSON.stringify(ARGUMENTS) } });
    });

    it('named arguments go to the parameters of those names', async () => {
      const step = callNamed('f', { b: 'B', a: 'A' });
      for (const [language, source] of [
        ['python', 'def f(a, b):\n    return a + b'],
        ['javascript', 'function f(a, b = [1, 2], ...rest) { return a + b }'],
        ['javascript', 'const f = ({ a, b }) => a + b'],
      ] as const) {
        expect(await outcomeOf(under(), job(language, source, [step]))).toMatchObject({ value: { value: 'AB' } });
      }
    });

    it('a value too large or too deep is opaque instead of a burden', async () => {
      const python = await outcomeOf(under(), job('python', 'def f():\n    return [0] * 10_000_000', [call('f')]));
      expect(python).toMatchObject({ status: 'returned', value: { type: 'opaque', name: 'list' } });
      const cycle = await outcomeOf(
        under(),
        job('python', 'def f():\n    a = []\n    a.append(a)\n    return a', [call('f')]),
      );
      expect(cycle.status).toBe('returned');
      const javascript = await outcomeOf(
        under(),
        job('javascript', 'const f = () => { const a = {}; a.a = a; return [a, new Array(1e6).fill(0)] }', [call('f')]),
      );
      expect(javascript).toMatchObject({ status: 'returned', value: { type: 'opaque' } });
    });

    it('an object that calls itself equal to everything comes out opaque', async () => {
      const python =
        'class Same(int):\n    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 0\ndef f():\n    return [Same(1)]';
      expect(await outcomeOf(under(), job('python', python, [call('f')]))).toMatchObject({
        value: { type: 'list', items: [{ type: 'opaque', name: 'Same' }] },
      });
      const javascript = 'class Same { valueOf() { return 1 } toJSON() { return 1 } }\nconst f = () => [new Same()]';
      expect(await outcomeOf(under(), job('javascript', javascript, [call('f')]))).toMatchObject({
        value: { type: 'list', items: [{ type: 'opaque', name: 'Same' }] },
      });
    });
  });
}
