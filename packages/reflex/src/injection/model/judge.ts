import type { InjectionMatch, InjectionType, Severity } from '../../verdict.ts';
import { strongestPair } from './concept-pairs.ts';
import type { Concept } from './concept-words.ts';
import { CONCEPTS } from './concepts.ts';
import type { Features } from './features.ts';
import { coreOf, type LinearModel, type Stretch, scoreOf } from './linear-model.ts';

/** Log-odds from which on the model's word alone is Critical, and from which on it is reported. */
const CRITICAL = -0.5;
const HIGH = -0.7;

/** What a match of a rule adds to the log-odds, by its severity in its context. */
const SUPPORT: { readonly [severity in Severity]: number } = { Low: 0, Medium: 0.4, High: 1, Critical: 0 };

/**
 * What the model says where the rules do not block already: a match over the part of the text that speaks most for an attack. Null
 * when it says nothing.
 *
 * @param suspicion added to the log-odds, for texts that were hidden
 */
export function judgedByModel(
  features: Features,
  model: LinearModel,
  matches: readonly InjectionMatch[],
  suspicion: number,
): InjectionMatch | null {
  if (features.tokens === 0 || matches.some(({ severity }) => severity === 'Critical')) return null;
  const best = scoreOf(features, model);
  const support = matches.reduce((most, { severity }) => Math.max(most, SUPPORT[severity]), 0);
  const pair = strongestPair(features);
  const score = best.score + Math.max(support, pair?.support ?? 0) + suspicion;
  if (score < HIGH) return null;
  const core = coreOf(features, model, best);
  const position = features.starts[core.from] ?? 0;
  return {
    type: pair?.type ?? typeOf(features, best),
    severity: score >= CRITICAL ? 'Critical' : 'Medium',
    position,
    length: Math.max(1, (features.stops[core.to - 1] ?? 0) - position),
    confidence: Math.round(100 / (1 + Math.exp(-score))) / 100,
    context: { is_quoted: false, is_academic: false, is_testing: false, is_negation: false },
  };
}

/** What is said first of these decides how the match is called. */
const TYPE_OF: { readonly [concept in Concept]?: InjectionType } = {
  drop: 'IgnorePrevious',
  free: 'JailbreakKeyword',
  encode: 'EncodedInstruction',
  secret: 'MemoryExfiltration',
  person: 'MemoryExfiltration',
  mode: 'SystemRole',
  authority: 'AuthorityAppeal',
  pretend: 'RoleReversal',
  orders: 'PromptExtraction',
};

function typeOf({ concepts }: Features, { from, to }: Stretch): InjectionType {
  const said = new Set<Concept | null | undefined>();
  for (let token = from; token < to; token++) said.add(CONCEPTS[concepts[token] ?? 0]);
  for (const [concept, type] of Object.entries(TYPE_OF)) {
    if (CONCEPTS.some((known) => known === concept && said.has(known))) return type;
  }
  return 'ContextSwitching';
}
