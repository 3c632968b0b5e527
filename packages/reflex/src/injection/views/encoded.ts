import { isLetter } from '../../pii/lexemes.ts';
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
  HEX.lastIndex = start;
  const hex = HEX.exec(text);
  if (hex?.[1] !== undefined) {
    const decoded = Buffer.from(hex[1], 'hex').toString('utf8');
    if (isLanguage(decoded)) return { decoded, end: start + hex[0].length };
  }
  BASE64.lastIndex = start;
  const base64 = BASE64.exec(text)?.[0];
  if (base64 === undefined) return null;
  const decoded = Buffer.from(base64, 'base64').toString('utf8');
  return isLanguage(decoded) ? { decoded, end: start + base64.length } : null;
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
