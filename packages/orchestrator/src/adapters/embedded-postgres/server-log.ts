/**
 * The server's own log: bounded on disk and in memory.
 *
 * Owns: `postgres.log` and its one predecessor `postgres.log.1` in the data directory (0600).
 * 1. The two files together never hold more than about twice `maxBytes`.
 * 2. The last lines are kept in memory, so that an error can show them whatever became of the files.
 * 3. Trouble with the file (a full disk) never disturbs the server or its parent.
 */
import { appendFileSync, chmodSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '@switchyard/core';

/** A quiet server writes a few lines a day; a noisy one keeps its last hours. */
const MAX_BYTES = 1_048_576;
const LAST_LINES = 20;
/** A longer line is cut: one broken statement must not fill the memory. */
const MAX_LINE_CHARS = 2_000;

export class ServerLog {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #lastLines: string[] = [];
  #partial = '';
  #size: number;

  constructor(dataDir: string, maxBytes: number = MAX_BYTES) {
    this.path = join(dataDir, 'postgres.log');
    this.#maxBytes = maxBytes;
    this.#size = sizeOf(this.path);
  }

  /** Takes a piece of output as it comes, lines cut anywhere. */
  write(chunk: string): void {
    const lines = (this.#partial + chunk).split('\n');
    this.#partial = (lines.pop() ?? '').slice(0, MAX_LINE_CHARS);
    if (lines.length === 0) return;
    const kept = lines.map((line) => line.slice(0, MAX_LINE_CHARS));
    this.#lastLines.push(...kept.slice(-LAST_LINES));
    this.#lastLines.splice(0, this.#lastLines.length - LAST_LINES);
    this.#append(`${kept.join('\n')}\n`);
  }

  /** The last lines, oldest first. */
  lastLines(): string[] {
    return this.#partial === '' ? [...this.#lastLines] : [...this.#lastLines, this.#partial];
  }

  #append(text: string): void {
    try {
      if (this.#size + text.length > this.#maxBytes && this.#size > 0) {
        renameSync(this.path, `${this.path}.1`);
        this.#size = 0;
      }
      // Synchronous, so that the lines before a crash of ours are on disk; a few lines a day cost nothing.
      appendFileSync(this.path, text, { mode: 0o600 });
      if (this.#size === 0) chmodSync(this.path, 0o600);
      this.#size += text.length;
    } catch {
      // Invariant 3: the last lines in memory remain.
    }
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}
