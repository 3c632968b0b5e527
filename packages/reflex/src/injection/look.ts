import { cuesOf } from '../all-cues.ts';
import type { InjectionMatch, Span } from '../verdict.ts';
import { mentionsIn, weigh } from './context.ts';
import { byDelimiters, byRules, RULE_WORDS } from './matchers.ts';
import { CONCEPT_TABLE } from './model/concepts.ts';
import { type Features, featuresOf } from './model/features.ts';
import { type Signs, takeSigns } from './model/signs.ts';
import { tokensOf } from './model/tokens.ts';
import { quotationAround, quotationsOf } from './quotations.ts';

/**
 * A text as the rules see it and as the model does; what the model learns from and what it judges is the same. All holds until the next text is
 * looked at.
 */
export interface Look {
  /** What the rules found, weighed in its context. */
  readonly matches: readonly InjectionMatch[];
  /** Made when they are asked for first: where a rule blocks by itself nobody does. */
  readonly features: () => Features;
  /** As the features count them. */
  readonly tokens: number;
  readonly signs: Signs;
}

/** Matches whose surroundings are read whole; of more than so many only what makes them harmless by itself. */
const WEIGHED_CLOSELY = 200;

export function lookAt(text: string, cues = cuesOf(text)): Look {
  const tokens = tokensOf(text, CONCEPT_TABLE, RULE_WORDS);
  const signs = takeSigns(tokens);
  const quotations = quotationsOf(text);
  const matches: InjectionMatch[] = [];
  const excused: Span[] = [];
  for (const raw of [...byRules(text, tokens), ...byDelimiters(text)]) {
    const weighed = weigh(text, quotations, cues, matches.length < WEIGHED_CLOSELY, raw);
    const { severity, confidence, context } = weighed;
    const match = { type: raw.type, position: raw.position, length: raw.length, severity, confidence, context };
    matches.push(match);
    if (weighed.excused) excused.push(excusedBy(match, quotations));
  }
  const mentions = joined([...mentionsIn(text, quotations), ...excused]);
  let features: Features | null = null;
  return {
    matches,
    features: () => {
      features ??= featuresOf(tokens, mentions);
      return features;
    },
    tokens: tokens.count + mentions.length,
    signs,
  };
}

/** What its context excuses for the rules does not count against the text with the model either. */
function excusedBy(match: InjectionMatch, quotations: readonly Span[]): Span {
  return (match.context.is_quoted ? quotationAround(quotations, match) : null) ?? match;
}

/** The same stretches ascending and without overlaps. */
function joined(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans;
  const all: Span[] = [];
  for (const { position, length } of spans.toSorted((a, b) => a.position - b.position)) {
    const last = all.at(-1);
    const end = position + length;
    if (last && position < last.position + last.length) {
      all[all.length - 1] = { position: last.position, length: Math.max(last.length, end - last.position) };
    } else all.push({ position, length });
  }
  return all;
}
