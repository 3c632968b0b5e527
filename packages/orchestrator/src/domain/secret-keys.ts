/** The text form of secret keys. */

/** 32 bytes each; the first is used for what is new, the others for what they were used for before. */
export type SecretKeys = readonly [Uint8Array, ...Uint8Array[]];

const HEX = /^[0-9a-f]{64}$/i;
/** 32 bytes are 43 characters of base64, or of base64url, and a sign that fills up. */
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/** One key, or several with commas, spaces or line ends between them; null when a part is none. */
export function readSecretKeys(text: string): SecretKeys | null {
  const keys: Uint8Array[] = [];
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const key = readKey(word);
    if (key === null) return null;
    keys.push(key);
  }
  const [first, ...older] = keys;
  return first === undefined ? null : [first, ...older];
}

function readKey(word: string): Uint8Array | null {
  if (HEX.test(word)) return Uint8Array.from(word.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (!BASE64.test(word)) return null;
  const plain = atob(word.replace(/=$/, '').replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
