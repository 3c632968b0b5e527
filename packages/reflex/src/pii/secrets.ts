import { isAlphanumeric } from '../ascii.ts';
import { MAX_MATCHES, type PiiMatch } from '../verdict.ts';
import { textBefore } from './cue-words.ts';
import type { Run, Subject } from './lexemes.ts';
import { BEGINNING, shapesBeginningWith } from './secret-shapes.ts';

/** A name that says "secret", and what joins it to the value, right before the value. */
const CUE =
  /(?:api[_ -]?key|secret|token|passw(?:or)?d|pwd|passphrase|credentials?|(?:private|access|auth|encryption|signing)[_ -]?key|[a-z0-9]_key|authorization|bearer|(?<![a-z])auth|login)[a-z0-9_ -]{0,12}["'`\])]{0,2}\s{0,4}(?:(?::{0,3}=|=>|==?|[:;,]|(?<![a-z])is(?![a-z]))\s{0,4})?(?:(?:bearer|basic|token)\s{1,2})?["'`(]{0,2}$/i;
/** A name that says that its value is none: of a public key, of a thing by its id, of a class. */
const NO_CUE =
  /(?:public|publishable|(?:_|-|[a-z])(?:id|Id|ID))[a-zA-Z_ -]{0,8}["'`]{0,2}\s{0,4}(?::=|=>|==?|[:,])?\s{0,4}["'`(]{0,2}$/;
const AWS_SECRET_CUE = /(?:secret[_ -]?access[_ -]?key|aws[a-z_ -]{0,12}secret)/i;
const AWS_SECRET = /^[A-Za-z0-9/+]{40}$/;
const CUE_WINDOW = 64;

/**
 * Google gives out one form of key for what is billed and for what stands openly in every page and app (Firebase): a secret where
 * anything around it says that it is used, and not alone.
 */
const GOOGLE = 'AIza';

/** Values that say of themselves that they are none. */
const PLACEHOLDER =
  /example|sample|dummy|placeholder|change[_-]?me|your[_-]|x{6}|\*{3}|(?:abc|xyz){3}|abcdefghij|(?:1234567890){2}|(.)\1{15}/i;
/** A row of one character makes a placeholder of a short value; in a long one chance does. */
const ROW = /(.)\1{7}/;
const LONG = 80;

/** A longer value is data rather than a key. */
const LONGEST_KEY = 2_048;
const SHORTEST_KEY = 16;

/** Bits per character below which a value is a word, a name or a path; random hexadecimal has about 3.5 at 32 characters. */
const LEAST_ENTROPY = 3;

/** Keys and tokens: by their documented beginning, or random-looking right after a name that says "secret". */
export function findSecrets(subject: Subject): PiiMatch[] {
  const { text, lexemes } = subject;
  if (lexemes.tokens.length === 0) return [];
  const found: PiiMatch[] = [];
  const characters = lexemes.tokens.reduce((sum, { start, end }) => sum + end - start, 0);
  const next = characters <= FEW_CHARACTERS ? wordBeginnings(text) : beginnings(text);
  let named = 0;
  for (const token of lexemes.tokens) {
    const before = found.length;
    for (let at = next(token.start, token.end); at < token.end; at = next(at, token.end)) {
      const shaped = shapedAt(text, at);
      at += Math.max(1, shaped?.length ?? 0);
      if (shaped && isSecret(subject, shaped)) found.push(shaped);
    }
    // More than can be listed need not be looked for: the verdict says that there are more.
    if (found.length > before || named > MAX_MATCHES || isMalformed(text, token)) continue;
    const secret = namedSecret(subject, token) ?? manifestSecret(subject, token);
    if (secret?.type === 'GenericAPIKey') named += 1;
    if (secret) found.push(secret);
  }
  return found;
}

/** Up to so many characters in long tokens, trying each of their words costs less than searching the text. */
const FEW_CHARACTERS = 512;

type NextBeginning = (from: number, end: number) => number;

function wordBeginnings(text: string): NextBeginning {
  return (from, end) => {
    for (let at = from; at < end; at++) {
      if (isAlphanumeric(text.charCodeAt(at - 1))) continue;
      BEGINNING_HERE.lastIndex = at;
      if (BEGINNING_HERE.test(text)) return at;
    }
    return Number.POSITIVE_INFINITY;
  };
}

const BEGINNING_HERE = new RegExp(BEGINNING.source, 'y');

/** Finds beginnings from ascending places on; the last answer is kept, so all searches together pass the text once. */
function beginnings(text: string): NextBeginning {
  let last = -1;
  return (from) => {
    if (last >= from) return last;
    BEGINNING.lastIndex = from;
    last = BEGINNING.exec(text)?.index ?? Number.POSITIVE_INFINITY;
    return last;
  };
}

/** Begins as a maker's keys do and goes on as none does: made up, or cut short. */
function isMalformed(text: string, { start }: Run): boolean {
  MAKER.lastIndex = start;
  return MAKER.test(text);
}

const MAKER = /(?:xox[a-z](?:\.xox[a-z])?-|gh[pousr]_|github_pat_|glpat-|AKIA|sk-ant-|AIza)/y;

function shapedAt(text: string, position: number): PiiMatch | null {
  for (const { type, pattern, confidence } of shapesBeginningWith(text.charAt(position))) {
    pattern.lastIndex = position;
    const length = pattern.exec(text)?.[0].length;
    if (length !== undefined) return { type, position, length, confidence };
  }
  return null;
}

function isSecret({ text, label }: Subject, { position, length }: PiiMatch): boolean {
  const value = text.slice(position, position + length);
  if (isPlaceholder(value) || entropyOf(value) < LEAST_ENTROPY) return false;
  if (value.startsWith(GOOGLE)) return label !== '' || text.trim().length > length;
  return /\d/.test(value) || /^A[KSBC][IC]A/.test(value);
}

function namedSecret(subject: Subject, { start, end: tokenEnd }: Run): PiiMatch | null {
  const value = subject.text.slice(start, Math.min(tokenEnd, start + LONGEST_KEY + 1)).replace(/[.]$/, '');
  if (value.length > LONGEST_KEY || value.length < SHORTEST_KEY) return null;
  const before = textBefore(subject, start, CUE_WINDOW);
  if (!CUE.test(before) || NO_CUE.test(before) || !looksRandom(value) || isPlaceholder(value)) return null;
  const type = AWS_SECRET.test(value) && AWS_SECRET_CUE.test(before) ? 'AWSKey' : 'GenericAPIKey';
  return { type, position: start, length: value.length, confidence: type === 'AWSKey' ? 0.95 : 0.8 };
}

/** A value of a Kubernetes Secret: base64 under a name, in a manifest that says that it is one (kubernetes.io/docs, "Secrets"). */
function manifestSecret({ text }: Subject, { start, end }: Run): PiiMatch | null {
  const before = text.slice(Math.max(0, start - CUE_WINDOW), start);
  if (
    !before.includes('\n') ||
    !MANIFEST_NAME.test(before) ||
    !MANIFEST.test(text.slice(Math.max(0, start - MANIFEST_WINDOW), end + MANIFEST_WINDOW))
  )
    return null;
  const value = text.slice(start, Math.min(end, start + LONGEST_KEY));
  const padding = /^={0,2}/.exec(text.slice(end, end + 2))?.[0].length ?? 0;
  if (!/^[A-Za-z0-9+/]+$/.test(value) || (value.length + padding) % 4 !== 0 || isPlaceholder(value)) return null;
  return { type: 'GenericAPIKey', position: start, length: value.length + padding, confidence: 0.7 };
}

const MANIFEST = /^[ \t]{0,8}kind:[ \t]{0,4}['"]?Secret['"]?[ \t]{0,32}$/im;
const MANIFEST_WINDOW = 1_000;
const MANIFEST_NAME = /\n[ \t]{1,8}[\w.-]{1,40}:[ \t]{0,4}(?:[>|]-?[ \t]{0,8}\n[ \t]{0,12})?['"]?$/;

function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || (value.length < LONG && ROW.test(value));
}

/** Digits among letters in one piece of at least 12, or a long row of hexadecimal pieces as in a UUID; and enough entropy. */
function looksRandom(value: string): boolean {
  return hasRandomForm(value) && entropyOf(value) >= LEAST_ENTROPY;
}

function hasRandomForm(value: string): boolean {
  if (value.split(/[./~_+-]/).some((piece) => piece.length >= 12 && /\d/.test(piece) && /[A-Za-z]/.test(piece)))
    return true;
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return true;
  return /^[A-Za-z0-9/+]{32,}$/.test(value) && /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
}

/**
 * Shannon entropy of the value's characters, bits per character: log2(n) less the mean of log2 of how often each character occurs. Tokens and
 * keys are ASCII.
 */
function entropyOf(value: string): number {
  const { length } = value;
  for (let at = 0; at < length; at++) COUNTS[value.charCodeAt(at)] = (COUNTS[value.charCodeAt(at)] ?? 0) + 1;
  let repeats = 0;
  for (let at = 0; at < length; at++) {
    const count = COUNTS[value.charCodeAt(at)] ?? 0;
    if (count > 1) repeats += Math.log2(count);
  }
  for (let at = 0; at < length; at++) COUNTS[value.charCodeAt(at)] = 0;
  return Math.log2(length) - repeats / length;
}

/** By ASCII character; all 0 between two calls, as making one for each of thousands of candidates costs more than counting. */
const COUNTS = new Uint16Array(128);
