import { byPosition, MAX_MATCHES, type PiiMatch, type PiiType } from '../verdict.ts';
import { findCreditCards } from './credit-card.ts';
import { findEmails } from './email.ts';
import { findIbans } from './iban.ts';
import { findIpv4s } from './ipv4.ts';
import { type Subject, subjectOf } from './lexemes.ts';
import { findSecrets } from './secrets.ts';
import { findSsns } from './ssn.ts';

/** Each gives its own matches, ascending. Where two of them claim the same characters, the earlier in this list is right. */
const DETECTORS: readonly ((subject: Subject) => PiiMatch[])[] = [
  findSecrets,
  findEmails,
  findIbans,
  findSsns,
  findCreditCards,
  findIpv4s,
];

export interface PiiFindings {
  readonly matches: readonly PiiMatch[];
  readonly truncated: boolean;
}

/** All personal data and secrets in the text, ascending and without overlaps; `label` is the name of its field, or ''. */
export function detectPii(text: string, label: string): PiiFindings {
  const subject = subjectOf(text, label);
  const claims = DETECTORS.flatMap((find, rank) => find(subject).map((match) => ({ match, rank })));
  claims.sort((a, b) => byPosition(a.match, b.match) || a.rank - b.rank);
  const kept: typeof claims = [];
  for (const claim of claims) {
    const last = kept.at(-1);
    if (!last || last.match.position + last.match.length <= claim.match.position) kept.push(claim);
    else if (claim.rank < last.rank) kept[kept.length - 1] = claim;
  }
  return capped(kept.map(({ match }) => match));
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
