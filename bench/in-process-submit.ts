/** The submitting side without HTTP, so that it can be measured beside a library call. */
import { newTraceContext } from '@switchyard/core';
import { taskRequestSchema, type TaskRequest } from '@switchyard/orchestrator/contract';
import { generalistContract } from '../packages/orchestrator/src/adapters/arms/generalist.ts';
import { openPgBossQueue } from '../packages/orchestrator/src/adapters/pg-boss/queue.ts';
import { openDatabase } from '../packages/orchestrator/src/adapters/postgres/database.ts';
import { createPostgresStore } from '../packages/orchestrator/src/adapters/postgres/store.ts';
import { createLocalScreen } from '../packages/orchestrator/src/adapters/screen/local-screen.ts';
import { createSubmit } from '../packages/orchestrator/src/app/submit.ts';
import { silentLogger } from '../packages/orchestrator/testing/index.ts';

export interface InProcessSubmit extends AsyncDisposable {
  submit(request: TaskRequest): Promise<unknown>;
}

export async function inProcessSubmit(databaseUrl: string): Promise<InProcessSubmit> {
  const database = openDatabase({ url: databaseUrl, applicationName: 'switchyard bench' });
  const queue = await openPgBossQueue({ url: databaseUrl, arms: ['generalist'], logger: silentLogger });
  const contract = generalistContract();
  const submit = createSubmit({
    store: createPostgresStore(database, queue),
    screen: createLocalScreen(),
    arms: new Map([[contract.name, contract]]),
    signals: { publish: () => undefined, subscribe: () => () => undefined, onReconnected: () => () => undefined },
    metrics: {
      taskSubmitted: () => undefined,
      taskReached: () => undefined,
      attemptEnded: () => undefined,
      screened: () => undefined,
    },
  });
  return {
    submit: (request) => submit(taskRequestSchema.parse(request), { requestId: 'bench', parent: newTraceContext() }),
    [Symbol.asyncDispose]: async () => {
      await queue.close();
      await database.close();
    },
  };
}
