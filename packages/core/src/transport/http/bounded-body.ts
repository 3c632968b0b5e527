/** Reading a body of unknown size without holding more of it than wanted. */
import { AnswerTooLarge } from './exchange.ts';

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
  return Buffer.concat(parts).toString('utf8');
}

/** Its first `maxBytes` as UTF-8 text, or what there is when it breaks off. Leaving the loop gives up the rest. */
export async function readBeginning(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      parts.push(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.byteLength;
      if (bytes > maxBytes) break;
    }
  } catch {
    // The status says what happened; a body that breaks off on top of it changes nothing.
  }
  return Buffer.concat(parts).toString('utf8');
}
