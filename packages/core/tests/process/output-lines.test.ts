import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutputLines } from '../../src/process/output-lines.ts';
import { processLimits } from '../../src/process/process-options.ts';

function linesOf(chunks: readonly Buffer[], maxLineChars: number, stderrTailLines = 1_000, secrets: string[] = []) {
  const lines: string[] = [];
  const output = new OutputLines(processLimits({ timeLimitMs: 0, maxLineChars, stderrTailLines }), secrets, (line) =>
    lines.push(line),
  );
  for (const chunk of chunks) output.push(chunk);
  const tail = output.end('complete');
  return { lines, tail, truncated: output.truncated };
}

test('lines are the same wherever the bytes are cut, and none is longer than its bound', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', '\r\n'), maxLength: 40 });
  fc.assert(
    fc.property(
      text,
      fc.array(fc.nat({ max: 100 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 8 }),
      (all, cuts, max) => {
        const bytes = Buffer.from(all);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted((a, b) => a - b);
        const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        const expected = all.split(/\r?\n/);
        if (expected.at(-1) === '') expected.pop();
        const { lines, tail, truncated } = linesOf(chunks, max);
        expect(lines).toEqual(expected.map((line) => (line.length > max ? `${line.slice(0, max)}…` : line)));
        expect(tail).toBe(lines.join('\n'));
        expect(truncated).toBe(expected.some((line) => line.length > max));
      },
    ),
    { numRuns: 500 },
  );
});

test('the tail keeps the last lines and says that earlier ones are gone', () => {
  expect(linesOf([Buffer.from('a\nb\nc\n')], 10, 2)).toEqual({ lines: ['a', 'b', 'c'], tail: 'b\nc', truncated: true });
  expect(linesOf([Buffer.from('a\nb\n')], 10, 2).truncated).toBe(false);
  expect(linesOf([Buffer.from('a\n')], 10, 0)).toEqual({ lines: ['a'], tail: '', truncated: true });
});

test('a secret cut apart by a chunk, a line ending or the bound of a line is not let out', () => {
  const chunks = ['key sec', 'ret-1 and two-', '\nlines end'].map((chunk) => Buffer.from(chunk));
  expect(linesOf(chunks, 10, 9, ['secret-1', 'two-\nlines']).lines).toEqual(['key [redac…']);
});
