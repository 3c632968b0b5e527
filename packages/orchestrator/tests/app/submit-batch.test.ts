import { describe, expect, it } from 'vitest';
import { IdempotencyKeyInFlight, RequestInvalid, TaskBlocked } from '../../src/app/errors.ts';
import { createSubmitBatch, type SubmitBatchDependencies } from '../../src/app/submit-batch.ts';
import { batchRequestSchema, type TaskRequest } from '../../src/contract/index.ts';
import type { FieldFinding } from '../../src/ports/screen.ts';
import {
  createHandDrivenArm,
  createHandDrivenScreen,
  createHandDrivenStore,
  createLocalSignals,
  createRecordingMetrics,
} from '../../testing/index.ts';

const SSN: FieldFinding = { kind: 'pii', type: 'SSN', field: '/goal', position: 3, length: 11, treatment: 'block' };

function openBatch(different: Partial<SubmitBatchDependencies> = {}) {
  const store = createHandDrivenStore();
  const signals = createLocalSignals();
  const metrics = createRecordingMetrics();
  const arm = createHandDrivenArm();
  const arms = new Map([arm, { ...arm, name: 'generalist' }].map((one) => [one.name, one]));
  const submit = createSubmitBatch({ store, screen: createHandDrivenScreen(), arms, signals, metrics, ...different });
  const send = (requests: readonly TaskRequest[], idempotencyKey?: string) =>
    submit(batchRequestSchema.parse(requests), { requestId: 'r-1', idempotencyKey });
  return { send, store, signals, metrics };
}

async function failureOf(sent: Promise<unknown>): Promise<unknown> {
  return sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

describe('a batch', () => {
  it('is stored together and wakes each arm once', async () => {
    const { send, store, signals, metrics } = openBatch();
    const goals = Array.from({ length: 20 }, (_, index) => `number ${index}`);
    const { taskIds, replayed } = await send(
      goals.map((goal, index) => ({ goal, assigned_arm: index % 2 === 0 ? 'test' : 'generalist' })),
    );
    expect(store.inserted.map(({ spec }) => spec.goal)).toEqual(goals);
    expect(taskIds).toEqual(store.inserted.map(({ spec }) => spec.id));
    expect([new Set(taskIds).size, replayed]).toEqual([20, false]);
    expect(signals.published).toEqual([
      { topic: 'jobs', key: 'test' },
      { topic: 'jobs', key: 'generalist' },
    ]);
    expect(metrics.lines.filter((line) => line === 'submitted medium')).toHaveLength(20);
  });

  it('tells what is wrong with the place of the task, and stores nothing', async () => {
    const { send, store } = openBatch();
    const failure = await failureOf(
      send([{ goal: 'fine' }, { goal: 'x', assigned_arm: 'nobody' }, { goal: 'x', input: { a: '\u0000' } }]),
    );
    expect(failure).toBeInstanceOf(RequestInvalid);
    expect(failure).toMatchObject({ errors: [{ pointer: '/1/assigned_arm' }, { pointer: '/2/input/a' }] });
    expect(store.inserted).toEqual([]);
  });

  it('with blocked tasks is refused with the places of what was found in each, and each leaves an audit row', async () => {
    const screen = createHandDrivenScreen(async (value) =>
      JSON.stringify(value).includes('bad')
        ? { blocked: true, findings: [SSN], redact: [] }
        : { blocked: false, findings: [], redact: [] },
    );
    const { send, store } = openBatch({ screen });
    const failure = await failureOf(send([{ goal: 'bad 1' }, { goal: 'fine' }, { goal: 'bad 2' }]));
    expect(failure).toBeInstanceOf(TaskBlocked);
    expect(failure).toMatchObject({ findings: [{ field: '/0/goal' }, { field: '/2/goal' }] });
    expect(store.screened.map(({ status }) => status)).toEqual(['Blocked', 'Blocked']);
    expect(store.inserted).toEqual([]);
  });

  it('under a key claims one for each task, all with the digest of the whole', async () => {
    const { send, store } = openBatch();
    await send([{ goal: 'a' }, { goal: 'b' }], 'k');
    const [first, second] = store.inserted.map(({ idempotency }) => idempotency);
    expect(second?.key).toBe(`${first?.key}/1`);
    expect(second?.digest).toBe(first?.digest);
    await send([{ goal: 'a' }], 'k');
    expect(store.inserted[2]?.idempotency?.key).toBe(first?.key);
    expect(store.inserted[2]?.idempotency?.digest).not.toBe(first?.digest);
  });

  it('whose key is in flight is refused', async () => {
    const writing = Promise.withResolvers<void>();
    const store = createHandDrivenStore();
    const insertTogether: typeof store.insertTogether = async (tasks) => {
      await writing.promise;
      return store.insertTogether(tasks);
    };
    const { send } = openBatch({ store: { ...store, insertTogether } });
    const first = send([{ goal: 'a' }], 'k');
    const second = failureOf(send([{ goal: 'a' }], 'k'));
    expect(await second).toBeInstanceOf(IdempotencyKeyInFlight);
    writing.resolve();
    expect((await first).taskIds).toHaveLength(1);
  });
});
