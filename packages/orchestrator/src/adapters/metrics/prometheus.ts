/** The application's metrics as Prometheus reads them. Names: CONTRACTS.md, section 3; labels are never ids. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../../ports/metrics.ts';
import type { RetentionMetrics } from '../../ports/retention.ts';
import type { ScheduleMetrics } from '../../ports/schedules.ts';
import type { CallStanding } from '../../ports/screen.ts';
import type { Store } from '../../ports/store.ts';

export interface PrometheusMetrics extends Metrics, RetentionMetrics, ScheduleMetrics {
  readonly registry: Registry;
}

/**
 * @param backlog asked at each scrape; a scrape while the database is away goes without these gauges
 * @param calls how the calls of the remote screen go; undefined: there is none
 */
export function createPrometheusMetrics(
  backlog: () => ReturnType<Store['backlog']>,
  calls: () => CallStanding | undefined = () => undefined,
): PrometheusMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'orchestrator_' });
  const submitted = new Counter({
    name: 'orchestrator_tasks_submitted_total',
    help: 'Tasks that were accepted',
    labelNames: ['priority'],
    registers,
  });
  const status = new Counter({
    name: 'orchestrator_task_status_total',
    help: 'Tasks that reached a final status',
    labelNames: ['status'],
    registers,
  });
  const processing = new Histogram({
    name: 'orchestrator_task_processing_seconds',
    help: 'How long attempts took',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    registers,
  });
  const attempts = new Counter({
    name: 'orchestrator_arm_attempts_total',
    help: 'Attempts by how they ended',
    labelNames: ['arm', 'outcome'],
    registers,
  });
  const screens = new Counter({
    name: 'orchestrator_reflex_calls_total',
    help: 'Screenings by their outcome',
    labelNames: ['status'],
    registers,
  });
  const removals = new Counter({
    name: 'orchestrator_retention_removed_total',
    help: 'Rows that retention removed: tasks, events, transcripts, screen_log, idempotency_keys',
    labelNames: ['kind'],
    registers,
  });
  const ticks = new Counter({
    name: 'orchestrator_schedule_ticks_total',
    help: 'Ticks of schedules by what came of them: submitted, skipped, missed, refused',
    labelNames: ['outcome'],
    registers,
  });
  registerBacklog(registry, backlog);
  registerCalls(registry, calls);
  return {
    registry,
    taskSubmitted: (priority) => submitted.inc({ priority }),
    taskReached: (reached) => status.inc({ status: reached }),
    attemptEnded: (arm, outcome, seconds) => {
      attempts.inc({ arm, outcome });
      processing.observe(seconds);
    },
    removed: (kind, count) => removals.inc({ kind }, count),
    ticked: (outcome, count) => ticks.inc({ outcome }, count),
    screened: (outcome) => screens.inc({ status: outcome }),
  };
}

const BREAKER_VALUES = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Counted by the client itself; read at each scrape. */
function registerCalls(registry: Registry, calls: () => CallStanding | undefined): void {
  const registers = [registry];
  const breaker: Gauge<'target'> = new Gauge({
    name: 'orchestrator_breaker_state',
    help: 'Circuit breakers of what is called: 0 closed, 1 half-open, 2 open',
    labelNames: ['target'],
    registers,
    collect: () => {
      const standing = calls();
      if (standing !== undefined) breaker.set({ target: standing.target }, BREAKER_VALUES[standing.breaker]);
    },
  });
  const requests: Counter<'target' | 'outcome'> = new Counter({
    name: 'orchestrator_client_requests_total',
    help: 'Calls of other servers by their outcome: succeeded, or the code of the error',
    labelNames: ['target', 'outcome'],
    registers,
    collect: () => {
      const { target, succeeded, failed } = calls() ?? { target: '', succeeded: 0, failed: {} };
      requests.reset();
      if (target === '') return;
      for (const [outcome, count] of Object.entries({ succeeded, ...failed })) requests.inc({ target, outcome }, count);
    },
  });
  const retries: Counter<'target'> = new Counter({
    name: 'orchestrator_client_retries_total',
    help: 'Repeated tries of calls of other servers',
    labelNames: ['target'],
    registers,
    collect: () => {
      const standing = calls();
      retries.reset();
      if (standing !== undefined) retries.inc({ target: standing.target }, standing.retries);
    },
  });
}

function registerBacklog(registry: Registry, backlog: () => ReturnType<Store['backlog']>): void {
  // Both gauges are read at once; the first asks and the other shares its answer.
  let asked: ReturnType<Store['backlog']> | null = null;
  const ask = (): ReturnType<Store['backlog']> => {
    asked ??= backlog()
      .catch(() => [])
      .finally(() => {
        asked = null;
      });
    return asked;
  };
  const age: Gauge<'arm'> = new Gauge({
    name: 'orchestrator_queue_oldest_age_seconds',
    help: 'How long the oldest waiting task has waited',
    labelNames: ['arm'],
    registers: [registry],
    collect: async () => {
      const waiting = await ask();
      age.reset();
      for (const { arm, oldestAgeSeconds } of waiting) age.set({ arm }, oldestAgeSeconds);
    },
  });
  const depth: Gauge<'arm'> = new Gauge({
    name: 'orchestrator_queue_depth',
    help: 'Tasks waiting',
    labelNames: ['arm'],
    registers: [registry],
    collect: async () => {
      const waiting = await ask();
      depth.reset();
      for (const { arm, depth: count } of waiting) depth.set({ arm }, count);
    },
  });
}
