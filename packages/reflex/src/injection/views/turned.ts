import { isLetter } from '../../ascii.ts';
import type { Span } from '../../verdict.ts';
import { type View, ViewBuilder } from './view.ts';

/** Text read to each side of a word that hints at hidden text. */
const AROUND = 1_000;

/** The parts of the text around those places, ascending and without overlaps. */
export function partsAround(text: string, places: readonly number[]): Span[] {
  const parts: Span[] = [];
  for (const place of places) {
    const last = parts.at(-1);
    const position = Math.max(place - AROUND, last ? last.position + last.length : 0);
    const end = Math.min(text.length, place + AROUND);
    if (last && position === last.position + last.length) {
      parts[parts.length - 1] = { position: last.position, length: end - last.position };
    } else parts.push({ position, length: end - position });
  }
  return parts;
}

/** Every letter turned by half the alphabet, which undoes ROT13. */
export function undoRot13(text: string, parts: readonly Span[] = wholeOf(text)): View {
  const builder = new ViewBuilder(roomFor(parts));
  for (const { position, length } of parts) {
    for (let at = position; at < position + length; at++) {
      const code = text.charCodeAt(at);
      const base = code & 0x20 ? 0x61 : 0x41;
      builder.add(isLetter(code) ? base + ((code - base + 13) % 26) : code, at, at + 1);
    }
    if (position + length < text.length) builder.add(NEWLINE, position + length, position + length);
  }
  return builder.view();
}

/** Each part from its end to its beginning. */
export function undoReversal(text: string, parts: readonly Span[] = wholeOf(text)): View {
  const builder = new ViewBuilder(roomFor(parts));
  for (const { position, length } of parts) {
    for (let at = position + length - 1; at >= position; at--) builder.add(text.charCodeAt(at), at, at + 1);
    if (position > 0) builder.add(NEWLINE, position, position);
  }
  return builder.view();
}

const NEWLINE = 0x0a;

function wholeOf(text: string): Span[] {
  return [{ position: 0, length: text.length }];
}

function roomFor(parts: readonly Span[]): number {
  return parts.reduce((sum, { length }) => sum + length + 1, 0);
}
