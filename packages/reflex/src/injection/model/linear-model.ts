/** A logistic regression over hashed features, scored over stretches of a text. */
import type { Features } from './features.ts';
import { scratchFor } from './scratch.ts';

export interface LinearModel {
  /** By slot; a feature adds `weights[slot] · scale`. */
  readonly weights: Int8Array;
  readonly scale: number;
  readonly bias: number;
}

/** A stretch of tokens, end exclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Scored extends Stretch {
  /** Log-odds of an attack; that of the stretch where it is highest. */
  readonly score: number;
}

/** The whole text counts, and stretches of these many tokens, each overlapping the one before by half. */
const STRETCHES = [24, 64, 160];
/** A stretch just a little shorter than the text tells nothing new. */
const SHORTER = 0.8;
/** Added to the number of features under the root: few features are little evidence. */
export const SMOOTHING = 60;

export function stretchesOf(tokens: number): Stretch[] {
  const all: Stretch[] = [{ from: 0, to: tokens }];
  for (const size of STRETCHES) {
    if (size > tokens * SHORTER) continue;
    for (let from = 0; from < tokens; from += size >> 1) {
      all.push({ from, to: Math.min(tokens, from + size) });
      if (from + size >= tokens) break;
    }
  }
  return all;
}

/** Finds the stretch that looks most like an attack. */
export function scoreOf(features: Features, model: LinearModel): Scored {
  const { tokens, ends } = features;
  const sums = sumsOf(features, model);
  let best = { from: 0, to: tokens, score: scoreBetween(sums, ends, 0, tokens) };
  for (const size of STRETCHES) {
    if (size > tokens * SHORTER) continue;
    for (let from = 0; from < tokens; from += size >> 1) {
      const to = Math.min(tokens, from + size);
      const score = scoreBetween(sums, ends, from, to);
      if (score > best.score) best = { from, to, score };
      if (from + size >= tokens) break;
    }
  }
  return { ...best, score: best.score + model.bias };
}

function scoreBetween(sums: Float64Array, ends: Int32Array, from: number, to: number): number {
  const count = (ends[to] ?? 0) - (ends[from] ?? 0);
  return ((sums[to] ?? 0) - (sums[from] ?? 0)) / Math.sqrt(count + SMOOTHING);
}

/** By token: the sum of all weights before it. Holds until the next text is scored (scratch.ts). */
function sumsOf({ tokens, slots, ends }: Features, { weights, scale }: LinearModel): Float64Array {
  const { sums } = scratchFor(tokens);
  let sum = 0;
  let feature = 0;
  sums[0] = 0;
  for (let token = 0; token < tokens; token++) {
    for (const end = ends[token + 1] ?? 0; feature < end; feature++) sum += weights[slots[feature] ?? 0] ?? 0;
    sums[token + 1] = sum * scale;
  }
  return sums;
}

/** The part of the stretch whose features speak most for an attack: the run of tokens with the greatest sum of weights. */
export function coreOf(features: Features, model: LinearModel, { from, to }: Stretch): Stretch {
  const sums = sumsOf(features, model);
  let low = from;
  let best: Stretch = { from, to };
  let most = Number.NEGATIVE_INFINITY;
  for (let end = from + 1; end <= to; end++) {
    const gain = (sums[end] ?? 0) - (sums[low] ?? 0);
    if (gain > most) {
      most = gain;
      best = { from: low, to: end };
    }
    if ((sums[end] ?? 0) < (sums[low] ?? 0)) low = end;
  }
  return best;
}
