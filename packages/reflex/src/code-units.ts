/**
 * The code units of a text in an array: to read them one by one there costs a fraction of asking the string for each, which may be a piece of
 * another one. The array is used again for the next text.
 */

/** Longer texts get an array of their own, which nobody keeps. */
const LONGEST_KEPT = 131_072;

class CodeUnits {
  readonly codes: Uint16Array;
  private readonly bytes: Buffer;

  constructor(characters: number) {
    this.bytes = Buffer.allocUnsafeSlow((characters + 1) * 2);
    this.codes = new Uint16Array(this.bytes.buffer, this.bytes.byteOffset, characters + 1);
  }

  read(text: string): Uint16Array {
    this.bytes.write(text, 0, 'utf16le');
    this.codes[text.length] = 0;
    return this.codes;
  }
}

const KEPT: { units: CodeUnits } = { units: new CodeUnits(4_096) };

/** The text's code units, and a 0 behind them; what stands behind that is of other texts. They hold until the next text is read. */
export function codeUnitsOf(text: string): Uint16Array {
  const { units } = KEPT;
  if (text.length < units.codes.length) return units.read(text);
  const larger = new CodeUnits(Math.max(text.length, Math.min(LONGEST_KEPT, units.codes.length * 2)));
  if (text.length <= LONGEST_KEPT) KEPT.units = larger;
  return larger.read(text);
}

/** The engine counts bytes many characters at a time. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** By ASCII code: 1 for each of the characters. Faster to ask than a Set where it is asked for every character of a text. */
export function asciiSet(characters: string): Uint8Array {
  const set = new Uint8Array(128);
  for (let at = 0; at < characters.length; at++) set[characters.charCodeAt(at)] = 1;
  return set;
}
