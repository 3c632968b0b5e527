import {
  byPosition,
  type InjectionMatch,
  type InjectionType,
  MAX_MATCHES,
  SEVERITIES,
  type Severity,
  type Span,
} from '../verdict.ts';
import { weigh } from './context.ts';
import { DELIMITER, delimiterSeverity } from './delimiters.ts';
import { quotationsOf } from './quotations.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';

const RULES_BY_TRIGGER = rulesByTrigger();

/** Any trigger as a whole word. */
const TRIGGER = new RegExp(`(?<![a-z0-9])(?:${[...RULES_BY_TRIGGER.keys()].join('|')})(?![a-z0-9])`, 'gi');

function rulesByTrigger(): ReadonlyMap<string, readonly Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const rule of RULES) {
    for (const trigger of rule.triggers) rules.set(trigger, [...(rules.get(trigger) ?? []), rule]);
  }
  return rules;
}

interface Raw extends Span {
  readonly type: InjectionType;
  readonly severity: Severity;
  readonly confidence: number;
  readonly imperative: boolean;
}

export interface InjectionFindings {
  readonly matches: readonly InjectionMatch[];
  readonly truncated: boolean;
}

/** All attempts at prompt injection in the text, each weighed in its own surroundings. */
export function detectInjection(text: string): InjectionFindings {
  const raw = [...byRules(text), ...byDelimiters(text)];
  if (raw.length === 0) return { matches: [], truncated: false };
  const quotations = quotationsOf(text);
  const weighed = raw.map((match): InjectionMatch => {
    const { type, position, length } = match;
    return { type, position, length, ...weigh(text, quotations, match) };
  });
  return capped(withoutOverlaps(weighed));
}

function byRules(text: string): Raw[] {
  const found: Raw[] = [];
  for (const { 0: trigger, index } of text.matchAll(TRIGGER)) {
    for (const rule of RULES_BY_TRIGGER.get(trigger.toLowerCase()) ?? []) {
      rule.pattern.lastIndex = index;
      const matched = rule.pattern.exec(text)?.[0];
      if (matched === undefined) continue;
      const { type, severity, confidence, imperative = false } = rule;
      found.push({ type, severity, confidence, imperative, position: index, length: matched.length });
    }
  }
  return found;
}

function byDelimiters(text: string): Raw[] {
  return Array.from(text.matchAll(DELIMITER), ({ 0: mark, index }) => ({
    type: 'DelimiterInjection',
    severity: delimiterSeverity(mark),
    confidence: 0.85,
    imperative: false,
    position: index,
    length: mark.length,
  }));
}

/** Of matches of one type that overlap, the most severe stays, then the longer. */
function withoutOverlaps(matches: InjectionMatch[]): InjectionMatch[] {
  const lastOf = new Map<InjectionType, number>();
  const kept: InjectionMatch[] = [];
  for (const match of matches.sort(byPosition)) {
    const place = lastOf.get(match.type);
    const last = place === undefined ? undefined : kept[place];
    if (place !== undefined && last && last.position + last.length > match.position) {
      if (rank(match) > rank(last)) kept[place] = match;
    } else {
      lastOf.set(match.type, kept.push(match) - 1);
    }
  }
  return kept.sort(byPosition);
}

function rank(match: InjectionMatch): number {
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
