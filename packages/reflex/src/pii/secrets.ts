import type { PiiMatch, PiiType } from '../verdict.ts';
import { textBefore } from './cue-words.ts';
import type { Run, Subject } from './lexemes.ts';

interface Shape {
  readonly type: PiiType;
  /** Sticky, tried at each place inside a long token where a word begins; bounded quantifiers only. */
  readonly pattern: RegExp;
  readonly confidence: number;
}

/** Secrets that say what they are by how they begin, as their makers document it. */
const SHAPES: readonly Shape[] = [
  // AWS access key ids; AWS itself writes the rest in base32.
  { type: 'AWSKey', pattern: /(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/y, confidence: 0.98 },
  { type: 'AWSKey', pattern: /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/y, confidence: 0.8 },
  // GitHub: personal, OAuth, user-to-server, server-to-server and refresh tokens; fine-grained tokens.
  { type: 'GitHubToken', pattern: /gh[pousr]_[A-Za-z0-9]{36,251}(?![A-Za-z0-9])/y, confidence: 0.98 },
  { type: 'GitHubToken', pattern: /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9])/y, confidence: 0.98 },
  // OpenAI, Anthropic and others; Stripe; Google; Slack; SendGrid; Twilio; GitLab; npm; Hugging Face; xAI; DigitalOcean;
  // Shopify; PyPI; Vault; Databricks; JSON Web Tokens.
  { type: 'GenericAPIKey', pattern: /sk-[A-Za-z0-9_-]{20,250}(?![A-Za-z0-9])/y, confidence: 0.95 },
  { type: 'GenericAPIKey', pattern: /(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}(?![A-Za-z0-9])/y, confidence: 0.98 },
  { type: 'GenericAPIKey', pattern: /AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/y, confidence: 0.98 },
  { type: 'GenericAPIKey', pattern: /xox[abeoprs]-[A-Za-z0-9-]{20,250}(?![A-Za-z0-9])/y, confidence: 0.98 },
  {
    type: 'GenericAPIKey',
    pattern: /SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}(?![A-Za-z0-9])/y,
    confidence: 0.98,
  },
  { type: 'GenericAPIKey', pattern: /SK[0-9a-f]{32}(?![A-Za-z0-9])/y, confidence: 0.9 },
  { type: 'GenericAPIKey', pattern: /glpat-[A-Za-z0-9_-]{20,64}(?![A-Za-z0-9])/y, confidence: 0.98 },
  {
    type: 'GenericAPIKey',
    pattern: /(?:npm|hf|dop_v1|shpat|xai|gsk)[_-][A-Za-z0-9]{30,128}(?![A-Za-z0-9])/y,
    confidence: 0.95,
  },
  { type: 'GenericAPIKey', pattern: /pypi-AgE[A-Za-z0-9_-]{40,250}(?![A-Za-z0-9])/y, confidence: 0.98 },
  { type: 'GenericAPIKey', pattern: /hv[bs]\.[A-Za-z0-9_-]{24,250}(?![A-Za-z0-9])/y, confidence: 0.95 },
  { type: 'GenericAPIKey', pattern: /dapi[0-9a-f]{32}(?![A-Za-z0-9])/y, confidence: 0.95 },
  {
    type: 'GenericAPIKey',
    pattern: /eyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,1000}/y,
    confidence: 0.9,
  },
];

/** Where a known beginning may stand inside a token; the rest of the shape is tried from there. */
const BEGINNING =
  /(?<![A-Za-z0-9])(?:A(?:KIA|SIA|BIA|CCA|Iza)|gh[pousr]_|github_pat_|[sr]k[-_]|xox[abeoprs]-|S[GK]|glpat-|npm_|hf_|dop_v1_|shpat_|xai-|gsk_|pypi-|hv[bs]\.|dapi|eyJ)/g;

/** A name that says "secret", and what joins it to the value, right before the value. */
const CUE =
  /(?:api[_ -]?key|secret|token|passw(?:or)?d|pwd|passphrase|credentials?|(?:private|access|auth|encryption|signing)[_ -]?key|authorization|bearer|(?<![a-z])auth|login)[a-z0-9_ -]{0,12}["'`\])]{0,2}\s{0,4}(?:(?::=|=>|==?|[:;,]|(?<![a-z])is(?![a-z]))\s{0,4})?(?:(?:bearer|basic|token)\s{1,2})?["'`(]{0,2}$/i;
const AWS_SECRET_CUE = /(?:secret[_ -]?access[_ -]?key|aws[a-z_ -]{0,12}secret)/i;
const AWS_SECRET = /^[A-Za-z0-9/+]{40}$/;
const CUE_WINDOW = 64;

/** Values that say of themselves that they are none. */
const PLACEHOLDER = /example|sample|dummy|placeholder|change[_-]?me|your[_-]|x{6}|\*{3}|(?:abc|xyz){3}|(.)\1{7}/i;

/** A longer value is data rather than a key. */
const LONGEST_KEY = 2_048;

/** Bits per character below which a value is a word, a name or a path; random hexadecimal has about 3.5 at 32 characters. */
const LEAST_ENTROPY = 3;

/** Keys and tokens: by their documented beginning, or random-looking right after a name that says "secret". */
export function findSecrets(subject: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  for (const token of subject.lexemes.tokens) {
    const shaped = shapedIn(subject.text, token);
    if (shaped.length > 0) found.push(...shaped);
    else {
      const named = namedSecret(subject, token);
      if (named) found.push(named);
    }
  }
  return found;
}

function shapedIn(text: string, { start, end }: Run): PiiMatch[] {
  const found: PiiMatch[] = [];
  const token = text.slice(start, end);
  let free = 0;
  for (const { index } of token.matchAll(BEGINNING)) {
    if (index < free) continue;
    for (const { type, pattern, confidence } of SHAPES) {
      pattern.lastIndex = index;
      const value = pattern.exec(token)?.[0];
      if (value === undefined) continue;
      free = index + value.length;
      if (/\d/.test(value) && !PLACEHOLDER.test(value)) {
        found.push({ type, position: start + index, length: value.length, confidence });
      }
      break;
    }
  }
  return found;
}

function namedSecret(subject: Subject, { start, end: tokenEnd }: Run): PiiMatch | null {
  const value = subject.text.slice(start, Math.min(tokenEnd, start + LONGEST_KEY + 1)).replace(/[.]$/, '');
  if (value.length > LONGEST_KEY) return null;
  const before = textBefore(subject, start, CUE_WINDOW);
  if (!CUE.test(before) || !looksRandom(value) || PLACEHOLDER.test(value)) return null;
  const type = AWS_SECRET.test(value) && AWS_SECRET_CUE.test(before) ? 'AWSKey' : 'GenericAPIKey';
  return { type, position: start, length: value.length, confidence: type === 'AWSKey' ? 0.95 : 0.8 };
}

/** Digits among letters in one piece of at least 12, or a long row of hexadecimal pieces as in a UUID; and enough entropy. */
function looksRandom(value: string): boolean {
  const pieces = value.split(/[./~_+-]/);
  const mixed = pieces.some((piece) => piece.length >= 12 && /\d/.test(piece) && /[A-Za-z]/.test(piece));
  const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value);
  const base64 = /^[A-Za-z0-9/+]{32,}$/.test(value) && /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
  return (mixed || uuid || base64) && entropyOf(value) >= LEAST_ENTROPY;
}

/** Shannon entropy of the value's characters, bits per character. */
function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
