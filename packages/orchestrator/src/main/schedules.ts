/** The part that hands tasks in by the clock, and what the API does with schedules. */
import { createCalendar } from '../adapters/cron/calendar.ts';
import type { PrometheusMetrics } from '../adapters/metrics/prometheus.ts';
import { createScheduleStore } from '../adapters/postgres/schedules.ts';
import { createCancel } from '../app/cancel.ts';
import { startScheduler } from '../app/scheduler.ts';
import { createSchedules, type Schedules } from '../app/schedules.ts';
import { createSubmit } from '../app/submit.ts';
import { createSubmitTick } from '../app/submit-tick.ts';
import { createSubmitTree } from '../app/submit-tree.ts';
import type { TreeKeeper } from '../app/tree-keeper.ts';
import type { ArmContract } from '../ports/arm.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedactionKeys } from '../ports/redactions.ts';
import type { Screen } from '../ports/screen.ts';
import type { Base } from './base.ts';

interface ScheduleParts {
  readonly base: Base;
  /** Live: a reload changes them. */
  readonly contracts: ReadonlyMap<string, ArmContract>;
  readonly screen: Screen;
  readonly redactionKeys: RedactionKeys | null;
  readonly metrics: PrometheusMetrics;
  readonly trees: TreeKeeper;
  readonly logger: Logger;
}

/** @param ticks whether this process hands in what comes due */
export function openSchedules(
  { base, contracts: arms, screen, redactionKeys, metrics, trees, logger }: ScheduleParts,
  opened: AsyncDisposableStack,
  ticks: boolean,
): Schedules {
  const { store, connection: signals } = base;
  const schedules = createScheduleStore(base.database);
  const calendar = createCalendar();
  const taking = { store, screen, redactionKeys, arms, signals, metrics };
  const submitTick = createSubmitTick({
    submit: createSubmit(taking),
    submitTree: createSubmitTree(taking),
    schedules,
    metrics,
    logger,
  });
  if (ticks) {
    const cancel = createCancel(store, signals, metrics, trees);
    const scheduler = startScheduler({ schedules, calendar, submitTick, cancel, metrics, logger });
    opened.defer(() => scheduler.stop());
  }
  return createSchedules({ ...taking, schedules, calendar, submitTick });
}
