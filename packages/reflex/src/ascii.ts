/** What a character is, by its code unit; false for the NaN that `charCodeAt` gives outside of a text. */

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

export function isHex(code: number): boolean {
  const lower = code | 0x20;
  return isDigit(code) || (lower >= 0x61 && lower <= 0x66);
}

/** `[A-Za-z0-9_]`. */
export function isWordCharacter(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 0x5f;
}

/** `[A-Za-z0-9]`. */
export function isAlphanumeric(code: number): boolean {
  return isLetter(code) || isDigit(code);
}

/** `[A-Za-z0-9.-]`: what host names are made of. */
export function isHostCharacter(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2d || code === 0x2e;
}

/** What a digit or letter stands for, 0 to 35, in numbers of up to that base. */
export function valueOf(code: number): number {
  return isDigit(code) ? code - 0x30 : (code | 0x20) - 0x61 + 10;
}

/** By ASCII code: 1 for each of the characters. Faster to ask than a Set where it is asked for every character of a text. */
export function asciiSet(characters: string): Uint8Array {
  const set = new Uint8Array(128);
  for (let at = 0; at < characters.length; at++) set[characters.charCodeAt(at)] = 1;
  return set;
}
