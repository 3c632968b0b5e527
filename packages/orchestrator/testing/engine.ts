/** The engine without HTTP: what takes a submission, makes it durable and does it; for tests, and for a benchmark beside a library call. */

import { randomInt } from 'node:crypto';
import { openPgBossQueue } from '../src/adapters/pg-boss/queue.ts';
import { createBudgetStore } from '../src/adapters/postgres/budgets.ts';
import { openDatabase } from '../src/adapters/postgres/database.ts';
import { openNodeConnection } from '../src/adapters/postgres/node-connection.ts';
import { createPostgresStore } from '../src/adapters/postgres/store.ts';
import { createTreeStore } from '../src/adapters/postgres/trees.ts';
import { createLocalScreen } from '../src/adapters/screen/local-screen.ts';
import { startDispatcher } from '../src/app/dispatcher.ts';
import { createSubmit } from '../src/app/submit.ts';
import { createSubmitTree } from '../src/app/submit-tree.ts';
import { startSweep } from '../src/app/sweep.ts';
import { createTreeKeeper } from '../src/app/tree-keeper.ts';
import { type TaskRequest, taskRequestSchema } from '../src/contract/index.ts';
import type { Arm, ArmContract } from '../src/ports/arm.ts';
import type { Metrics } from '../src/ports/metrics.ts';
import type { Signals } from '../src/ports/signals.ts';
import type { Store } from '../src/ports/store.ts';
import { silentLogger } from './silent-logger.ts';

export interface Engine extends AsyncDisposable {
  /** Validated, screened, stored; resolves once it is on disk. */
  submit(request: TaskRequest): Promise<{ readonly taskId: string }>;
  readonly store: Store;
  readonly signals: Signals;
}

export interface EngineOptions {
  /** What tasks may be submitted for. */
  readonly contracts: readonly ArmContract[];
  /** What runs in this process. Default: nothing. */
  readonly arms?: readonly Arm[];
}

const nothing = (): void => undefined;
const metrics: Metrics = { taskSubmitted: nothing, taskReached: nothing, attemptEnded: nothing, screened: nothing };

/** On a database that has our schema. */
export async function openEngine(databaseUrl: string, { contracts, arms = [] }: EngineOptions): Promise<Engine> {
  await using opened = new AsyncDisposableStack();
  const database = openDatabase({ url: databaseUrl, applicationName: 'switchyard engine' });
  opened.defer(() => database.close());
  const names = [...new Set([...contracts, ...arms].map((arm) => arm.name))];
  const queue = await openPgBossQueue({ url: databaseUrl, arms: names, logger: silentLogger });
  opened.defer(() => queue.close());
  const node = { id: randomInt(1, 2 ** 31 - 1), pid: process.pid };
  const signals = await openNodeConnection({ url: databaseUrl, node, logger: silentLogger });
  opened.defer(() => signals.close());
  const store = createPostgresStore(database);
  const parts = { store, queue, signals, metrics, logger: silentLogger };
  const byName = new Map(contracts.map((contract) => [contract.name, contract]));
  if (arms.length > 0) {
    const trees = createTreeKeeper({ ...parts, trees: createTreeStore(database) });
    opened.defer(() => trees.idle());
    const sweep = startSweep({ ...parts, trees });
    opened.defer(() => sweep.stop());
    const budgets = createBudgetStore(database);
    const dispatcher = startDispatcher({
      ...parts,
      arms,
      contracts: byName,
      node,
      budgets,
      onEnded: (task) => trees.ended(task),
      onExceeded: (budget) => trees.exceed(budget),
    });
    opened.defer(() => dispatcher.stop(1_000));
  }
  const taking = { ...parts, screen: createLocalScreen(), arms: byName };
  const [submit, submitTree] = [createSubmit(taking), createSubmitTree(taking)];
  const resources = opened.move();
  return {
    submit: (body) => {
      const request = taskRequestSchema.parse(body);
      return (request.subtasks === undefined ? submit : submitTree)(request, { requestId: 'engine' });
    },
    store,
    signals,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
