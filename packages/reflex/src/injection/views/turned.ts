import { isLetter } from '../../pii/lexemes.ts';
import { type View, ViewBuilder } from './view.ts';

/** Every letter turned by half the alphabet, which undoes ROT13. */
export function undoRot13(text: string): View {
  const builder = new ViewBuilder(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const base = code & 0x20 ? 0x61 : 0x41;
    builder.add(isLetter(code) ? base + ((code - base + 13) % 26) : code, at, at + 1);
  }
  return builder.view();
}

/** The text from its end to its beginning. */
export function undoReversal(text: string): View {
  const builder = new ViewBuilder(text.length);
  for (let at = text.length - 1; at >= 0; at--) builder.add(text.charCodeAt(at), at, at + 1);
  return builder.view();
}
