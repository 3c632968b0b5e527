import { Redactor } from './redactor.ts';

const NEWLINE = 0x0a;

/** What came on a worker's stdout. */
export type Arrival =
  /** Nothing whole yet. */
  | { readonly is: 'part' }
  /** `more`: something followed the line at once. */
  | { readonly is: 'line'; readonly line: string; readonly more: boolean }
  | { readonly is: 'too-long' };

/**
 * Bytes in, one line out: collected up to the newline, never more than `maxBytes` of them, decoded as a whole (a newline
 * is no part of another character in UTF-8), redacted.
 */
export class AnswerLines {
  readonly #maxBytes: number;
  readonly #secrets: readonly string[];
  #chunks: Buffer[] = [];
  #bytes = 0;
  #truncated = false;

  constructor(maxBytes: number, secrets: readonly string[]) {
    this.#maxBytes = maxBytes;
    this.#secrets = secrets;
  }

  /** True once a line was too long. */
  get truncated(): boolean {
    return this.#truncated;
  }

  push(chunk: Buffer): Arrival {
    const at = chunk.indexOf(NEWLINE);
    const part = at < 0 ? chunk : chunk.subarray(0, at);
    const room = this.#maxBytes - this.#bytes;
    this.#chunks.push(part.subarray(0, room));
    this.#bytes += Math.min(part.length, room);
    if (part.length > room) {
      this.#truncated = true;
      return { is: 'too-long' };
    }
    if (at < 0) return { is: 'part' };
    return { is: 'line', line: this.take('complete'), more: at + 1 < chunk.length };
  }

  /**
   * What there is of the line by now; it is forgotten.
   * @param writer `cut-off` when the line did not end: half a secret at its end is then replaced as well
   */
  take(writer: 'complete' | 'cut-off'): string {
    const text = Buffer.concat(this.#chunks.splice(0)).toString('utf8');
    this.#bytes = 0;
    const redactor = new Redactor(this.#secrets);
    return redactor.push(text.replace(/\r$/, '')) + redactor.end(writer);
  }
}
