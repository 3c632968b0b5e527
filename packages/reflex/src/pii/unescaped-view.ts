import { isWithoutWidth } from '../injection/views/fold.ts';
import { type View, ViewBuilder } from '../injection/views/view.ts';
import { isDigit, isHex, isLetter } from './lexemes.ts';

/** Percent-encoding (RFC 3986, 2.1) of what is printed in ASCII, and characters without width; most texts have neither. */
const ESCAPED = /%[2-7][0-9a-f]|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/i;
const PERCENT = 0x25;
const DELETE = 0x7f;

/**
 * The text with percent-encoded characters as such and those without width left out, to look for values in: it is read instead of
 * the text, so that one such character does not make a long text cost twice. Null where there is nothing to do. URLs are looked for in
 * the text itself, as they end at a blank.
 */
export function unescapedView(text: string): View | null {
  if (!ESCAPED.test(text)) return null;
  const view = new ViewBuilder(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === PERCENT) {
      const plain = percentAt(text, at);
      view.add(plain ?? code, at, plain === null ? at + 1 : at + 3);
      if (plain !== null) at += 2;
    } else if (!isWithoutWidth(code) || parts(text, at, view)) view.add(code, at, at + 1);
  }
  return view.view();
}

function percentAt(text: string, at: number): number | null {
  if (!isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2))) return null;
  const code = Number.parseInt(text.slice(at + 1, at + 3), 16);
  return code >= 0x20 && code < DELETE ? code : null;
}

/** Between a letter and a digit it is taken for the end of a word: what stands there is more often two things than one. */
function parts(text: string, at: number, before: ViewBuilder): boolean {
  const last = before.codeAt(before.length - 1);
  const next = text.charCodeAt(at + 1);
  return (isLetter(last) && isDigit(next)) || (isDigit(last) && isLetter(next));
}
