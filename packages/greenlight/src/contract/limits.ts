import { z } from 'zod';
import { at, firstOf, type IssueList, isRecord, type Located } from './issue-list.ts';

/** Bounds and defaults of what one run may use. */
const BOUNDS = {
  cpu_ms: { least: 1, most: 60_000, unit: 'milliseconds' },
  memory_mb: { least: 32, most: 1024, unit: 'MiB' },
  wall_ms: { least: 1, most: 120_000, unit: 'milliseconds' },
  output_kb: { least: 1, most: 1024, unit: 'KiB' },
} as const;

type LimitName = keyof typeof BOUNDS;

/** Other names that clients use for the same limits. */
const ALIASES: { readonly [name in LimitName]: readonly string[] } = {
  cpu_ms: ['time_limit_ms'],
  memory_mb: ['memory_limit_mb'],
  wall_ms: [],
  output_kb: [],
};

const CPU_MS = 5000;
const MEMORY_MB = 256;
const OUTPUT_KB = 64;
/** A run that waits rather than computes gets twice its compute time. */
const WALL_PER_CPU = 2;

/** Limits of each test: compute time, memory of the box, wall time, kept output (of stdout and of stderr). */
export const runnerLimitsSchema = z.object({
  cpu_ms: limitSchema('cpu_ms'),
  memory_mb: limitSchema('memory_mb'),
  wall_ms: limitSchema('wall_ms'),
  output_kb: limitSchema('output_kb'),
});
export type RunnerLimits = z.infer<typeof runnerLimitsSchema>;

/** A test's own time, milliseconds. */
export const timeoutSchema = limitSchema('cpu_ms');

/**
 * Limits from wherever the client wrote them: `runner_limits`, `runner.runner_limits`, `runner.limits`, `runner`, or beside
 * the tests; the first place that names one wins. Defaults: 5000 ms, 256 MiB, twice the compute time, 64 KiB.
 */
export function readLimits(content: Located, issues: IssueList): RunnerLimits {
  const groups = [['runner_limits'], ['runner', 'runner_limits'], ['runner', 'limits'], ['runner']].map((names) =>
    at(content, ...names),
  );
  for (const group of groups) {
    if (group.value !== undefined && !isRecord(group.value)) {
      issues.refuse(group, 'an object of limits, as {"cpu_ms": 5000, "memory_mb": 256}');
    }
  }
  const read = (name: LimitName, fallback: number): number => {
    const places = [...groups, content].flatMap((group) => [name, ...ALIASES[name]].map((key) => at(group, key)));
    const place = firstOf(at(content, 'runner_limits', name), ...places);
    return issues.readOptional(place, limitSchema(name)) ?? fallback;
  };
  const cpuMs = read('cpu_ms', CPU_MS);
  return {
    cpu_ms: cpuMs,
    memory_mb: read('memory_mb', MEMORY_MB),
    wall_ms: read('wall_ms', Math.min(cpuMs * WALL_PER_CPU, BOUNDS.wall_ms.most)),
    output_kb: read('output_kb', OUTPUT_KB),
  };
}

function limitSchema(name: LimitName): z.ZodType<number> {
  const { least, most, unit } = BOUNDS[name];
  const error = `a whole number of ${unit} from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}
