/** The parts of a WebAssembly binary (https://webassembly.github.io/spec/core/binary/modules.html), to take apart and put together. */

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

/** The sections of a module, in order. */
export function sectionsOf(binary: Uint8Array): Section[] {
  const sections: Section[] = [];
  let at = 8;
  while (at < binary.length) {
    const id = binary[at];
    const size = readLeb(binary, at + 1);
    if (id === undefined) break;
    sections.push({ id, body: binary.subarray(size.end, size.end + size.value) });
    at = size.end + size.value;
  }
  return sections;
}

/** A section with its id and length. */
export function frame(id: number, body: Uint8Array): Uint8Array {
  return concatenate([Uint8Array.from([id, ...leb(body.length)]), body]);
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An unsigned number of at most 32 bits and where it ends. */
export function readLeb(bytes: Uint8Array, from: number): { value: number; end: number } {
  let value = 0;
  let shift = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return { value: value >>> 0, end: at + 1 };
    shift += 7;
  }
  throw new Error('the WebAssembly module ends inside a number');
}

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** Signed LEB128 of a positive number, as `i32.const` takes it. */
export function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest < 0x40) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}
