/** Pairs of concepts that speak for an attack in every language, when the second is said soon after the first, or before it. */
import type { InjectionType } from '../../verdict.ts';
import type { Concept } from './concept-words.ts';
import { CONCEPTS } from './concepts.ts';
import type { Features } from './features.ts';

interface ConceptPair {
  readonly one: Concept;
  readonly other: Concept;
  /** Most tokens between them. */
  readonly within: number;
  readonly type: InjectionType;
  /** What it adds to the log-odds of an attack. */
  readonly support: number;
}

const PAIRS: readonly ConceptPair[] = [
  { one: 'drop', other: 'orders', within: 8, type: 'IgnorePrevious', support: 1 },
  { one: 'drop', other: 'prior', within: 6, type: 'IgnorePrevious', support: 0.8 },
  { one: 'authority', other: 'secret', within: 40, type: 'AuthorityAppeal', support: 1 },
  { one: 'authority', other: 'person', within: 40, type: 'AuthorityAppeal', support: 1 },
  { one: 'secret', other: 'encode', within: 16, type: 'MemoryExfiltration', support: 0.8 },
  { one: 'secret', other: 'tell', within: 8, type: 'MemoryExfiltration', support: 0.4 },
  { one: 'pretend', other: 'free', within: 24, type: 'RoleReversal', support: 0.5 },
  { one: 'pretend', other: 'person', within: 24, type: 'MemoryExfiltration', support: 0.5 },
  { one: 'praise', other: 'task', within: 24, type: 'ContextSwitching', support: 1 },
  { one: 'pretend', other: 'encode', within: 30, type: 'ConfusionPattern', support: 0.6 },
  { one: 'authority', other: 'mode', within: 2, type: 'SystemRole', support: 1 },
  { one: 'system', other: 'mode', within: 3, type: 'SystemRole', support: 0.5 },
];

interface Half {
  readonly partner: number;
  readonly within: number;
  readonly type: InjectionType;
  readonly support: number;
}

/** By concept number: the pairs that it completes. */
const HALVES: readonly (readonly Half[])[] = CONCEPTS.map((concept) =>
  PAIRS.flatMap(({ one, other, within, type, support }): Half[] => {
    if (concept === one) return [{ partner: CONCEPTS.indexOf(other), within, type, support }];
    return concept === other ? [{ partner: CONCEPTS.indexOf(one), within, type, support }] : [];
  }),
);

const NOT = CONCEPTS.indexOf('not');
/** A word such as "never" forbids what begins at most so many tokens later. */
const FORBIDDEN = 6;

function isForbidden(not: number, first: number): boolean {
  return not >= 0 && not <= first && first - not <= FORBIDDEN;
}

export interface PairSupport {
  readonly type: InjectionType;
  readonly support: number;
}

/** The pair in the text that speaks most for an attack; null when there is none. */
export function strongestPair({ concepts, tokens }: Features): PairSupport | null {
  const last = new Int32Array(CONCEPTS.length).fill(-1);
  let strongest: PairSupport | null = null;
  for (let token = 0; token < tokens; token++) {
    const concept = concepts[token] ?? 0;
    if (concept === 0) continue;
    for (const { partner, within, type, support } of HALVES[concept] ?? []) {
      const before = last[partner] ?? -1;
      if (support <= (strongest?.support ?? 0) || before < 0 || token - before > within) continue;
      if (!isForbidden(last[NOT] ?? -1, before)) strongest = { type, support };
    }
    last[concept] = token;
  }
  return strongest;
}
