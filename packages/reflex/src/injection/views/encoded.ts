import { isHex, isLetter, valueOf } from '../../ascii.ts';
import { type View, ViewBuilder } from './view.ts';

/** Sticky, tried where a long word begins. */
const BASE64 = /[A-Za-z0-9+/_-]{16,8192}={0,2}/y;
const HEX = /(?:0x)?((?:[0-9a-fA-F]{2}){8,4096})(?![0-9A-Za-z])/y;
const LEAST_DECODED = 8;
/** Share of letters and blanks in what is language rather than data. */
const LANGUAGE = 0.85;
/** Most stretches decoded in one text. */
const MOST_STRETCHES = 64;

/** What the long words that begin at `starts` say in base64 or hexadecimal; each decoded character stands for its whole stretch. */
export function undoEncoding(text: string, starts: readonly number[]): View | null {
  const parts: { readonly decoded: string; readonly start: number; readonly end: number }[] = [];
  let free = 0;
  for (const start of starts) {
    if (start < free || parts.length >= MOST_STRETCHES) continue;
    const part = decodedAt(text, start);
    if (part === null) continue;
    parts.push({ ...part, start });
    free = part.end;
  }
  if (parts.length === 0) return null;
  const builder = new ViewBuilder(parts.reduce((sum, { decoded }) => sum + decoded.length + 1, 0));
  for (const { decoded, start, end } of parts) {
    for (let at = 0; at < decoded.length; at++) builder.add(decoded.charCodeAt(at), start, end);
    builder.add(NEWLINE, end, end);
  }
  return builder.view();
}

const NEWLINE = 0x0a;

function decodedAt(text: string, start: number): { readonly decoded: string; readonly end: number } | null {
  if (mayBeHex(text, start)) {
    HEX.lastIndex = start;
    const hex = HEX.exec(text);
    if (hex?.[1] !== undefined) {
      const decoded = Buffer.from(hex[1], 'hex').toString('utf8');
      if (isLanguage(decoded)) return { decoded, end: start + hex[0].length };
    }
  }
  if (!mayBeBase64(text, start)) return null;
  BASE64.lastIndex = start;
  const base64 = BASE64.exec(text)?.[0];
  if (base64 === undefined) return null;
  const decoded = Buffer.from(base64, 'base64').toString('utf8');
  return isLanguage(decoded) ? { decoded, end: start + base64.length } : null;
}

/** Bytes at the beginning that tell most of what is no text, before any of it is copied. */
const HEX_BYTES = 8;
const BASE64_GROUPS = 4;

function mayBeHex(text: string, start: number): boolean {
  const from = text.charCodeAt(start + 1) === SMALL_X && text.charCodeAt(start) === ZERO ? start + 2 : start;
  let before = 0;
  for (let byte = 0; byte < HEX_BYTES; byte++) {
    const high = text.charCodeAt(from + 2 * byte);
    const low = text.charCodeAt(from + 2 * byte + 1);
    if (!isHex(high) || !isHex(low)) return false;
    const code = valueOf(high) * 16 + valueOf(low);
    if (!mayFollow(before, code)) return false;
    before = code;
  }
  return true;
}

function mayBeBase64(text: string, start: number): boolean {
  let before = 0;
  for (let group = 0; group < BASE64_GROUPS; group++) {
    let bits = 0;
    for (let place = 0; place < 4; place++) {
      const value = BASE64_VALUES[text.charCodeAt(start + 4 * group + place)] ?? NONE;
      if (value === NONE) return false;
      bits = bits * 64 + value;
    }
    const first = bits >>> 16;
    const second = (bits >>> 8) & 0xff;
    const third = bits & 0xff;
    if (!mayFollow(before, first) || !mayFollow(first, second) || !mayFollow(second, third)) return false;
    before = third;
  }
  return true;
}

/** In UTF-8: no control character but a line's end, and what goes on a character only behind its beginning. */
function mayFollow(before: number, code: number): boolean {
  if (code < 0x20) return code === NEWLINE;
  return code < 0x80 || code >= 0xc0 || before >= 0x80;
}

const SMALL_X = 0x78;
const ZERO = 0x30;
const NONE = 0xff;
const BASE64_VALUES = valuesOf(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
);

/** By ASCII character: its place in one of the alphabets. */
function valuesOf(...alphabets: readonly string[]): Uint8Array {
  const values = new Uint8Array(128).fill(NONE);
  for (const alphabet of alphabets)
    for (const [value, character] of Array.from(alphabet).entries()) values[character.charCodeAt(0)] = value;
  return values;
}

function isLanguage(decoded: string): boolean {
  if (decoded.length < LEAST_DECODED) return false;
  let letters = 0;
  let blanks = 0;
  for (let at = 0; at < decoded.length; at++) {
    const code = decoded.charCodeAt(at);
    if (isLetter(code) || (code >= 0xc0 && code < 0xd800)) letters += 1;
    else if (code === 0x20 || code === NEWLINE) blanks += 1;
    else if (code < 0x20 || code === 0xfffd) return false;
  }
  return blanks > 0 && (letters + blanks) / decoded.length >= LANGUAGE;
}
