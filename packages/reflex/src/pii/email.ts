import { asciiSet, isAlphanumeric, isHostCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import type { Subject } from './lexemes.ts';

/** RFC 5321, 4.5.3.1: at most 64 octets before the `@`, 255 after it; a label has at most 63 (RFC 1035, 2.3.4). */
const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 255;
const LONGEST_LABEL = 63;
const TOP_LEVEL = /^(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/iu;

/** What ends a file's name rather than a host's: `icon@2x.png`. */
const FILE_ENDINGS: ReadonlySet<string> = new Set(['png', 'jpg', 'jpeg', 'gif', 'svg', 'webp', 'css', 'js', 'ts']);

/** Kept free for examples by RFC 2606: nobody's address, but found, as people use them to stand in for a real one. */
const RESERVED = /(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/i;

/** How far before the address a `scheme://` makes it the user information of a URL. */
const URL_WINDOW = 80;

/**
 * E-mail addresses (unquoted local parts, host names with a top-level domain). Walks outwards from each `@`, so the
 * time is linear in the text whatever it holds. Letters of alphabets count (RFC 6531): of `josé@acme.io` nothing may be left standing.
 */
export function findEmails({ text, lexemes }: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  for (const at of lexemes.ats) {
    const start = localStart(text, at);
    if (start === null) continue;
    const domain = domainAfter(text, at + 1);
    if (domain === null || isNobodys(text, start, at)) continue;
    const confidence = RESERVED.test(domain) ? 0.6 : 0.95;
    found.push({ type: 'Email', position: start, length: at + 1 + domain.length - start, confidence });
  }
  return found;
}

/** Where the local part before the `@` at `at` begins; null when there is none, or one too long to be valid. */
function localStart(text: string, at: number): number | null {
  let start = at;
  while (start > 0 && isLocalCharacter(text.charCodeAt(start - 1))) {
    if (text.charAt(start - 1) === '.' && (start === at || text.charAt(start) === '.')) break;
    start -= 1;
    if (at - start > LONGEST_LOCAL) return null;
  }
  while (start < at && "'.-%+".includes(text.charAt(start))) start += 1;
  return start === at ? null : start;
}

/** `[A-Za-z0-9._%+'-]`: what mail systems give out, out of what RFC 5322 would allow; and letters of other alphabets. */
function isLocalCharacter(code: number): boolean {
  return isAlphanumeric(code) || LOCAL_SIGNS[code] === 1 || isForeignLetter(code);
}

/**
 * Latin, Greek and Cyrillic letters beyond ASCII, and marks over letters. Scripts that write words without blanks between them are no part of
 * it: there an address stands right behind the word before.
 */
function isForeignLetter(code: number): boolean {
  if (code < 0xc0) return false;
  return code <= 0x52f ? code !== 0xd7 && code !== 0xf7 : code >= 0x1e00 && code <= 0x1fff;
}

const LOCAL_SIGNS = asciiSet("%'+-._");

/** The host name that begins at `start`; null when what stands there is none. */
function domainAfter(text: string, start: number): string | null {
  let end = start;
  while (end - start <= LONGEST_DOMAIN && isInDomain(text.charCodeAt(end))) end += 1;
  if (end - start > LONGEST_DOMAIN) return null;
  while (end > start && isSign(text.charCodeAt(end - 1))) end -= 1;
  let label = start;
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at) !== DOT) continue;
    if (!isLabel(text, label, at)) return null;
    label = at + 1;
  }
  const top = text.slice(label, end);
  if (label === start || !TOP_LEVEL.test(top) || FILE_ENDINGS.has(top.toLowerCase())) return null;
  return text.slice(start, end);
}

function isInDomain(code: number): boolean {
  return isHostCharacter(code) || isForeignLetter(code);
}

/** Of host characters without dots. */
function isLabel(text: string, start: number, end: number): boolean {
  return (
    end > start &&
    end - start <= LONGEST_LABEL &&
    text.charCodeAt(start) !== HYPHEN &&
    text.charCodeAt(end - 1) !== HYPHEN
  );
}

function isSign(code: number): boolean {
  return code === DOT || code === HYPHEN;
}

const HYPHEN = 0x2d;
const DOT = 0x2e;

/** `https://user:secret@host` and `git@host:path` name no mailbox. */
function isNobodys(text: string, start: number, at: number): boolean {
  if (text.slice(start, at) === 'git') return true;
  if (!'/:'.includes(text.charAt(start - 1)) || start === 0) return false;
  const before = text.slice(Math.max(0, start - URL_WINDOW), start);
  const scheme = before.lastIndexOf('://');
  return scheme >= 0 && !/\s/.test(before.slice(scheme));
}
