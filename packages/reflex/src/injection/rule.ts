import type { InjectionType, Severity } from '../verdict.ts';

/**
 * One pattern of attack. A rule is tried only where one of its triggers stands as a whole word, so a text without such
 * words costs one search; "latest" is not "test".
 */
export interface Rule {
  readonly type: InjectionType;
  /** Before the context is weighed. */
  readonly severity: Severity;
  /** 0 to 1. */
  readonly confidence: number;
  /** Lower-case words that the pattern can begin with. */
  readonly triggers: readonly string[];
  /** Sticky and case-insensitive, begins with the trigger; bounded quantifiers only. */
  readonly pattern: RegExp;
  /**
   * True when the words are an attack only as an order to the model ("print the system prompt"), not as a statement
   * ("attempts to print the system prompt"): then anything but an order is one level less severe.
   */
  readonly imperative?: boolean;
}

/** Between two words: spaces, line ends and punctuation, but no more than a little. */
export const GAP = String.raw`[\W_]{1,6}`;

/** Up to `most` words of the list, each followed by a gap. */
export function upTo(most: number, words: string): string {
  return `(?:(?:${words})${GAP}){0,${most}}`;
}

/** A rule's pattern; each space in the source stands for a gap. */
export function phrase(source: string): RegExp {
  return new RegExp(`${source.replaceAll(' ', GAP)}(?![a-z0-9])`, 'iy');
}
