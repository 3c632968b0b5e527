/** Finds what the rules and the delimiters of chat templates match, before any of it is weighed. */
import type { InjectionType, Severity, Span } from '../verdict.ts';
import { DELIMITER, delimiterSeverity } from './delimiters.ts';
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

export interface RawMatch extends Span {
  readonly type: InjectionType;
  readonly severity: Severity;
  readonly confidence: number;
  readonly imperative: boolean;
}

export function byRules(text: string): RawMatch[] {
  const found: RawMatch[] = [];
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

export function byDelimiters(text: string): RawMatch[] {
  return Array.from(text.matchAll(DELIMITER), ({ 0: mark, index }) => ({
    type: 'DelimiterInjection',
    severity: delimiterSeverity(mark),
    confidence: 0.85,
    imperative: false,
    position: index,
    length: mark.length,
  }));
}
