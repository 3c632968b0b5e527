import type { CueIndex } from '../cue-index.ts';
import { placedIn } from '../injection/views/view.ts';
import { byPosition, MAX_MATCHES, type PiiMatch, type PiiType } from '../verdict.ts';
import { findCoordinates } from './coordinates.ts';
import { findCreditCards } from './credit-card.ts';
import { findCryptoAddresses } from './crypto-address.ts';
import { findDocumentNumbers } from './document-numbers.ts';
import { findEmails } from './email.ts';
import { findIbans } from './iban.ts';
import { findIpv4s } from './ipv4.ts';
import { findIpv6s } from './ipv6.ts';
import { type Subject, subjectOf } from './lexemes.ts';
import { findMacAddresses } from './mac-address.ts';
import { findPhones } from './phone.ts';
import { plainText } from './plain-text.ts';
import { findSecrets } from './secrets.ts';
import { findSsns } from './ssn.ts';
import { unescapedView } from './unescaped-view.ts';
import { findUrls } from './url.ts';
import { findVins } from './vin.ts';

interface Detector {
  /** Its own matches, ascending. */
  readonly find: (subject: Subject) => readonly PiiMatch[];
  readonly types: readonly PiiType[];
}

/** Where two of them claim the same characters, the earlier in this list is right. */
const DETECTORS: readonly Detector[] = [
  { find: findSecrets, types: ['AWSKey', 'GitHubToken', 'GenericAPIKey'] },
  { find: findEmails, types: ['Email'] },
  { find: findIpv6s, types: ['IPv6'] },
  { find: findMacAddresses, types: ['MACAddress'] },
  { find: findIbans, types: ['IBAN'] },
  { find: findCryptoAddresses, types: ['CryptoAddress'] },
  { find: findVins, types: ['VIN'] },
  { find: findDocumentNumbers, types: ['Passport', 'DriverLicense', 'BankAccount'] },
  { find: findSsns, types: ['SSN'] },
  { find: findCreditCards, types: ['CreditCard'] },
  { find: findCoordinates, types: ['Coordinates'] },
  { find: findIpv4s, types: ['IPv4'] },
  { find: findPhones, types: ['Phone'] },
];

const RANKS: ReadonlyMap<PiiType, number> = new Map(
  DETECTORS.flatMap(({ types }, rank) => types.map((type) => [type, rank] as const)),
);

export interface PiiFindings {
  readonly matches: readonly PiiMatch[];
  readonly truncated: boolean;
}

/** All personal data and secrets in the text, ascending and without overlaps; `label` is the name of its field, or ''; `cues` are the text's. */
export function detectPii(text: string, label: string, cues?: CueIndex): PiiFindings {
  const plain = plainText(text);
  const subject = subjectOf(plain, label, plain === text ? cues : undefined);
  const unescaped = unescapedView(subject.text);
  const claims = unescaped
    ? claimsOf(subjectOf(unescaped.text, label)).map((match) => placedIn(unescaped, match))
    : claimsOf(subject);
  return capped(withUrls(withoutOverlaps(claims), findUrls(subject)));
}

/** In the order of the detectors. */
function claimsOf(subject: Subject): PiiMatch[] {
  const claims: PiiMatch[] = [];
  for (const { find } of DETECTORS) for (const match of find(subject)) claims.push(match);
  return claims;
}

/** Ascending; of those that overlap, the one whose detector comes first. */
function withoutOverlaps(claims: PiiMatch[]): readonly PiiMatch[] {
  if (claims.length < 2) return claims;
  const kept: PiiMatch[] = [];
  for (const claim of claims.sort(byPosition)) {
    const last = kept.at(-1);
    if (!last || endOf(last) <= claim.position) kept.push(claim);
    else if (rankOf(claim) < rankOf(last)) kept[kept.length - 1] = claim;
  }
  return kept;
}

function rankOf({ type }: PiiMatch): number {
  return RANKS.get(type) ?? DETECTORS.length;
}

/** What remains of the URLs around what was found inside them: a token in the user information, an address in the query. */
function withUrls(inner: readonly PiiMatch[], urls: readonly PiiMatch[]): readonly PiiMatch[] {
  if (urls.length === 0) return inner;
  const all = [...inner];
  let index = 0;
  for (const url of urls) {
    const end = url.position + url.length;
    let start = url.position;
    while (index > 0 && endOf(inner[index - 1]) > start) index -= 1;
    for (; start < end; index++) {
      const next = inner[index];
      const stop = Math.min(end, next?.position ?? end);
      if (stop - start >= LEAST_OF_URL) all.push({ ...url, position: start, length: stop - start });
      if (!next || next.position >= end) break;
      start = Math.max(start, endOf(next));
    }
  }
  return all.sort(byPosition);
}

/** A shorter remainder (`?x=`) tells nothing. */
const LEAST_OF_URL = 6;

function endOf(match: PiiMatch | undefined): number {
  return match ? match.position + match.length : 0;
}

function capped(all: readonly PiiMatch[]): PiiFindings {
  if (all.length <= MAX_MATCHES) return { matches: all, truncated: false };
  const counts = new Map<PiiType, number>();
  const matches = all.filter(({ type }) => {
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    return count <= MAX_MATCHES;
  });
  return { matches, truncated: matches.length < all.length };
}
