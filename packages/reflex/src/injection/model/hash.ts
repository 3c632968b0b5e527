/** FNV-1a over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv/), and a finish that spreads it over the low bits. */
export const HASH_START = 0x811c9dc5 | 0;

export function hashCharacter(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** From the finaliser of MurmurHash3. */
export function spread(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
