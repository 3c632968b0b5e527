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

/** Each gives its own matches, ascending. Where two of them claim the same characters, the earlier in this list is right. */
const DETECTORS: readonly ((subject: Subject) => PiiMatch[])[] = [
  findSecrets,
  findEmails,
  findIpv6s,
  findMacAddresses,
  findIbans,
  findCryptoAddresses,
  findVins,
  findDocumentNumbers,
  findSsns,
  findCreditCards,
  findCoordinates,
  findIpv4s,
  findPhones,
];

export interface PiiFindings {
  readonly matches: readonly PiiMatch[];
  readonly truncated: boolean;
}

/** All personal data and secrets in the text, ascending and without overlaps; `label` is the name of its field, or ''. */
export function detectPii(text: string, label: string): PiiFindings {
  const subject = subjectOf(plainText(text), label);
  const unescaped = unescapedView(subject.text);
  const claims = unescaped
    ? claimsOf(subjectOf(unescaped.text, label)).map(({ match, rank }) => ({ match: placedIn(unescaped, match), rank }))
    : claimsOf(subject);
  claims.sort((a, b) => byPosition(a.match, b.match) || a.rank - b.rank);
  const kept: typeof claims = [];
  for (const claim of claims) {
    const last = kept.at(-1);
    if (!last || last.match.position + last.match.length <= claim.match.position) kept.push(claim);
    else if (claim.rank < last.rank) kept[kept.length - 1] = claim;
  }
  return capped(
    withUrls(
      kept.map(({ match }) => match),
      findUrls(subject),
    ),
  );
}

function claimsOf(subject: Subject): { readonly match: PiiMatch; readonly rank: number }[] {
  return DETECTORS.flatMap((find, rank) => find(subject).map((match) => ({ match, rank })));
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
  const counts = new Map<PiiType, number>();
  const matches = all.filter(({ type }) => {
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    return count <= MAX_MATCHES;
  });
  return { matches, truncated: matches.length < all.length };
}
