/** The engine without HTTP: what takes a submission and makes it durable, for tests and for a benchmark beside a library call. */

import { generalistContract } from '../src/adapters/arms/generalist.ts';
import { openPgBossQueue } from '../src/adapters/pg-boss/queue.ts';
import { openDatabase } from '../src/adapters/postgres/database.ts';
import { createPostgresStore } from '../src/adapters/postgres/store.ts';
import { createLocalScreen } from '../src/adapters/screen/local-screen.ts';
import { createSubmit } from '../src/app/submit.ts';
import { type TaskRequest, taskRequestSchema } from '../src/contract/index.ts';
import { silentLogger } from './silent-logger.ts';

export interface Engine extends AsyncDisposable {
  /** Validated, screened, stored; resolves once it is on disk. */
  submit(request: TaskRequest): Promise<{ readonly taskId: string }>;
}

/** On a database that has our schema; nobody is told of new jobs, and no arm runs. */
export async function openEngine(databaseUrl: string): Promise<Engine> {
  const database = openDatabase({ url: databaseUrl, applicationName: 'switchyard engine' });
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
    submit: (request) => submit(taskRequestSchema.parse(request), { requestId: 'engine' }),
    [Symbol.asyncDispose]: async () => {
      await queue.close();
      await database.close();
    },
  };
}
