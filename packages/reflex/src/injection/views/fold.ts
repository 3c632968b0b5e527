import { isLetter } from '../../ascii.ts';
import { isAscii } from '../../code-units.ts';
import { type View, ViewBuilder } from './view.ts';

export interface Folded extends View {
  /** Characters without width or for turning the direction of writing that stood between two ASCII letters. */
  readonly hidden: number;
  /** Letters of other alphabets, or in fancy styles, that stood for Latin ones. */
  readonly lookalikes: number;
  /** What was written in characters that no screen shows (Unicode tags); null when nothing was. */
  readonly invisible: View | null;
}

/** Cyrillic and Greek letters that look like Latin ones, each followed by the one it looks like (Unicode confusables, UTS 39). */
const LOOKALIKES =
  '\u0430a\u0435e\u043eo\u0440p\u0441c\u0443y\u0445x\u0456i\u0458j\u0455s\u04bbh\u0501d\u051bq\u051dw\u0433r\u043am\u0442t\u0432b\u043dh\u043ck\u04cfl\u0410A\u0412B\u0415E\u041aK\u041cM\u041dH\u041eO\u0420P\u0421C\u0422T\u0423Y\u0425X\u0406I\u0408J\u0405S\u03b1a\u03b5e\u03b9i\u03bao\u03bfo\u03c1p\u03c5u\u03bdv\u03c7x\u03c4t\u03b3y\u0391A\u0392B\u0395E\u0396Z\u0397H\u0399I\u039aK\u039cM\u039dN\u039fO\u03a1P\u03a4T\u03a5Y\u03a7X';
const LATIN_OF: ReadonlyMap<number, number> = new Map(
  Array.from({ length: LOOKALIKES.length / 2 }, (_, index) => [
    LOOKALIKES.charCodeAt(index * 2),
    LOOKALIKES.charCodeAt(index * 2 + 1),
  ]),
);

/**
 * The text as a reader sees it in plain letters: full-width and styled letters folded, characters without width left out, marks over
 * letters left out, and letters of other alphabets turned into the Latin ones they look like where a word mixes both. Null where
 * there is nothing to do.
 */
export function fold(text: string): Folded | null {
  if (isAscii(text) || !needsFolding(text)) return null;
  const visible = new ViewBuilder(text.length);
  let tags: ViewBuilder | null = null;
  let hidden = 0;
  let styled = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0xa0) visible.add(code, at, at + 1);
    else if (isSurrogate(code)) {
      const point = text.codePointAt(at) ?? code;
      const end = point > 0xffff ? at + 2 : at + 1;
      if (point >= 0xe0020 && point <= 0xe007e) {
        // Two code units each.
        tags ??= new ViewBuilder((text.length - at) >> 1);
        tags.add(point - 0xe0000, at, end);
      } else {
        const plain = plainOf(point, text.slice(at, end));
        if (plain !== code) styled += 1;
        visible.add(plain, at, end);
      }
      at = end - 1;
    } else if (isLeftOut(code)) {
      if (isLetter(text.charCodeAt(at - 1)) && isLetter(text.charCodeAt(at + 1))) hidden += 1;
    } else {
      const plain = plainOf(code, text.charAt(at));
      if (plain !== code && isLetter(plain)) styled += 1;
      visible.add(plain, at, at + 1);
    }
  }
  const lookalikes = styled + replaceLookalikes(visible);
  return { ...visible.view(), hidden, lookalikes, invisible: tags?.view() ?? null };
}

/** Texts in the letters that they are written in need none. */
function needsFolding(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0xa0 || (code > 0x52f && code < 0x1000) || (code > 0x3000 && code < 0xd800)) continue;
    if ((code >= 0x370 && code <= 0x52f) || isSurrogate(code) || isLeftOut(code)) return true;
    if (plainOf(code, text.charAt(at)) !== code) return true;
  }
  return false;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

/** Without width, for turning the direction, for choosing a glyph, and marks that stand over the letter before. */
function isLeftOut(code: number): boolean {
  if (isWithoutWidth(code) || code === 0x34f || code === 0x61c || code === 0x180e) return true;
  return (code >= 0x300 && code <= 0x36f) || (code >= 0xfe00 && code <= 0xfe0f);
}

/** Without width, or for turning the direction. */
export function isWithoutWidth(code: number): boolean {
  if (code < 0x200b) return code === 0xad;
  return code <= 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code === 0xfeff;
}

/** The first code unit of the character's compatible form (NFKC); only for the ranges where styles are. */
function plainOf(point: number, character: string): number {
  if (point >= 0xff01 && point <= 0xff5e) return point - 0xfee0;
  const styled =
    (point >= 0x1d400 && point <= 0x1d7ff) ||
    (point >= 0x1f130 && point <= 0x1f189) ||
    (point >= 0x2070 && point <= 0x209f) ||
    (point >= 0x2100 && point <= 0x214f) ||
    (point >= 0x2460 && point <= 0x24ff) ||
    (point >= 0x1d2c && point <= 0x1d6a) ||
    point === 0x3000 ||
    point === 0xa0;
  if (!styled) return character.charCodeAt(0);
  const plain = character.normalize('NFKC').charCodeAt(0);
  return plain < 0x80 ? plain : character.charCodeAt(0);
}

/** Turns them in words that have Latin letters too, and everywhere if the text has no other letters of their alphabets. */
function replaceLookalikes(text: ViewBuilder): number {
  const places: number[] = [];
  let foreign = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.codeAt(at);
    if (code < 0x370 || code > 0x52f) continue;
    if (LATIN_OF.has(code)) places.push(at);
    else foreign = true;
  }
  let replaced = 0;
  for (const at of places) {
    if (foreign && !hasLatinNeighbour(text, at)) continue;
    text.replace(at, LATIN_OF.get(text.codeAt(at)) ?? 0);
    replaced += 1;
  }
  return replaced;
}

/** As many letters to each side are looked at. */
const NEIGHBOURS = 12;

function hasLatinNeighbour(text: ViewBuilder, at: number): boolean {
  for (const step of [-1, 1]) {
    for (let distance = 1; distance <= NEIGHBOURS; distance++) {
      const code = text.codeAt(at + step * distance);
      if (isLetter(code)) return true;
      if (code < 0x370 || code > 0x52f) break;
    }
  }
  return false;
}
