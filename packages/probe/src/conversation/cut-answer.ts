import { LONGEST_ANSWER_BYTES } from '../worker-contract/limits.ts';

export interface CutAnswer {
  readonly text: string;
  /** Bytes of UTF-8 that were not kept; 0: all of it is there. */
  readonly cutBytes: number;
}

/** Keeps LONGEST_ANSWER_BYTES of an answer, never half a character. */
export function cutAnswer(text: string): CutAnswer {
  // A UTF-16 unit has three bytes at most: shorter ones need no count.
  if (text.length * 3 <= LONGEST_ANSWER_BYTES) return { text, cutBytes: 0 };
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= LONGEST_ANSWER_BYTES) return { text, cutBytes: 0 };
  let end = LONGEST_ANSWER_BYTES;
  // Continuation bytes are 10xxxxxx.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return { text: bytes.subarray(0, end).toString('utf8'), cutBytes: bytes.length - end };
}
