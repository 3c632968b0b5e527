/** FNV-1a over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv/). */
export const HASH_START = 0x811c9dc5 | 0;

export const PRIME = 0x01000193;

export function hashCharacter(hash: number, code: number): number {
  return Math.imul(hash ^ code, PRIME);
}
