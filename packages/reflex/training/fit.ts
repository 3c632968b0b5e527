/**
 * Fits a model whole: chooses the settings of the training and the place from which on a text is blocked by cross-validation inside of the
 * texts it is given, then learns from all of them. So neither is chosen on what is judged later.
 */
import type { LinearModel } from '../src/injection/model/linear-model.ts';
import { foldOf, type ReadText, samplesOf, suspicionOf } from './samples.ts';
import { type TrainingSettings, trainModel } from './train-model.ts';

/** Share of the harmless texts (without the generated ones) that may be blocked: a little under the goal of 1 %. */
const MOST_BLOCKED = 0.0085;
const FOLDS = 4;
const L2 = [2e-4, 4e-4];
const OWN_ATTACK_WEIGHTS = [0.3, 0.5];

export interface FittingSettings extends TrainingSettings {
  readonly ownAttackWeight: number;
}

const GRID: readonly FittingSettings[] = L2.flatMap((l2) =>
  OWN_ATTACK_WEIGHTS.map((ownAttackWeight) => ({ l2, ownAttackWeight })),
);

export interface Fitted {
  readonly model: LinearModel;
  readonly settings: FittingSettings;
}

export function fit(texts: readonly ReadText[], own: readonly ReadText[]): Fitted {
  let best: Trial | null = null;
  for (const settings of GRID) {
    const trial = tried(texts, own, settings);
    if (best === null || trial.blocked > best.blocked) best = trial;
  }
  if (best === null) throw new Error('no settings');
  const model = trainModel(samplesOf(texts, own, best.settings.ownAttackWeight), best.settings);
  return { model: { ...model, bias: model.bias - best.limit }, settings: best.settings };
}

interface Trial {
  readonly settings: FittingSettings;
  /** Log-odds that MOST_BLOCKED of the harmless texts exceed. */
  readonly limit: number;
  /** Mean share of attacks above it, by tier. */
  readonly blocked: number;
}

function tried(texts: readonly ReadText[], own: readonly ReadText[], settings: FittingSettings): Trial {
  const inner = (group: string): number => foldOf(`inner ${group}`, FOLDS);
  const judged = Array.from({ length: FOLDS }, (_, fold) => {
    const learned = texts.filter(({ group }) => inner(group) !== fold);
    const model = trainModel(samplesOf(learned, own, settings.ownAttackWeight), settings);
    return texts
      .filter(({ group }) => inner(group) === fold)
      .map((text) => ({ label: text.label, tier: text.tier, suspicion: suspicionOf(text, model) }));
  }).flat();
  const harmless = judged
    .filter(({ label, tier }) => label === 'benign' && tier !== 'tricky-synth')
    .map(({ suspicion }) => suspicion)
    .sort((a, b) => b - a);
  const place = Math.floor(harmless.length * MOST_BLOCKED);
  const limit = ((harmless[place] ?? 0) + (harmless[place + 1] ?? 0)) / 2;
  const attacks = judged.filter(({ label, tier }) => label === 'injection' && tier !== 'contextual');
  const shares = [...new Set(attacks.map(({ tier }) => tier))].map((tier) => {
    const those = attacks.filter((attack) => attack.tier === tier);
    return those.filter(({ suspicion }) => suspicion > limit).length / those.length;
  });
  return { settings, limit, blocked: shares.reduce((sum, share) => sum + share, 0) / shares.length };
}
