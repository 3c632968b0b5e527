import { randomUUID } from 'node:crypto';
import type { Task } from '../src/domain/task.ts';

const CREATED = new Date('2026-01-31T09:00:00.000Z');

/** A pending task of the arm `test`; name only what matters to the test. */
export function makeTask(different: Partial<Task> = {}): Task {
  return {
    id: randomUUID(),
    goal: 'sort the post',
    constraints: {},
    context: null,
    acceptanceCriteria: [],
    budget: { max_tokens: 10_000, max_time_seconds: 300, max_cost_usd: 1 },
    priority: 'medium',
    parentTaskId: null,
    arm: 'test',
    input: null,
    metadata: {},
    maxAttempts: 3,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    startAfter: null,
    status: 'pending',
    attempt: 0,
    armsTried: [],
    failures: 0,
    workerDeaths: 0,
    processingTimeMs: null,
    progress: null,
    children: null,
    cancelRequestedAt: null,
    result: null,
    error: null,
    usage: null,
    costUsd: null,
    createdAt: CREATED,
    updatedAt: CREATED,
    ...different,
  };
}
