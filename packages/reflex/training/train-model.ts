/** Logistic regression by AdaGrad, each text represented by its most suspicious stretch. Deterministic. */
import { type Features, SLOTS } from '../src/injection/model/features.ts';
import {
  type LinearModel,
  SMOOTHING,
  type Stretch,
  scoreOf,
  stretchesOf,
} from '../src/injection/model/linear-model.ts';

export interface Sample {
  readonly features: Features;
  readonly attack: boolean;
  /** How much it counts; 1 is usual. */
  readonly weight: number;
}

export interface TrainingSettings {
  /** How strongly weights are held near 0. */
  readonly l2: number;
}

const ROUNDS = 2;
const EPOCHS = 5;
const LEARNING_RATE = 0.5;
const SEED = 12_345;
/** An attack's whole text counts this much beside its most suspicious stretch. */
const WHOLE_ATTACK = 0.3;
/** Share of a harmless text's other stretches that are learned from, and what each counts. */
const OTHER_STRETCHES = 0.3;
const OTHER_STRETCH = 0.5;

interface Bag extends Stretch {
  readonly features: Features;
  readonly attack: boolean;
  readonly weight: number;
}

/**
 * In the first round every text is learned from as a whole. Then the model itself says which stretch of each looks most like an
 * attack, and learns from that one: a document with one bad sentence is not learned as a bad document.
 */
export function trainModel(samples: readonly Sample[], { l2 }: TrainingSettings): LinearModel {
  const random = randomFrom(SEED);
  let model: LinearModel | null = null;
  for (let round = 0; round < ROUNDS; round++) model = learned(bagsOf(samples, model, random), l2, random);
  if (model === null) throw new Error('no rounds');
  return model;
}

function bagsOf(samples: readonly Sample[], model: LinearModel | null, random: () => number): Bag[] {
  const bags: Bag[] = [];
  for (const { features, attack, weight } of samples) {
    const { tokens } = features;
    if (tokens === 0) continue;
    const best = model === null ? { from: 0, to: tokens } : scoreOf(features, model);
    bags.push({ features, attack, weight, from: best.from, to: best.to });
    if (model === null) continue;
    if (attack) {
      if (best.to - best.from < tokens)
        bags.push({ features, attack, weight: weight * WHOLE_ATTACK, from: 0, to: tokens });
      continue;
    }
    for (const { from, to } of stretchesOf(tokens)) {
      if (random() < OTHER_STRETCHES) bags.push({ features, attack, weight: weight * OTHER_STRETCH, from, to });
    }
  }
  return bags;
}

function learned(bags: Bag[], l2: number, random: () => number): LinearModel {
  const weights = new Float64Array(SLOTS);
  const squares = new Float64Array(SLOTS).fill(1e-3);
  let bias = -1;
  let biasSquares = 1e-3;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    shuffle(bags, random);
    for (const { features, attack, weight, from, to } of bags) {
      const [low, high] = [features.ends[from] ?? 0, features.ends[to] ?? 0];
      const scale = 1 / Math.sqrt(high - low + SMOOTHING);
      let sum = 0;
      for (let at = low; at < high; at++) sum += weights[features.slots[at] ?? 0] ?? 0;
      const gradient = (1 / (1 + Math.exp(-bias - sum * scale)) - (attack ? 1 : 0)) * weight;
      biasSquares += gradient * gradient;
      bias -= (0.1 * LEARNING_RATE * gradient) / Math.sqrt(biasSquares);
      for (let at = low; at < high; at++) {
        const slot = features.slots[at] ?? 0;
        const value = weights[slot] ?? 0;
        const step = gradient * scale + l2 * value;
        const seen = (squares[slot] ?? 0) + step * step;
        squares[slot] = seen;
        weights[slot] = value - (LEARNING_RATE * step) / Math.sqrt(seen);
      }
    }
  }
  return quantised(weights, bias);
}

/** One byte a weight. */
function quantised(weights: Float64Array, bias: number): LinearModel {
  const largest = weights.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const scale = largest / 127;
  return { weights: Int8Array.from(weights, (value) => Math.round(value / scale)), scale, bias };
}

function shuffle(items: Bag[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [items[last], items[other]];
    if (a === undefined || b === undefined) continue;
    items[last] = b;
    items[other] = a;
  }
}

/** Numerical Recipes' linear congruential generator. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
