/** What a run used of its limits, as far as its driver can tell. */
import type { AtomResult } from '../contract/atom-result.ts';
import type { StepOutcome } from '../sandbox/port.ts';
import { rounded } from './test-results.ts';

export function usedBy(outcomes: readonly StepOutcome[]): AtomResult['used'] {
  const known = (read: (outcome: StepOutcome) => number | undefined): number[] =>
    outcomes.flatMap((outcome) => read(outcome) ?? []);
  const cpu = known(({ usage }) => usage?.cpuMs);
  const peaks = known(({ usage }) => usage?.peakMemoryMb);
  const total = (values: readonly number[]): number => rounded(values.reduce((sum, value) => sum + value, 0));
  return {
    wall_ms: total(outcomes.map(({ durationMs }) => durationMs)),
    cpu_ms: cpu.length === 0 ? null : total(cpu),
    peak_memory_mb: peaks.length === 0 ? null : rounded(Math.max(...peaks)),
  };
}
