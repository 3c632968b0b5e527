import type { InjectionMatch, InjectionType, Severity } from '../../verdict.ts';
import type { Look } from '../look.ts';
import type { Reading } from '../readings.ts';
import { strongestPair } from './concept-pairs.ts';
import type { Concept } from './concept-words.ts';
import { CONCEPTS } from './concepts.ts';
import type { Features } from './features.ts';
import { coreOf, type LinearModel, type Stretch, scoreOf } from './linear-model.ts';

/**
 * Log-odds from which on the model's word alone is Critical; the model's bias is set so that this is the place (training/fit.ts). A
 * little below, it is reported.
 */
const CRITICAL = 0;
const REPORTED = -0.2;

/** What a match of a rule adds to the log-odds, by its severity in its context. */
const SUPPORT: { readonly [severity in Severity]: number } = { Low: 0, Medium: 0.4, High: 1, Critical: 0 };

/**
 * How much speaks for an attack: the model's word on the worst stretch, what rules and pairs of concepts add, and the way it was hidden. Infinite
 * where a rule is Critical by itself; minus infinity where too few words are.
 */
export function logOddsOf({ look, suspicion }: Reading, model: LinearModel): number {
  if (hasCritical(look)) return Number.POSITIVE_INFINITY;
  const features = look.features();
  if (saysNothing(features)) return Number.NEGATIVE_INFINITY;
  return scoreOf(features, model).score + supportOf(look, features) + suspicion;
}

/**
 * What the model says where the rules do not block already: a match over the part of the text that speaks most for an attack. Null
 * when it says nothing.
 */
export function judgedByModel({ look, suspicion }: Reading, model: LinearModel): InjectionMatch | null {
  if (hasCritical(look)) return null;
  const features = look.features();
  if (saysNothing(features)) return null;
  const best = scoreOf(features, model);
  const score = best.score + supportOf(look, features) + suspicion;
  if (score < REPORTED) return null;
  const core = coreOf(features, model, best);
  const position = features.starts[core.from] ?? 0;
  return {
    type: strongestPair(features)?.type ?? typeOf(features, best),
    severity: score >= CRITICAL ? 'Critical' : 'Medium',
    position,
    length: Math.max(1, (features.stops[core.to - 1] ?? 0) - position),
    confidence: Math.round(100 / (1 + Math.exp(-score))) / 100,
    context: { is_quoted: false, is_academic: false, is_testing: false, is_negation: false },
  };
}

/** No words, or one or two over and over ("y y y y"): the model would add up what it learned of the word alone. */
function saysNothing({ tokens, slots, ends }: Features): boolean {
  if (tokens < REPETITIVE) return tokens === 0;
  const first = slots[0];
  let second: number | undefined;
  for (let token = 1; token < tokens; token++) {
    const word = slots[ends[token] ?? 0];
    if (word === first || word === second) continue;
    if (second !== undefined) return false;
    second = word;
  }
  return true;
}

/** Shorter texts may well consist of two words ("ignore instructions"). */
const REPETITIVE = 8;

function hasCritical({ matches }: Look): boolean {
  return matches.some(({ severity }) => severity === 'Critical');
}

function supportOf({ matches }: Look, features: Features): number {
  const ofRules = matches.reduce((most, { severity }) => Math.max(most, SUPPORT[severity]), 0);
  return Math.max(ofRules, strongestPair(features)?.support ?? 0);
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
