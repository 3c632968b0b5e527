/** A text's code units in an array: to read them one by one there costs a fraction of asking the string for each, which may be a piece of another. */
import { keptSpace } from './kept-space.ts';

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

const spaceFor = keptSpace((characters) => new CodeUnits(characters));

/** The text's code units, and a 0 behind them; what stands behind that is of other texts. They hold until the next text is read. */
export function codeUnitsOf(text: string): Uint16Array {
  return spaceFor(text.length).read(text);
}

/** The engine counts bytes many characters at a time. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
