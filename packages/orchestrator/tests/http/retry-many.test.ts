import { describe, expect, it } from 'vitest';
import { retriedSchema } from '../../src/contract/index.ts';
import { call, openServer, problemIn } from './open-server.ts';

describe('POST /tasks/retry', () => {
  it('queues failed tasks again by their error, or only counts them', async () => {
    const server = await openServer();
    const error = { code: 'RATE_LIMIT', message: 'x' };
    const limited = server.store.add({ status: 'failed', error });
    const other = server.store.add({ id: 'other', status: 'failed', error: { ...error, code: 'arm_failed' } });
    const body = { status: 'failed', code: 'RATE_LIMIT' };
    const counted = await call(server, '/tasks/retry', { body: { ...body, dry_run: true } });
    expect(retriedSchema.parse(counted.json)).toMatchObject({
      retried: 0,
      remaining: 1,
      remaining_by_code: { RATE_LIMIT: 1 },
    });
    const retried = await call(server, '/tasks/retry', { body });
    expect(retriedSchema.parse(retried.json)).toMatchObject({ retried: 1, remaining: 0 });
    expect([limited, other].map(({ id }) => server.store.tasks.get(id)?.status)).toEqual(['pending', 'failed']);
  });

  it.each([
    ['nothing that names tasks', {}, '', 'must name tasks: task_ids, or status "failed" for all that arm, code'],
    ['another status', { status: 'completed' }, '/status', 'must be one of: failed; it was "completed"'],
    ['no ids', { task_ids: [] }, '/task_ids', 'must be at least 1 entry long'],
    ['no time', { status: 'failed', since: 'today' }, '/since', 'must be a valid time with offset'],
  ])('answers %s with 422', async (_what, body, pointer, detail) => {
    const server = await openServer();
    const problem = problemIn(await call(server, '/tasks/retry', { body }));
    expect(problem.errors?.[0]).toMatchObject({ pointer });
    expect(problem.errors?.[0]?.detail).toContain(detail);
  });
});
