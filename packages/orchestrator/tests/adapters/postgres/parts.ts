/** The real store and queue on a database, as main.ts wires them, and tasks to put into them. */
import { randomUUID } from 'node:crypto';
import { newTraceContext } from '@switchyard/core';
import { openPgBossQueue, type PgBossQueue } from '../../../src/adapters/pg-boss/queue.ts';
import { type Database, openDatabase } from '../../../src/adapters/postgres/database.ts';
import { createPostgresStore } from '../../../src/adapters/postgres/store.ts';
import type { TaskSpec } from '../../../src/domain/task.ts';
import type { NewTask, Store } from '../../../src/ports/store.ts';
import { silentLogger } from '../../../testing/index.ts';

export const ARM = 'test';

export interface Parts extends AsyncDisposable {
  readonly database: Database;
  readonly queue: PgBossQueue;
  readonly store: Store;
}

/** @param arms which have a queue; the template of the test databases has `generalist`, `greenlight` and `test` */
export async function openParts(url: string, arms: readonly string[] = [ARM]): Promise<Parts> {
  const database = openDatabase({ url, applicationName: 'switchyard test' });
  const queue = await openPgBossQueue({ url, arms, logger: silentLogger });
  return {
    database,
    queue,
    store: createPostgresStore(database),
    [Symbol.asyncDispose]: async () => {
      await queue.close();
      await database.close();
    },
  };
}

/** A task as the screen let it through, for the arm `test`. */
export function newTask(spec: Partial<TaskSpec> = {}, rest: Partial<Omit<NewTask, 'spec'>> = {}): NewTask {
  const { traceId, spanId } = newTraceContext();
  const whole: TaskSpec = {
    id: randomUUID(),
    goal: 'Do it.',
    constraints: {},
    context: null,
    acceptanceCriteria: [],
    budget: { max_tokens: 100, max_time_seconds: 60, max_cost_usd: 1 },
    priority: 'medium',
    parentTaskId: null,
    arm: ARM,
    input: null,
    metadata: {},
    maxAttempts: 3,
    traceId,
    spanId,
    startAfter: null,
    ...spec,
  };
  const screen = { taskId: null, arm: whole.arm, status: 'Success', findings: [], requestId: 'request-1' } as const;
  return { spec: whole, idempotency: null, screen, ...rest };
}
