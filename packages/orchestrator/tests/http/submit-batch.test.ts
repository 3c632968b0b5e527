import { describe, expect, it } from 'vitest';
import { batchSubmittedSchema } from '../../src/contract/index.ts';
import { call, openServer, problemIn } from './open-server.ts';

describe('POST /submit/batch', () => {
  it('answers 202 with an id for each task', async () => {
    const server = await openServer();
    const answer = await call(server, '/submit/batch', { body: [{ goal: 'a' }, { goal: 'b' }] });
    expect(answer.status).toBe(202);
    expect(batchSubmittedSchema.parse(answer.json).data).toEqual(
      server.store.inserted.map(({ spec }) => ({ task_id: spec.id, status: 'pending' })),
    );
    expect(answer.headers['retry-after']).toBe('1');
  });

  it.each([
    ['no array', { goal: 'x' }, '', 'must be an array; it was an object'],
    ['nothing in it', [], '', 'must be at least 1 entry long; it was an empty array'],
    ['a task without a goal', [{ goal: 'x' }, {}], '/1/goal', 'is missing: must be a string'],
    [
      'over a thousand tasks',
      Array.from({ length: 1_001 }, () => ({ goal: 'x' })),
      '',
      'must be at most 1000 entries long; it was an array of 1001',
    ],
  ])('answers %s with 422 and the place', async (_what, body, pointer, detail) => {
    const server = await openServer();
    const problem = problemIn(await call(server, '/submit/batch', { body }));
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer, detail }] });
    expect(server.store.inserted).toEqual([]);
  });

  it('takes a body larger than that of a single task', async () => {
    const server = await openServer();
    const body = Array.from({ length: 100 }, () => ({ goal: 'x', context: 'y'.repeat(50_000) }));
    expect((await call(server, '/submit/batch', { body })).status).toBe(202);
    expect(problemIn(await call(server, '/submit', { body }))).toMatchObject({ status: 413 });
  });
});

describe('the answer to a submission with a key', () => {
  it('says until when the key answers, and when it is an earlier answer', async () => {
    const keyExpiresAt = new Date('2026-02-01T09:00:00Z');
    const server = await openServer({
      store: {
        insert: async (tasks) => tasks.map(({ spec }) => ({ kind: 'replayed', taskId: spec.id, keyExpiresAt })),
      },
    });
    const headers = { 'idempotency-key': 'k' };
    const answer = await call(server, '/submit', { body: { goal: 'x' }, headers });
    expect(answer.headers['idempotency-key-expires']).toBe(keyExpiresAt.toISOString());
    expect(answer.headers['idempotent-replayed']).toBe('true');
    const plain = await call(await openServer(), '/submit', { body: { goal: 'x' } });
    expect(plain.headers).not.toHaveProperty('idempotency-key-expires');
    expect(plain.headers).not.toHaveProperty('idempotent-replayed');
  });

  it('is 409 while another process writes the same key', async () => {
    const server = await openServer({
      store: { insert: async (tasks) => tasks.map(() => ({ kind: 'key-in-flight' })) },
    });
    const answer = await call(server, '/submit', { body: { goal: 'x' }, headers: { 'idempotency-key': 'k' } });
    expect(problemIn(answer)).toMatchObject({ status: 409, code: 'idempotency_key_in_flight' });
  });
});

describe('a body with hundreds of thousands of members', () => {
  it('is refused with the place before anything looks at each of them', async () => {
    const server = await openServer();
    const metadata = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`k${index}`, 1]));
    const problem = problemIn(await call(server, '/submit', { body: { goal: 'x', metadata } }));
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer: '/metadata' }] });
  });
});
