import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLOOD_BYTES } from '../../../src/sandbox/wasm/limits.ts';
import { OutputWriter, outputIn, outputRoom, prepareRoom } from '../../../src/sandbox/wasm/output.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('captured output', () => {
  it('is what was written to each stream, however it was cut into writes', () => {
    const writes = fc.array(fc.tuple(fc.constantFrom(0 as const, 1 as const), fc.string({ unit: 'binary' })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(writes, (parts) => {
        const buffer = prepareRoom(outputRoom(), 64);
        const writer = new OutputWriter(buffer);
        for (const [stream, text] of parts) for (const byte of bytes(text)) writer.write(stream, Uint8Array.of(byte));
        const of = (stream: number) =>
          parts
            .filter(([which]) => which === stream)
            .map(([, text]) => text)
            .join('');
        const clean = (text: string) => new TextDecoder().decode(bytes(text));
        expect(outputIn(buffer)).toEqual({ stdout: clean(of(0)), stderr: clean(of(1)), truncated: false });
      }),
    );
  });

  it('beyond its room is cut at a whole character and said to be', () => {
    const buffer = prepareRoom(outputRoom(), 1);
    new OutputWriter(buffer).write(0, bytes(`x${'é'.repeat(1000)}`));
    expect(outputIn(buffer)).toEqual({ stdout: `x${'é'.repeat(511)}`, stderr: '', truncated: true });
  });

  it('of a step is at its end after so many bytes of both streams', () => {
    const writer = new OutputWriter(prepareRoom(outputRoom(), 0));
    expect(writer.write(0, new Uint8Array(FLOOD_BYTES - 1))).toBe(true);
    expect(writer.write(1, new Uint8Array(1))).toBe(true);
    expect(writer.write(1, new Uint8Array(1))).toBe(false);
  });
});
