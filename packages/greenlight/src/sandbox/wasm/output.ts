/**
 * The captured output of the step under way, in memory that the pool still reads after it has ended the box.
 *
 * A thread has one such room for all of its boxes. Buffers made for each step cost hundreds of megabytes: shared memory is freed once the pool
 * and the thread have both collected their ends of it, and a thread that waits inside an instance hardly ever collects.
 *
 * Layout: six 32-bit integers (bytes of stdout, bytes of stderr, whether something was cut, the line that the step was last known to be
 * at, commands begun, bytes that each stream has), then the bytes of stdout and those of stderr.
 */
import { FLOOD_BYTES, MAX_OUTPUT_KB } from './limits.ts';

const HEADER_BYTES = 24;
const CUT = 2;
const LINE = 3;
const BEGUN = 4;
const CAPACITY = 5;

export type OutputStream = 0 | 1;

export interface CapturedOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

export const NO_OUTPUT: CapturedOutput = { stdout: '', stderr: '', truncated: false };

/** A thread's room: grows to the most that one of its jobs asks for, twice `MAX_OUTPUT_KB` at most. */
export function outputRoom(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES, { maxByteLength: HEADER_BYTES + 2 * MAX_OUTPUT_KB * 1024 });
}

/** The pool's end, before a job: `outputKb` KiB for each stream, and no command begun. Answers the room. */
export function prepareRoom(room: SharedArrayBuffer, outputKb: number): SharedArrayBuffer {
  const capacity = Math.min(Math.max(Math.floor(outputKb), 0), MAX_OUTPUT_KB) * 1024;
  room.grow(Math.max(room.byteLength, HEADER_BYTES + 2 * capacity));
  const header = headerOf(room).fill(0);
  header[CAPACITY] = capacity;
  return room;
}

/** The thread's end, before each command: what the one before has written is forgotten. */
export function beginCommand(room: SharedArrayBuffer): void {
  const header = headerOf(room).fill(0, 0, BEGUN);
  header[BEGUN] = (header[BEGUN] ?? 0) + 1;
}

/** The box's end, one for each command: keeps what fits and counts the rest. */
export class OutputWriter {
  readonly #header: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #capacity: number;
  #written = 0;

  constructor(room: SharedArrayBuffer) {
    this.#header = headerOf(room);
    this.#capacity = this.#header[CAPACITY] ?? 0;
    this.#bytes = new Uint8Array(room, HEADER_BYTES, 2 * this.#capacity);
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

/** How many commands have been begun since the room was prepared: what it holds is of the last one. */
export function begunIn(room: SharedArrayBuffer): number {
  return headerOf(room)[BEGUN] ?? 0;
}

/** The line of the learner's that the step was last known to be at. */
export function lineIn(room: SharedArrayBuffer): number | undefined {
  const line = headerOf(room)[LINE] ?? 0;
  return line > 0 ? line : undefined;
}

/** What the step has written so far, invalid UTF-8 replaced. */
export function outputIn(room: SharedArrayBuffer): CapturedOutput {
  const header = headerOf(room);
  const capacity = header[CAPACITY] ?? 0;
  const truncated = header[CUT] === 1;
  const text = (stream: OutputStream): string => {
    const length = header[stream] ?? 0;
    if (length === 0) return '';
    // A decoder refuses shared memory, so the bytes are copied out.
    const copy = Uint8Array.from(new Uint8Array(room, HEADER_BYTES + stream * capacity, length));
    return new TextDecoder().decode(copy, { stream: truncated });
  };
  return { stdout: text(0), stderr: text(1), truncated };
}

function headerOf(room: SharedArrayBuffer): Int32Array {
  return new Int32Array(room, 0, HEADER_BYTES / 4);
}
