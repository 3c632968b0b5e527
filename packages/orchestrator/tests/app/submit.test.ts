import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { IdempotencyKeyInFlight, IdempotencyKeyReused, RequestInvalid, TaskBlocked } from '../../src/app/errors.ts';
import { createSubmit, type SubmitDependencies } from '../../src/app/submit.ts';
import { type TaskRequest, taskRequestSchema } from '../../src/contract/index.ts';
import { policyOf } from '../../src/domain/screening.ts';
import { ScreenUnavailable } from '../../src/ports/errors.ts';
import type { FieldFinding } from '../../src/ports/screen.ts';
import type { Inserted } from '../../src/ports/store.ts';
import {
  createHandDrivenArm,
  createHandDrivenScreen,
  createHandDrivenStore,
  createLocalSignals,
  createRecordingMetrics,
} from '../../testing/index.ts';

const ID = '6f1c8dd8-9d0e-4a2e-9d3a-0d7c8a1f2b34';
const SSN: FieldFinding = { kind: 'pii', type: 'SSN', field: '/goal', position: 3, length: 11, treatment: 'block' };

function openSubmit(different: Partial<SubmitDependencies> = {}) {
  const store = createHandDrivenStore();
  const signals = createLocalSignals();
  const metrics = createRecordingMetrics();
  const arm = createHandDrivenArm();
  const generalist = { ...arm, name: 'generalist' };
  const arms = new Map([arm, generalist].map((one) => [one.name, one]));
  const screen = createHandDrivenScreen();
  const submit = createSubmit({ store, screen, arms, signals, metrics, newId: () => ID, ...different });
  const send = (request: Partial<TaskRequest>, context: object = {}) =>
    submit(taskRequestSchema.parse({ goal: 'sort the post', ...request }), { requestId: 'r-1', ...context });
  return { send, store, signals, metrics, arms };
}

/** What the fields of a refusal are. */
async function refusal(sent: Promise<unknown>): Promise<RequestInvalid['errors']> {
  const error = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RequestInvalid) return error.errors;
  throw new Error('it was not refused as invalid');
}

