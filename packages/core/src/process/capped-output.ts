import { StringDecoder } from 'node:string_decoder';
import { Redactor } from './redactor.ts';

/**
 * The beginning of an output: bytes in, text out, decoded as one UTF-8 stream, redacted, and never more than its cap.
 * A character that the cap cuts in two is left out; other bytes that are not UTF-8 become U+FFFD.
 */
export class CappedOutput {
  readonly #maxBytes: number;
  readonly #decoder = new StringDecoder('utf8');
  readonly #redactor: Redactor;
  readonly #parts: string[] = [];
  #bytes = 0;
  #truncated = false;

  constructor(maxBytes: number, secrets: readonly string[]) {
    this.#maxBytes = maxBytes;
    this.#redactor = new Redactor(secrets);
  }

  /** True once there was more than the cap. */
  get truncated(): boolean {
    return this.#truncated;
  }

  push(chunk: Buffer): void {
    if (this.#truncated) return;
    const room = this.#maxBytes - this.#bytes;
    this.#truncated = chunk.length > room;
    const kept = this.#truncated ? chunk.subarray(0, room) : chunk;
    this.#bytes += kept.length;
    this.#parts.push(this.#redactor.push(this.#decoder.write(kept)));
  }

  /** @param writer `cut-off` when it was ended before it was done: half a secret at the end is then replaced as well */
  end(writer: 'complete' | 'cut-off'): string {
    if (!this.#truncated) this.#parts.push(this.#redactor.push(this.#decoder.end()));
    this.#parts.push(this.#redactor.end(this.#truncated ? 'cut-off' : writer));
    return this.#parts.splice(0).join('');
  }
}
