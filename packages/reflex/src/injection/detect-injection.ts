import type { CueIndex } from '../cue-index.ts';
import {
  byPosition,
  type InjectionMatch,
  type InjectionType,
  MAX_MATCHES,
  SEVERITIES,
  type Severity,
  type Span,
} from '../verdict.ts';
import { judgedByModel } from './model/judge.ts';
import type { LinearModel } from './model/linear-model.ts';
import { MODEL } from './model/model.ts';
import { type Reading, readingsOf } from './readings.ts';
import { placedIn } from './views/view.ts';

export interface InjectionFindings {
  readonly matches: readonly InjectionMatch[];
  readonly truncated: boolean;
}

/** All attempts at prompt injection in the text, those that hide too, each weighed in its own surroundings. */
export function detectInjection(text: string, model: LinearModel = MODEL, cues?: CueIndex): InjectionFindings {
  const matches: InjectionMatch[] = [];
  for (const reading of readingsOf(text, cues)) matches.push(...matchesIn(reading, model));
  return matches.length === 0 ? { matches: [], truncated: false } : capped(withoutOverlaps(matches));
}

/** By rules and model, placed in the original. */
function matchesIn(reading: Reading, model: LinearModel): InjectionMatch[] {
  const { look, views, hidden } = reading;
  const judged = judgedByModel(reading, model);
  const matches = judged === null ? look.matches : [...look.matches, judged];
  return matches.map((match) => {
    const placed = views.reduce((inner, view) => placedIn(view, inner), match);
    return hidden ? { ...placed, type: 'EncodedInstruction' } : placed;
  });
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
  if (all.length <= MAX_MATCHES) return { matches: all, truncated: false };
  const counts = new Map<string, number>();
  const matches = all.filter(({ type, severity }) => {
    const key = `${type} ${severity}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= MAX_MATCHES;
  });
  return { matches, truncated: matches.length < all.length };
}
