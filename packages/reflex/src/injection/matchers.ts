/** Finds what the rules and the delimiters of chat templates match, before any of it is weighed. */
import { isDigit } from '../ascii.ts';
import type { InjectionType, Severity, Span } from '../verdict.ts';
import { DELIMITER, delimiterSeverity } from './delimiters.ts';
import { type Tokens, type WordFilter, wordFilter, wordHash } from './model/tokens.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';

/** By the hash of the trigger. */
const RULES_BY_TRIGGER: ReadonlyMap<number, readonly TimedRule[]> = rulesByTrigger();

/** All triggers, to be looked for while the text is read. */
export const RULE_WORDS: WordFilter = wordFilter(RULES.flatMap(({ triggers }) => triggers));

interface TimedRule extends Rule {
  /** See MOST_SLOW. */
  readonly slow: boolean;
}

function rulesByTrigger(): ReadonlyMap<number, readonly TimedRule[]> {
  const rules = new Map<number, TimedRule[]>();
  for (const plain of RULES) {
    const rule = { ...plain, slow: isSlow(plain) };
    for (const trigger of rule.triggers) {
      const hash = wordHash(trigger);
      rules.set(hash, [...(rules.get(hash) ?? []), rule]);
    }
  }
  return rules;
}

export interface RawMatch extends Span {
  readonly type: InjectionType;
  readonly severity: Severity;
  readonly confidence: number;
  readonly imperative: boolean;
}

/**
 * Triggers with rules that take microseconds (those with lists of words between) are looked at so often in one text. Behind a flood of them
 * the model alone judges, which reads every word whatever stands before it.
 */
const MOST_SLOW = 600;

function isSlow({ pattern }: Rule): boolean {
  return pattern.source.includes('){0,');
}

/** Tried only where a trigger stands as a whole word. */
export function byRules(text: string, tokens: Tokens): RawMatch[] {
  const found: RawMatch[] = [];
  let slow = 0;
  for (let trigger = 0; trigger < tokens.triggerCount; trigger++) {
    const token = tokens.triggers[trigger] ?? 0;
    const position = tokens.starts[token] ?? 0;
    const rules = RULES_BY_TRIGGER.get(tokens.words[token] ?? 0);
    if (rules === undefined || isDigitAt(text, position - 1) || isDigitAt(text, tokens.stops[token] ?? 0)) continue;
    for (const rule of rules) {
      if (rule.slow && ++slow > MOST_SLOW) continue;
      const { type, severity, confidence, imperative = false, pattern } = rule;
      pattern.lastIndex = position;
      // Sticky, so that it is left where the match ends: nothing need be copied out of the text.
      if (pattern.test(text))
        found.push({ type, severity, confidence, imperative, position, length: pattern.lastIndex - position });
    }
  }
  return found;
}

function isDigitAt(text: string, at: number): boolean {
  return isDigit(text.charCodeAt(at));
}

/** Delimiters looked at in one text: more than any quotation holds, so at least one of so many counts. */
const MOST_DELIMITERS = 4_000;

/** Each delimiter has one of them, or a rule of three. */
const MARKS = ['<', '[', '##'];
const RULE_OF_THREE = /[-=*]{3}/;

export function byDelimiters(text: string): RawMatch[] {
  const found: RawMatch[] = [];
  if (!MARKS.some((mark) => text.includes(mark)) && !RULE_OF_THREE.test(text)) return found;
  for (const { 0: mark, index } of text.matchAll(DELIMITER)) {
    if (found.length >= MOST_DELIMITERS) break;
    found.push({
      type: 'DelimiterInjection',
      severity: delimiterSeverity(mark),
      confidence: 0.85,
      imperative: false,
      position: index,
      length: mark.length,
    });
  }
  return found;
}
