/** What the model learns from: the labelled texts, and harmless ones in many languages of our own. */
import { lookAt } from '../src/injection/look.ts';
import type { Features } from '../src/injection/model/features.ts';
import { fold } from '../src/injection/views/fold.ts';
import type { InjectionText } from './data.ts';
import { HARMLESS } from './harmless.ts';
import type { Sample } from './train-model.ts';

/** Attacks only given a system prompt are harmless words by themselves; hidden texts are learned from in the open. */
const NOT_LEARNED = new Set(['contextual', 'obfuscated']);
/** Harmless texts that look like attacks are few, and the ones that matter. */
const TRICKY_WEIGHT = 3;
const HARMLESS_WEIGHT = 1;

export function samplesOf(texts: readonly InjectionText[]): Sample[] {
  const labelled = texts
    .filter(({ tier }) => !NOT_LEARNED.has(tier))
    .map(
      ({ text, label, tier }): Sample => ({
        features: featuresIn(text),
        attack: label === 'injection',
        weight: tier === 'tricky' ? TRICKY_WEIGHT : 1,
      }),
    );
  const own = HARMLESS.map((text): Sample => ({ features: featuresIn(text), attack: false, weight: HARMLESS_WEIGHT }));
  return [...labelled, ...own];
}

/** 32-bit FNV-1a of the group: the same split on every machine. */
export function foldOf(group: string, folds: number): number {
  let hash = 0x811c9dc5;
  for (const character of group) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % folds;
}

function featuresIn(text: string): Features {
  return lookAt(fold(text)?.text ?? text).features;
}
