/**
 * The captured output of one step, in memory that the pool still reads after it has ended the box.
 *
 * Layout: four 32-bit integers (bytes of stdout, bytes of stderr, whether something was cut, the line
 * that the step was last known to be at), then the bytes of
 * stdout and of stderr, each with half of the rest.
 */
import { FLOOD_BYTES, MAX_OUTPUT_KB } from './limits.ts';

const HEADER_BYTES = 16;
const CUT = 2;
const LINE = 3;

export type OutputStream = 0 | 1;

/** Room for one step's output, `outputKb` KiB for each stream. */
export function outputBuffer(outputKb: number): SharedArrayBuffer {
  const kib = Math.min(Math.max(Math.floor(outputKb), 0), MAX_OUTPUT_KB);
  return new SharedArrayBuffer(HEADER_BYTES + 2 * kib * 1024);
}

/** The box's end: keeps what fits and counts the rest. */
export class OutputWriter {
  readonly #header: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #capacity: number;
  #written = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.#header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(buffer, HEADER_BYTES);
    this.#capacity = this.#bytes.length / 2;
  }

  /** Takes bytes of stdout (0) or stderr (1). False once the step has written more than any step may. */
  write(stream: OutputStream, bytes: Uint8Array): boolean {
    const used = this.#header[stream] ?? 0;
    const kept = Math.min(bytes.length, this.#capacity - used);
    this.#bytes.set(bytes.subarray(0, kept), stream * this.#capacity + used);
    this.#header[stream] = used + kept;
    if (kept < bytes.length) this.#header[CUT] = 1;
    this.#written += bytes.length;
    return this.#written <= FLOOD_BYTES;
  }

  /** Notes where the step is; 0 for nowhere known. */
  mark(line: number): void {
    this.#header[LINE] = line;
  }
}

/** The line of the learner's that a step was last known to be at. */
export function readLine(buffer: SharedArrayBuffer): number | undefined {
  const line = new Int32Array(buffer, 0, HEADER_BYTES / 4)[LINE] ?? 0;
  return line > 0 ? line : undefined;
}

/** The pool's end: what a step has written so far, invalid UTF-8 replaced. */
export function readOutput(buffer: SharedArrayBuffer): { stdout: string; stderr: string; truncated: boolean } {
  const header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
  const bytes = new Uint8Array(buffer, HEADER_BYTES);
  const capacity = bytes.length / 2;
  const truncated = header[CUT] === 1;
  const text = (stream: OutputStream) => {
    const start = stream * capacity;
    // A decoder refuses shared memory, so the bytes are copied out.
    const copy = Uint8Array.from(bytes.subarray(start, start + (header[stream] ?? 0)));
    return new TextDecoder().decode(copy, { stream: truncated });
  };
  return { stdout: text(0), stderr: text(1), truncated };
}
