import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { render, renderCall } from '../../src/grader/render.ts';
import type { Value } from '../../src/index.ts';
import { anyJson, valueOf } from '../../testing/index.ts';

describe('render', () => {
  it.each<[Value, string, string]>([
    [{ type: 'null' }, 'None', 'null'],
    [{ type: 'undefined' }, 'undefined', 'undefined'],
    [{ type: 'boolean', value: true }, 'True', 'true'],
    [{ type: 'boolean', value: false }, 'False', 'false'],
    [{ type: 'integer', value: '-5' }, '-5', '-5n'],
    [{ type: 'float', value: 3 }, '3.0', '3'],
    [{ type: 'float', value: 0.1 }, '0.1', '0.1'],
    [{ type: 'float', value: 1e16 }, '1e+16', '10000000000000000'],
    [{ type: 'float', value: 0.00001 }, '1e-05', '0.00001'],
    [{ type: 'float', value: '-0' }, '-0.0', '-0'],
    [{ type: 'float', value: 'NaN' }, 'nan', 'NaN'],
    [{ type: 'float', value: '-Infinity' }, '-inf', '-Infinity'],
    [{ type: 'float', value: 'Infinity' }, 'inf', 'Infinity'],
    [{ type: 'string', value: "it's\n\u001b[31m\\" }, `"it's\\n\\x1b[31m\\\\"`, `"it's\\n\\x1b[31m\\\\"`],
    [{ type: 'string', value: `'"\u202e` }, `'\\'"\\u{202e}'`, `'\\'"\\u{202e}'`],
    [{ type: 'bytes', value: 'AEE=' }, "b'\\x00A'", 'Uint8Array [0, 65]'],
    [valueOf(['a', 1.5]), "['a', 1.5]", "['a', 1.5]"],
    [{ type: 'tuple', items: [valueOf('a')] }, "('a',)", "('a',)"],
    [{ type: 'tuple', items: [] }, '()', '()'],
    [{ type: 'set', items: [] }, 'set()', 'new Set()'],
    [{ type: 'set', items: [valueOf(10.5), valueOf(9.5)] }, '{9.5, 10.5}', 'new Set([9.5, 10.5])'],
    [{ type: 'set', items: [valueOf('b'), valueOf('a')] }, "{'a', 'b'}", "new Set(['a', 'b'])"],
    [valueOf({ a: true, 'b c': null }), "{'a': True, 'b c': None}", "{a: true, 'b c': null}"],
    [{ type: 'opaque', name: 'Point', text: 'Point(1)' }, '<Point: Point(1)>', '<Point: Point(1)>'],
    [{ type: 'opaque', name: 'Point', text: '' }, '<Point>', '<Point>'],
  ])('%j in both languages', (value, python, javascript) => {
    expect(render(value, 'python')).toBe(python);
    expect(render(value, 'javascript')).toBe(javascript);
  });

  it('shortens long texts, numbers and collections, and says so', () => {
    expect(render(valueOf('x'.repeat(500)), 'python')).toBe(`'${'x'.repeat(120)}'… (500 characters)`);
    expect(render({ type: 'integer', value: `-${'7'.repeat(100)}` }, 'python')).toMatch(
      /^-7{19}…7{20} \(100 digits\)$/,
    );
    expect(render(valueOf(Array.from({ length: 100 }, () => 1)), 'python')).toMatch(/1, … 70 more\]$/);
  });

  it('is short whatever it is given, and holds nothing that steers a terminal', () => {
    fc.assert(
      fc.property(anyJson(6), (json) => {
        const text = render(valueOf(json), 'python');
        return text.length <= 301 && !/\p{Cc}/u.test(text);
      }),
    );
  });

  it('costs no more for a huge value than what is shown of it', () => {
    let value: Value = { type: 'null' };
    for (let depth = 0; depth < 12; depth += 1) {
      value = { type: 'list', items: Array.from({ length: 30 }, () => value) };
    }
    expect(render(value, 'python')).toHaveLength(301);
  });
});

describe('renderCall', () => {
  it('writes a call as its language does', () => {
    expect(renderCall('f', [[1, 2.5], 'x', null, true], 'python')).toBe("f([1, 2.5], 'x', None, True)");
    expect(renderCall('f', { a: 1, b: { c: [] } }, 'python')).toBe("f(a=1, b={'c': []})");
    expect(renderCall('f', { a: 1 }, 'javascript')).toBe('f({ a: 1 })');
    expect(renderCall('f', ['x'.repeat(100), 'y'.repeat(100), 'z'.repeat(200)], 'python').length).toBeLessThan(310);
  });
});
