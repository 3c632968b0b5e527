/** The part that does tasks: the sweep, the dispatcher with a lane for each arm, and what it announces of itself. */
import type { PrometheusMetrics } from '../adapters/metrics/prometheus.ts';
import { createBudgetStore } from '../adapters/postgres/budgets.ts';
import { startAnnouncing } from '../app/announce.ts';
import { type Dispatcher, startDispatcher } from '../app/dispatcher.ts';
import { startSweep } from '../app/sweep.ts';
import type { TreeKeeper } from '../app/tree-keeper.ts';
import type { Arm, ArmContract } from '../ports/arm.ts';
import type { Logger } from '../ports/logger.ts';
import type { PreparedArms } from '../working-arms.ts';
import type { Base } from './base.ts';

interface WorkerParts {
  /** Live: a reload changes them. */
  readonly arms: readonly Arm[];
  readonly prepared: PreparedArms;
  readonly contracts: ReadonlyMap<string, ArmContract>;
  readonly base: Base;
  readonly metrics: PrometheusMetrics;
  readonly trees: TreeKeeper;
  readonly logger: Logger;
}

export function openWorker(
  { arms, prepared, contracts, base, metrics, trees, logger }: WorkerParts,
  opened: AsyncDisposableStack,
  work: { readonly stopWithinMs: number },
): Dispatcher {
  const { store, queue, connection, node } = base;
  const sweep = startSweep({ store, queue, signals: connection, trees, logger });
  opened.defer(() => sweep.stop());
  const dispatcher = startDispatcher({
    arms: [],
    contracts,
    store,
    queue,
    signals: connection,
    metrics,
    logger,
    node,
    budgets: createBudgetStore(base.database),
    onEnded: (task) => trees.ended(task),
    onExceeded: (budget) => trees.exceed(budget),
  });
  prepared.putInPlace(dispatcher);
  const announcing = startAnnouncing({ store, node, arms: () => arms, logger });
  opened.defer(() => announcing.stop());
  opened.defer(() => dispatcher.stop(work.stopWithinMs));
  return dispatcher;
}
