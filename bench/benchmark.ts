/** What a benchmark is, and how it measures. */
export interface Benchmark {
  /** Its name on the command line and its marker in docs/benchmarks.md. */
  readonly name: string;
  readonly title: string;
  /** What was measured how, and beside what; a sentence or two. */
  readonly about: string;
  run(): Promise<Table>;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Runs `work` until `count` calls are done, `atOnce` of them at a time. */
export async function closedLoop(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<unknown>,
): Promise<{ readonly perSecond: number; readonly latencies: number[] }> {
  const latencies: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const startedAt = performance.now();
      await work(index);
      latencies.push(performance.now() - startedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { perSecond: count / ((performance.now() - startedAt) / 1000), latencies };
}

/** The value below which `share` (0 to 1) of the samples lie; nearest rank. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0);
}

export function wholeNumber(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
