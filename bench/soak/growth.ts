/** Whether something grew: a straight line through its samples (least squares), and how sure its slope is. */

export interface Sample {
  /** Grades given when it was taken. */
  readonly at: number;
  readonly value: number;
}

export interface Growth {
  readonly first: number;
  readonly last: number;
  /** For each 1,000 grades. */
  readonly slope: number;
  /** Twice the slope's standard error: the true one lies within this of it, 19 times in 20. */
  readonly uncertainty: number;
  readonly grew: boolean;
}

const PER = 1_000;

/**
 * @param samples at least three, at different counts of grades
 * @param allowance by how much the line may rise from the first sample to the last without being growth: what a garbage collector
 *   or a pool that sizes itself moves by
 */
export function growthOf(samples: readonly Sample[], allowance: number): Growth {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || samples.length < 3)
    throw new RangeError(`growth needs three samples, there are ${samples.length}`);
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [meanAt, meanValue] = [mean(({ at }) => at), mean(({ value }) => value)];
  const spread = samples.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
  const slope = samples.reduce((sum, { at, value }) => sum + (at - meanAt) * (value - meanValue), 0) / spread;
  const left = samples.reduce((sum, { at, value }) => sum + (value - meanValue - slope * (at - meanAt)) ** 2, 0);
  const uncertainty = 2 * Math.sqrt(left / (samples.length - 2) / spread);
  const rise = slope * (last.at - first.at);
  return {
    first: first.value,
    last: last.value,
    slope: slope * PER,
    uncertainty: uncertainty * PER,
    grew: slope > uncertainty && rise > allowance,
  };
}
