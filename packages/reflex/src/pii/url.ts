import { asciiSet, isAlphanumeric, isHostCharacter, isLetter, isWordCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import type { Subject } from './lexemes.ts';

/** Longest address taken for one; browsers allow about as much. */
const LONGEST = 2_048;
const LONGEST_HOST = 253;

const SCHEME = /(?:https?|ftps?|wss?)$/i;
const LONGEST_SCHEME = 5;

/**
 * Endings of bare domains (`acme.io`): the generic ones in wide use and those countries' whose code is common English word, no
 * file's ending and member's name in a program.
 */
const TOP_LEVEL: ReadonlySet<string> = new Set(
  (
    'com org net edu gov mil int info biz io dev app cloud online site shop store tech xyz blog club museum ' +
    'ac ae ar au az ba bd bg bo br by ca ch ci cl cn co cr cu cy cz de dk do dz ec ee eg es eu fi fr ge gh gr gt hk hn hr hu ' +
    'id ie il ir jo jp ke kr kw kz lb lk lt lu lv ma mt mx my ng ni nl np nz om pa pe ph pr pt qa ro ru sa se sg si ' +
    'sk sn sv tn tw ua ug uk uy uz ve vn za'
  ).split(' '),
);
/** Second levels under which a country's names are given out: `google.co.il`. */
const SECOND_LEVEL = /\.(?:co|com|org|net|gov|ac|edu)\.[a-z]{2}$/;

/** Ends a sentence or a bracket rather than the address. */
const TRAILING = '.,;:!?\'"*_)]}';

/** Web addresses: http, https, ftp, ws and `www.` up to white space or a bracket, and bare domains of known endings. */
export function findUrls(subject: Subject): PiiMatch[] {
  const found = [...withScheme(subject), ...withoutScheme(subject)];
  return found.sort((a, b) => a.position - b.position);
}

function withScheme({ text, lexemes }: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  let free = 0;
  for (const colon of lexemes.colons) {
    if (colon < free || !text.startsWith('//', colon + 1)) continue;
    const scheme = SCHEME.exec(text.slice(Math.max(0, colon - LONGEST_SCHEME), colon))?.[0];
    if (scheme === undefined) continue;
    const start = colon - scheme.length;
    if (isLetter(text.charCodeAt(start - 1)) || !isHostStart(text, colon + 3)) continue;
    const end = addressEnd(text, colon + 3);
    found.push({ type: 'URL', position: start, length: end - start, confidence: 0.95 });
    free = end;
  }
  return found;
}

function isHostStart(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 0x5b) return true;
  HOST.lastIndex = at;
  return (isAlphanumeric(code) || code >= 0x80) && HOST.test(text);
}

/** A name with a dot in it, or this machine; user information may stand before it. */
const HOST = /(?:[^\s/@?#"'<>]{0,256}@)?(?:localhost(?![a-z])|[^\s/@?#:"'<>.]{1,63}\.[^\s/@?#:"'<>])/iy;

function withoutScheme({ text, lexemes }: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  let free = 0;
  for (const dot of lexemes.dots) {
    if (dot < free) continue;
    let start = dot;
    while (start > free && isHostCharacter(text.charCodeAt(start - 1)) && dot - start <= LONGEST_HOST) start -= 1;
    let hostEnd = dot + 1;
    while (hostEnd < text.length && isHostCharacter(text.charCodeAt(hostEnd)) && hostEnd - start <= LONGEST_HOST)
      hostEnd += 1;
    free = hostEnd;
    while (text.charCodeAt(hostEnd - 1) === 0x2e || text.charCodeAt(hostEnd - 1) === 0x2d) hostEnd -= 1;
    if (!isFree(text, start, hostEnd) || !isBareHost(text.slice(start, hostEnd))) continue;
    const end = '/?#:'.includes(text.charAt(hostEnd)) && hostEnd < text.length ? addressEnd(text, hostEnd) : hostEnd;
    found.push({ type: 'URL', position: start, length: end - start, confidence: 0.8 });
    free = Math.max(free, end);
  }
  return found;
}

/** Neither the host of an e-mail address, of another URL or of a path, nor a call (`a.b.co(`) or a variable. */
function isFree(text: string, start: number, end: number): boolean {
  const before = text.charAt(start - 1);
  if (before !== '' && ('@/\\$.#=+&%'.includes(before) || isWordCharacter(before.charCodeAt(0)) || before >= '\u00c0'))
    return false;
  const after = text.charAt(end);
  return after !== '(' && after !== '@' && after !== '=' && !isWordCharacter(after.charCodeAt(0)) && after !== '[';
}

function isBareHost(host: string): boolean {
  const lower = host.toLowerCase();
  const top = lower.slice(lower.lastIndexOf('.') + 1);
  if (!TOP_LEVEL.has(top) || lower.includes('..') || lower.startsWith('.') || lower.startsWith('-')) return false;
  // `Sentence.Com` and `obj.Id` are words run together; whole names in capitals happen.
  if (!host.endsWith(top) && host !== host.toUpperCase()) return false;
  if (lower.startsWith('www.')) return lower.length > 'www.a.b'.length;
  if (host !== lower && !/^[A-Z]?[A-Za-z0-9-]{2,63}\.[a-z.]{2,12}$/.test(host)) return false;
  const name = lower.slice(0, lower.lastIndexOf('.'));
  return SECOND_LEVEL.test(lower) || (name.length >= 3 && /[a-z]/.test(name) && (COMMON.has(top) || name.length >= 4));
}

const COMMON: ReadonlySet<string> = new Set(['com', 'org', 'net', 'io', 'dev', 'edu', 'gov']);

/** Where the address ends: before white space, quotes and angle brackets, without the punctuation of the sentence around it. */
function addressEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + LONGEST);
  let end = from;
  let unclosed = 0;
  for (; end < limit && !isStop(text.charCodeAt(end)); end += 1) {
    if (text.charAt(end) === '(') unclosed += 1;
    else if (text.charAt(end) === ')') unclosed -= 1;
  }
  // A bracket belongs to the address if it was opened there: /wiki/A_(b).
  for (; end > from && TRAILING.includes(text.charAt(end - 1)); end -= 1) {
    if (text.charAt(end - 1) === ')') {
      if (unclosed >= 0) break;
      unclosed += 1;
    }
  }
  return end;
}

function isStop(code: number): boolean {
  return code <= 0x20 || STOPS[code] === 1 || (code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f);
}

const STOPS = asciiSet('<>"`{}|\\^');
