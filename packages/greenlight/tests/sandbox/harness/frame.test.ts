import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../src/sandbox/harness/frame.ts';

const returned = (value: unknown) => verdictOf(`${JSON.stringify({ returned: value })}\n`);

describe('a frame of a box', () => {
  it('is one line with one key', () => {
    expect(verdictOf('{"ready":true}\n')).toEqual({ kind: 'began' });
    expect(verdictOf('')).toEqual({ kind: 'lost', reason: 'it gave no answer' });
    expect(verdictOf('{"ready":true}')).toEqual({ kind: 'lost', reason: 'its answer is incomplete' });
    expect(verdictOf('{"ready":true}\n{"ready":true}\n')).toEqual({
      kind: 'lost',
      reason: 'it gave more than one answer',
    });
    expect(verdictOf('{"ready":true,"exited":0}\n')).toEqual({ kind: 'lost', reason: 'its answer is malformed' });
    expect(verdictOf(`"${'x'.repeat(9_000_000)}"\n`)).toEqual({ kind: 'lost', reason: 'its answer is too long' });
  });

  it('carries an error with its place, which is left out when it is none', () => {
    expect(verdictOf('{"raised":{"type":"E","message":"m","file":"a.py","line":3,"column":1}}\n')).toEqual({
      kind: 'raised',
      error: { type: 'E', message: 'm', file: 'a.py', line: 3, column: 1 },
    });
    expect(verdictOf('{"syntax":{"type":"E","message":"m","line":-1,"column":0.5}}\n')).toEqual({
      kind: 'syntax-error',
      error: { type: 'E', message: 'm' },
    });
  });

  it('carries integers of any size', () => {
    fc.assert(
      fc.property(fc.bigInt(), (integer) => {
        expect(returned(['i', integer.toString(16)])).toEqual({
          kind: 'returned',
          value: { type: 'integer', value: integer.toString() },
        });
      }),
    );
  });

  it('carries only as many of the longest integers as are soon written in decimal', () => {
    const longest = ['i', 'f'.repeat(100_000)];
    const found = returned(['l', Array.from({ length: 6 }, () => longest)]);
    const kinds =
      found.kind === 'returned' && found.value.type === 'list' ? found.value.items.map(({ type }) => type) : [];
    expect(kinds).toEqual(['integer', 'integer', 'integer', 'integer', 'opaque', 'opaque']);
    const usual = returned(['l', Array.from({ length: 40_000 }, (_, index) => ['i', index.toString(16)])]);
    expect(usual).toMatchObject({ kind: 'returned' });
    expect(JSON.stringify(usual)).not.toContain('opaque');
  });

  it('carries bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const value = { type: 'bytes', value: Buffer.from(bytes).toString('base64') };
        expect(returned(['y', Buffer.from(bytes).toString('hex')])).toEqual({ kind: 'returned', value });
      }),
    );
  });

  it('that is any other JSON is a loss and never an exception', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(['lost', 'began', 'out-of-memory', 'exited']).toContain(
          verdictOf(`${json.replaceAll('\n', ' ')}\n`).kind,
        );
        expect(['lost', 'returned']).toContain(verdictOf(`{"returned":${json.replaceAll('\n', ' ')}}\n`).kind);
      }),
    );
  });

  it('with a wrong tag, arity or content is a loss', () => {
    const wrong = [
      ['q'],
      ['i', 'xyz'],
      ['i', 7],
      ['f', 'Nan'],
      ['f', null],
      ['s', 1],
      ['l', {}],
      ['m', [[['z']]]],
      ['m', [[['z'], ['z'], ['z']]]],
      7,
      null,
    ];
    for (const value of wrong) expect(returned(value)).toMatchObject({ kind: 'lost' });
  });
});
