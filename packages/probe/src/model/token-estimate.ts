/** Characters (UTF-16 code units) a token, where no tokenizer is at hand: the usual figure for English prose. */
export const CHARACTERS_PER_TOKEN = 4;

/** Tokens of a text, estimated; 0 for the empty text only. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
