/** What the model learns from: the labelled texts, and texts of our own. */
import type { Look } from '../src/injection/look.ts';
import { kept } from '../src/injection/model/features.ts';
import { logOddsOf } from '../src/injection/model/judge.ts';
import type { LinearModel } from '../src/injection/model/linear-model.ts';
import { type Reading, readingsOf } from '../src/injection/readings.ts';
import type { InjectionText } from './data.ts';
import { HARMLESS } from './harmless.ts';
import { ownAttacks, ownHarmless } from './own/own-texts.ts';
import { overlapsWith, phrasesOf } from './phrases.ts';
import type { Sample } from './train-model.ts';

/** A text with all that rules and model see of it. */
export interface ReadText extends Pick<InjectionText, 'text' | 'label' | 'tier' | 'source' | 'group'> {
  readonly readings: readonly Reading[];
}

/** Attacks only given a system prompt are harmless words by themselves; hidden texts are learned from in the open. */
const NOT_LEARNED = new Set(['contextual', 'obfuscated']);
/** Harmless texts that look like attacks are few, and the ones that matter. */
const TRICKY_WEIGHT = 3;
const OWN_HARMLESS_WEIGHT = 0.6;

export function readText(text: InjectionText): ReadText {
  return { ...text, readings: Array.from(readingsOf(text.text), keptReading) };
}

export function ownTexts(): ReadText[] {
  const own = (label: 'injection' | 'benign', texts: readonly string[]): ReadText[] =>
    texts.map((text) => readText({ id: '', text, label, tier: 'own', source: 'own', group: text, lang: '' }));
  return [...own('benign', [...HARMLESS, ...ownHarmless()]), ...own('injection', ownAttacks())];
}

function keptReading({ look, ...rest }: Reading): Reading {
  const features = kept(look.features());
  const copy: Look = { ...look, features: () => features };
  return { look: copy, ...rest };
}

/** Those of our own texts that have no phrase in common with a text that will be judged, so that what is measured was not written down here. */
export function unlike(own: readonly ReadText[], judged: readonly ReadText[]): ReadText[] {
  const phrases = phrasesOf(judged.map(({ text }) => text));
  return own.filter(({ text }) => !overlapsWith(text, phrases));
}

/** @param ownAttackWeight how much an attack of our own counts beside a labelled one */
export function samplesOf(texts: readonly ReadText[], own: readonly ReadText[], ownAttackWeight: number): Sample[] {
  const labelled = texts
    .filter(({ tier }) => !NOT_LEARNED.has(tier))
    .map((text) => sampleOf(text, text.tier === 'tricky' ? TRICKY_WEIGHT : 1));
  return [
    ...labelled,
    ...own.map((text) => sampleOf(text, text.label === 'injection' ? ownAttackWeight : OWN_HARMLESS_WEIGHT)),
  ];
}

/** Of the text as it stands. */
function sampleOf({ readings, label }: ReadText, weight: number): Sample {
  const [first] = readings;
  if (first === undefined) throw new Error('a text has no reading');
  return { features: first.look.features(), attack: label === 'injection', weight };
}

/** The highest log-odds of all its readings. */
export function suspicionOf({ readings }: ReadText, model: LinearModel): number {
  return readings.reduce((most, reading) => Math.max(most, logOddsOf(reading, model)), Number.NEGATIVE_INFINITY);
}

/** 32-bit FNV-1a of the group: the same split on every machine. */
export function foldOf(group: string, folds: number): number {
  let hash = 0x811c9dc5;
  for (const character of group) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % folds;
}
