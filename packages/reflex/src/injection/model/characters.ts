/** What a character is to the tokenizer. */
export const OTHER = 0;
export const LETTER = 1;
export const DIGIT = 2;
/** A letter of a script without blanks between words: each is a token of its own. */
export const IDEOGRAPH = 3;

/** Punctuation of Arabic and of the scripts of India. */
const PUNCTUATION: ReadonlySet<number> = new Set([0x060c, 0x061b, 0x061f, 0x06d4, 0x0964, 0x0965]);

const CODE_UNITS = 0x10000;
/** Up to here (Latin, Greek, Cyrillic, Armenian) letters have two cases. */
const CASED = 0x590;

/** By code unit. Tables, as every character of every text passes here. */
export const KINDS: Uint8Array = Uint8Array.from({ length: CODE_UNITS }, (_, code) => classify(code));

/** By code unit: the letter in lower case (its first code unit, if that has two); 0 for what is no LETTER. */
export const LETTERS: Uint16Array = Uint16Array.from({ length: CODE_UNITS }, (_, code) => {
  if (KINDS[code] !== LETTER) return 0;
  return code < CASED ? String.fromCharCode(code).toLowerCase().charCodeAt(0) : code;
});

export function kindOf(code: number): number {
  return KINDS[code] ?? OTHER;
}

function classify(code: number): number {
  if (code >= 0x30 && code <= 0x39) return DIGIT;
  if (code < 0x80) return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ? LETTER : OTHER;
  if (code < 0xc0 || code === 0xd7 || code === 0xf7) return OTHER;
  if (code >= 0x3040 && code <= 0x9fff) return code >= 0x4dc0 && code <= 0x4dff ? OTHER : IDEOGRAPH;
  if (code >= 0x0e00 && code <= 0x0e7f) return IDEOGRAPH;
  if (code >= 0x2000 && code <= 0x2bff) return OTHER;
  if (code >= 0x3000 && code <= 0x303f) return OTHER;
  if (code >= 0xd800 && code <= 0xf8ff) return OTHER;
  if (code >= 0xfe00) return OTHER;
  return PUNCTUATION.has(code) ? OTHER : LETTER;
}
