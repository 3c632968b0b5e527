/** Reading a body of unknown size without holding more of it than wanted. */
import { AnswerTooLarge } from './exchange.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * All of it as UTF-8 text.
 *
 * @throws {AnswerTooLarge} as soon as it is longer than `maxBytes`
 */
export async function readAll(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new AnswerTooLarge();
    parts.push(chunk);
  }
  return decoded(parts, maxBytes);
}

/** Its first `maxBytes` as UTF-8 text, or what there is when it breaks off. Leaving the loop gives up the rest. */
export async function readBeginning(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      parts.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > maxBytes) break;
    }
  } catch {
    // The status says what happened; a body that breaks off on top of it changes nothing.
  }
  return decoded(parts, maxBytes);
}

/** The first `maxBytes` of a body as UTF-8 text, without a byte order mark (RFC 8259, section 8.1, lets a reader ignore it). */
export function decoded(parts: readonly Uint8Array[], maxBytes: number): string {
  const [first = new Uint8Array()] = parts;
  const bytes = parts.length > 1 ? Buffer.concat(parts) : Buffer.from(first.buffer, first.byteOffset, first.length);
  const text = bytes.toString('utf8', 0, maxBytes);
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
