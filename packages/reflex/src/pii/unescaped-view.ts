import { isDigit, isHex, isLetter, valueOf } from '../ascii.ts';
import { codeUnitsOf } from '../code-units.ts';
import { isWithoutWidth } from '../injection/views/fold.ts';
import { type View, ViewBuilder } from '../injection/views/view.ts';

/** Percent-encoding (RFC 3986, 2.1) of what is printed in ASCII, and characters without width; most texts have neither. */
const ESCAPED = /%[2-7][0-9a-f]|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/i;
const PERCENT = 0x25;
/** The first of those without width. */
const SOFT_HYPHEN = 0xad;
const DELETE = 0x7f;

/**
 * The text with percent-encoded characters as such and those without width left out, to look for values in: it is read instead of
 * the text, so that one such character does not make a long text cost twice. Null where there is nothing to do. URLs are looked for in
 * the text itself, as they end at a blank.
 */
export function unescapedView(text: string): View | null {
  if (!ESCAPED.test(text)) return null;
  const { length } = text;
  const codes = codeUnitsOf(text);
  const view = new ViewBuilder(length);
  for (let at = 0; at < length; at++) {
    const code = codes[at] ?? 0;
    if (code === PERCENT) {
      const plain = percentAt(codes, at);
      view.add(plain ?? code, at, plain === null ? at + 1 : at + 3);
      if (plain !== null) at += 2;
    } else if (code < SOFT_HYPHEN || !isWithoutWidth(code) || parts(codes, at, view)) view.add(code, at, at + 1);
  }
  return view.view();
}

function percentAt(codes: Uint16Array, at: number): number | null {
  const high = codes[at + 1] ?? 0;
  const low = codes[at + 2] ?? 0;
  // Behind the text stands a 0, and what is behind that is not looked at.
  if (!isHex(high) || !isHex(low)) return null;
  const code = valueOf(high) * 16 + valueOf(low);
  return code >= 0x20 && code < DELETE ? code : null;
}

/** Between a letter and a digit it is taken for the end of a word: what stands there is more often two things than one. */
function parts(codes: Uint16Array, at: number, before: ViewBuilder): boolean {
  const last = before.codeAt(before.length - 1);
  const next = codes[at + 1] ?? 0;
  return (isLetter(last) && isDigit(next)) || (isDigit(last) && isLetter(next));
}