describe('submitting', () => {
  it('stores the task with every default, and only then wakes its arm and whoever watches', async () => {
    const { send, store, signals, metrics } = openSubmit();
    expect(await send({ assigned_arm: 'test', priority: 'high' })).toMatchObject({ taskId: ID, replayed: false });
    expect(store.inserted).toMatchObject([
      {
        spec: { id: ID, goal: 'sort the post', arm: 'test', priority: 'high', maxAttempts: 3, input: null },
        idempotency: null,
        screen: { taskId: null, arm: 'test', status: 'Success', findings: [], requestId: 'r-1' },
      },
    ]);
    expect(metrics.lines).toEqual(['screened Success', 'submitted high']);
    expect(signals.published).toEqual([
      { topic: 'jobs', key: 'test' },
      { topic: 'task', key: ID },
    ]);
  });

  it('gives a task without an arm to the generalist', async () => {
    const { send, store } = openSubmit();
    await send({});
    await send({ assigned_arm: null });
    expect(store.inserted.map(({ spec }) => spec.arm)).toEqual(['generalist', 'generalist']);
  });

  it('goes on with the trace of the caller under a span of its own, else begins a trace', async () => {
    const { send, store } = openSubmit();
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };
    const { trace } = await send({}, { parent });
    expect(trace).toMatchObject({ traceId: parent.traceId, sampled: true });
    expect(trace?.spanId).not.toBe(parent.spanId);
    await send({});
    const [first, second] = store.inserted.map(({ spec }) => spec);
    expect(first).toMatchObject({ traceId: trace?.traceId, spanId: trace?.spanId });
    expect(second?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.traceId).not.toBe(first?.traceId);
  });

  it('refuses an unknown arm and names the known ones', async () => {
    const { send, store } = openSubmit();
    expect(await refusal(send({ assigned_arm: 'nobody' }))).toEqual([
      { pointer: '/assigned_arm', detail: 'there is no arm "nobody"; it may be one of: generalist, test' },
    ]);
    expect(store.inserted).toEqual([]);
  });

  it('refuses an input that its arm cannot take, with pointers into the request', async () => {
    const picky = { ...createHandDrivenArm(), checkInput: () => [{ pointer: '/tests/0', detail: 'is missing' }] };
    const { send } = openSubmit({ arms: new Map([['test', picky]]) });
    expect(await refusal(send({ assigned_arm: 'test' }))).toEqual([
      { pointer: '/input/tests/0', detail: 'is missing' },
    ]);
  });

  it.each([
    ['constraints', { constraints: { tone: 'nul \u0000' } }, '/constraints/tone'],
    ['input', { input: ['half \uD83D'] }, '/input/0'],
    ['metadata', { metadata: { 'a/b': '\u0000' } }, '/metadata/a~1b'],
    ['acceptance criteria', { acceptance_criteria: ['half \uDE00'] }, '/acceptance_criteria/0'],
    ['context', { context: 'half \uD83D' }, '/context'],
  ])('refuses text in %s that cannot be stored, before it is screened', async (_field, request, pointer) => {
    const screen = createHandDrivenScreen(() => Promise.reject(new Error('it was asked')));
    const { send } = openSubmit({ screen });
    expect(await refusal(send(request))).toMatchObject([{ pointer }]);
  });

  it('screens every text of the submitter, and nothing else', async () => {
    const asked: unknown[] = [];
    const screen = createHandDrivenScreen(async (value, screening) => {
      asked.push(value, screening);
      return { blocked: false, findings: [], redact: [] };
    });
    const { send } = openSubmit({ screen });
    await send({ constraints: { a: 1 }, context: 'c', acceptance_criteria: ['d'], input: 'e', metadata: { f: 'g' } });
    expect(asked).toEqual([
      {
        goal: 'sort the post',
        constraints: { a: 1 },
        context: 'c',
        acceptance_criteria: ['d'],
        input: 'e',
        metadata: { f: 'g' },
      },
      policyOf('enforce'),
    ]);
  });

  it('stores of a blocked task only an audit row without its values', async () => {
    const screen = createHandDrivenScreen(async () => ({ blocked: true, findings: [SSN], redact: [] }));
    const { send, store, signals, metrics } = openSubmit({ screen });
    await expect(send({})).rejects.toThrow(TaskBlocked);
    expect(store.inserted).toEqual([]);
    expect(store.screened).toEqual([
      { taskId: null, arm: 'generalist', status: 'Blocked', findings: [SSN], requestId: 'r-1' },
    ]);
    expect(metrics.lines).toEqual(['screened Blocked']);
    expect(signals.published).toEqual([]);
  });

  it('stores findings that do not block with the task', async () => {
    const screen = createHandDrivenScreen(async () => ({ blocked: false, findings: [SSN], redact: [] }));
    const { send, store } = openSubmit({ screen });
    await send({});
    expect(store.inserted[0]?.screen).toMatchObject({ status: 'Success', findings: [SSN] });
  });

  it('stores nothing that could not be screened', async () => {
    const screen = createHandDrivenScreen(() => Promise.reject(new ScreenUnavailable('down')));
    const { send, store, metrics } = openSubmit({ screen });
    await expect(send({})).rejects.toThrow(ScreenUnavailable);
    expect(store.inserted).toEqual([]);
    expect(metrics.lines).toEqual(['screened Error']);
  });

  it('gives a request its digest whatever the order of its keys', async () => {
    const { send, store } = openSubmit();
    await send({ metadata: { a: 1, b: { c: 2, d: 3 } } }, { idempotencyKey: 'k' });
    await send({ metadata: { b: { d: 3, c: 2 }, a: 1 } }, { idempotencyKey: 'k' });
    await send({ metadata: { b: { d: 3, c: 2 }, a: 2 } }, { idempotencyKey: 'k' });
    const [first, second, other] = store.inserted.map(({ idempotency }) => idempotency);
    // The digest of `k`: the key itself is text of the submitter, and is not kept.
    expect(first).toMatchObject({ key: createHash('sha256').update('k').digest('hex') });
    expect(second).toEqual(first);
    expect(other?.digest).not.toBe(first?.digest);
  });

  const answering = (answer: Inserted) => ({
    store: { ...createHandDrivenStore(), insert: async () => [answer] },
  });

  it('answers a replayed key with the task of then, and neither counts nor signals it again', async () => {
    const { send, signals, metrics } = openSubmit(answering({ kind: 'replayed', taskId: 'of then' }));
    expect(await send({}, { idempotencyKey: 'k' })).toEqual({
      taskId: 'of then',
      replayed: true,
      keyExpiresAt: null,
      trace: null,
    });
    expect(metrics.lines).toEqual(['screened Success']);
    expect(signals.published).toEqual([]);
  });

  it('refuses a key that was used for another request', async () => {
    const { send } = openSubmit(answering({ kind: 'key-reused' }));
    await expect(send({}, { idempotencyKey: 'k' })).rejects.toThrow(IdempotencyKeyReused);
  });

  it('refuses a parent that does not exist', async () => {
    const { send } = openSubmit(answering({ kind: 'unknown-parent' }));
    expect(await refusal(send({ parent_task_id: ID }))).toEqual([
      { pointer: '/parent_task_id', detail: `there is no task "${ID}" to be its parent` },
    ]);
  });

  it('refuses a key whose first request is still under way, and takes it again afterwards', async () => {
    const gate = Promise.withResolvers<Inserted[]>();
    const store = { ...createHandDrivenStore(), insert: () => gate.promise };
    const { send } = openSubmit({ store });
    const first = send({}, { idempotencyKey: 'k' });
    await expect(send({}, { idempotencyKey: 'k' })).rejects.toThrow(IdempotencyKeyInFlight);
    gate.resolve([{ kind: 'created', taskId: ID }]);
    await first;
    await send({}, { idempotencyKey: 'k' });
  });
});
