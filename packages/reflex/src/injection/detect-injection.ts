import {
  byPosition,
  type InjectionMatch,
  type InjectionType,
  MAX_MATCHES,
  SEVERITIES,
  type Severity,
  type Span,
} from '../verdict.ts';
import { type Look, lookAt } from './look.ts';
import { judgedByModel } from './model/judge.ts';
import type { LinearModel } from './model/linear-model.ts';
import { MODEL } from './model/model.ts';
import { fold } from './views/fold.ts';
import { hiddenTexts } from './views/hidden-texts.ts';
import { placedIn } from './views/view.ts';

export interface InjectionFindings {
  readonly matches: readonly InjectionMatch[];
  readonly truncated: boolean;
}

/** All attempts at prompt injection in the text, those that hide too, each weighed in its own surroundings. */
export function detectInjection(text: string, model: LinearModel = MODEL): InjectionFindings {
  const folded = fold(text);
  const plain = folded?.text ?? text;
  const look = lookAt(plain);
  const disguised = folded !== null && folded.hidden + folded.lookalikes >= LEAST_DISGUISED;
  const seen = judge(look, model, disguised ? DISGUISED : 0);
  const matches = folded ? seen.map((match) => placedIn(folded, match)) : seen;
  for (const { view, suspicion } of hiddenTexts(plain, look.features, folded)) {
    for (const match of judge(lookAt(view.text), model, suspicion)) {
      const inPlain = placedIn(view, match);
      // What is written in invisible characters was read off the original already.
      const placed = folded && view !== folded.invisible ? placedIn(folded, inPlain) : inPlain;
      matches.push({ ...placed, type: 'EncodedInstruction' });
    }
  }
  return matches.length === 0 ? { matches: [], truncated: false } : capped(withoutOverlaps(matches));
}

/** So many letters in disguise are no accident. */
const LEAST_DISGUISED = 3;
/** What that adds to the log-odds. */
const DISGUISED = 1.5;

function judge({ matches, features }: Look, model: LinearModel, suspicion: number): InjectionMatch[] {
  const judged = judgedByModel(features, model, matches, suspicion);
  return judged === null ? [...matches] : [...matches, judged];
}

/** Of matches of one type that overlap, the most severe stays, then the longer. */
function withoutOverlaps(matches: InjectionMatch[]): InjectionMatch[] {
  const lastOf = new Map<InjectionType, number>();
  const kept: InjectionMatch[] = [];
  for (const match of matches.sort(byPosition)) {
    const place = lastOf.get(match.type);
    const last = place === undefined ? undefined : kept[place];
    if (place !== undefined && last && endOf(last) > match.position) {
      if (rank(match) > rank(last)) kept[place] = match;
    } else {
      lastOf.set(match.type, kept.push(match) - 1);
    }
  }
  return kept.sort(byPosition);
}

function endOf({ position, length }: Span): number {
  return position + length;
}

function rank(match: { readonly severity: Severity }): number {
  return SEVERITIES.indexOf(match.severity);
}

/** Capped by type and severity, so that no number of harmless matches crowds out one that blocks. */
function capped(all: readonly InjectionMatch[]): InjectionFindings {
  const counts = new Map<string, number>();
  const matches = all.filter(({ type, severity }) => {
    const key = `${type} ${severity}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= MAX_MATCHES;
  });
  return { matches, truncated: matches.length < all.length };
}
