import { ClientConfigInvalid, HttpClientError } from '@switchyard/core';
import { ManualClock, refusedUrl } from '@switchyard/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ExecutionFailed,
  ExecutionWaitExpired,
  type GreenlightAtomRequest,
  GreenlightClient,
  type GreenlightClientDependencies,
  type GreenlightClientOptions,
} from '../../src/index.ts';
import { type GreenlightFault, MisbehavingGreenlight } from '../../testing/index.ts';

const REQUEST: GreenlightAtomRequest = {
  atom_id: 'test-atom-123',
  atom_type: 'code_submission',
  front: 'Write a function that adds two numbers',
  back: 'def add(a, b): return a + b',
  content_json: { language: 'python', tests: [], runner_limits: { cpu_ms: 5000, memory_mb: 256 } },
  session_context: { learner_id: 'test-learner', mastery_level: 0.65, recent_errors: ['off_by_one'] },
};

let server: MisbehavingGreenlight;
let opened: AsyncDisposableStack;

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  server = opened.use(await MisbehavingGreenlight.open());
});

afterEach(async () => {
  await opened.disposeAsync();
});

/** A client that does not wait in earnest between attempts; `waits` are the milliseconds it would have. */
function open(
  options: GreenlightClientOptions = {},
  dependencies: GreenlightClientDependencies = {},
  url = server.url,
): { client: GreenlightClient; waits: number[] } {
  const waits: number[] = [];
  const client = new GreenlightClient(url, options, {
    random: () => 0,
    sleep: async (ms) => void waits.push(ms),
    ...dependencies,
  });
  opened.use(client);
  return { client, waits };
}

/** Misbehaves to the first requests, one fault each, and answers the rest. */
function faults(...list: readonly GreenlightFault[]): void {
  server.misbehave = (_call, index) => list[index];
}

async function refusal(promise: Promise<unknown>): Promise<HttpClientError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof HttpClientError) return error;
  throw new Error('it did not end with an HttpClientError', { cause: error });
}

describe('executeAtom', () => {
  test('posts the atom to run-atom and gives back its result', async () => {
    server.result = { ...server.result, partial_score: 0.75, tests_passed: 3, tests_total: 4, error_class: 'logic' };
    const { client } = open();
    const result = await client.executeAtom(REQUEST);
    expect(result).toMatchObject({
      atom_id: 'test-atom-123',
      partial_score: 0.75,
      tests_total: 4,
      error_class: 'logic',
    });
    expect(server.calls[0]).toMatchObject({ method: 'POST', path: '/greenlight/run-atom', body: REQUEST });
  });

  test('fills in what a server leaves out or answers as null', async () => {
    server.result = { partial_score: 1, error_class: null, git_suggestions: null, meta_cognitive: null, extra: 'kept' };
    const { client } = open();
    expect(await client.executeAtom(REQUEST)).toEqual({
      atom_id: 'test-atom-123',
      partial_score: 1,
      tests_passed: 0,
      tests_total: 0,
      test_results: [],
      error_class: null,
      git_suggestions: [],
      execution_time_ms: 0,
      meta_cognitive: {},
      correct: true,
      feedback: '',
      stdout: '',
      stderr: '',
      extra: 'kept',
    });
  });

  test('keeps a path prefix of the base URL, with or without a slash behind it', async () => {
    for (const suffix of ['/base', '/base/']) {
      const { client } = open({}, {}, `${server.url}${suffix}`);
      await client.executeAtom(REQUEST);
    }
    expect(server.calls.map(({ path }) => path)).toEqual(['/base/greenlight/run-atom', '/base/greenlight/run-atom']);
  });

  test('tries a timeout again, three attempts in all, and waits 1 s and 2 s in between', async () => {
    server.misbehave = () => ({ kind: 'delay' });
    const { client, waits } = open({ timeoutMs: 60 });
    const error = await refusal(client.executeAtom(REQUEST));
    expect(error).toMatchObject({ code: 'http_timeout', attempts: 3, kind: 'transient' });
    expect(waits).toEqual([1000, 2000]);
    expect(server.calls).toHaveLength(3);
  });

  test('an answer that comes within the limit after a timeout is the result', async () => {
    faults({ kind: 'delay' }, { kind: 'hang' });
    const { client, waits } = open({ timeoutMs: 300 });
    expect(await client.executeAtom(REQUEST)).toMatchObject({ partial_score: 1 });
    expect(waits).toEqual([1000, 2000]);
  });

  test('adds up to 25 % to a wait', async () => {
    faults({ kind: 'status', status: 503 }, { kind: 'status', status: 503 });
    const { client, waits } = open({}, { random: () => 0.8 });
    await client.executeAtom(REQUEST);
    expect(waits).toEqual([1200, 2400]);
  });

  test.each([429, 500, 502, 503, 504, 529])('tries %i again', async (status) => {
    faults({ kind: 'status', status });
    const { client, waits } = open();
    expect(await client.executeAtom(REQUEST)).toMatchObject({ partial_score: 1 });
    expect(waits).toEqual([1000]);
  });

  test.each([400, 401, 403, 404, 409, 413, 418, 422])(
    "fails at once on %i, with the server's message",
    async (status) => {
      faults({ kind: 'status', status, body: { error: 'bad', message: 'tests[0] has no input', pointer: '/tests/0' } });
      const { client, waits } = open();
      const error = await refusal(client.executeAtom(REQUEST));
      expect(error).toMatchObject({ status, attempts: 1, retryable: false });
      expect(error.message).toContain('tests[0] has no input');
      expect(error.responseBody).toMatchObject({ pointer: '/tests/0' });
      expect(waits).toEqual([]);
    },
  );

  test('never waits less than Retry-After', async () => {
    faults({ kind: 'status', status: 429, headers: { 'retry-after': '7' } });
    const { client, waits } = open();
    await client.executeAtom(REQUEST);
    expect(waits).toEqual([7000]);
  });

  test('a Retry-After past the longest wait fails at once with the hint', async () => {
    faults({ kind: 'status', status: 503, headers: { 'retry-after': '3600' } });
    const { client, waits } = open();
    expect(await refusal(client.executeAtom(REQUEST))).toMatchObject({ attempts: 1, retryAfterMs: 3_600_000 });
    expect(waits).toEqual([]);
  });

  test('tries a dropped connection and a server that is not there again', async () => {
    faults({ kind: 'drop' });
    const { client, waits } = open();
    expect(await client.executeAtom(REQUEST)).toMatchObject({ partial_score: 1 });
    expect(waits).toEqual([1000]);
    const away = open({}, {}, await refusedUrl());
    expect(await refusal(away.client.executeAtom(REQUEST))).toMatchObject({ code: 'http_network', attempts: 3 });
  });

  test('an answer that was lost is asked for again under the same key, and nothing runs twice', async () => {
    faults({ kind: 'lose-answer' });
    const { client } = open();
    await client.executeAtom(REQUEST);
    const keys = server.calls.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(server.done).toBe(1);
  });

  test('each call has a key of its own, or the one it is given', async () => {
    const { client } = open();
    await client.executeAtom(REQUEST);
    await client.executeAtom(REQUEST);
    await client.executeAtom(REQUEST, { idempotencyKey: 'mine' });
    expect(new Set(server.calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
    expect(server.calls[2]?.headers['idempotency-key']).toBe('mine');
  });

  test('an answer that is no result is refused and not asked for again', async () => {
    faults({ kind: 'garbage' });
    const { client } = open();
    expect(await refusal(client.executeAtom(REQUEST))).toMatchObject({ code: 'http_invalid_answer', attempts: 1 });
    server.misbehave = () => undefined;
    server.result = { partial_score: 'high' };
    expect(await refusal(client.executeAtom(REQUEST))).toMatchObject({ code: 'http_invalid_answer' });
  });

  test('the signal ends a call under way with its reason', async () => {
    server.misbehave = () => ({ kind: 'hang' });
    const { client } = open();
    const controller = new AbortController();
    const call = client.executeAtom(REQUEST, { signal: controller.signal });
    await server.received(1);
    controller.abort(new Error('the learner left'));
    await expect(call).rejects.toThrow('the learner left');
  });

  test('after five failures in a row the breaker lets nothing through', async () => {
    server.misbehave = () => ({ kind: 'status', status: 500 });
    const { client } = open({ retryAttempts: 5 });
    await refusal(client.executeAtom(REQUEST));
    expect(await refusal(client.executeAtom(REQUEST))).toMatchObject({ code: 'http_circuit_open', attempts: 0 });
    expect(server.calls).toHaveLength(5);
    expect(client.counters().breaker.state).toBe('open');
  });

  test('one attempt means no retry', async () => {
    server.misbehave = () => ({ kind: 'status', status: 500 });
    const { client, waits } = open({ retryAttempts: 1 });
    expect(await refusal(client.executeAtom(REQUEST))).toMatchObject({ attempts: 1 });
    expect(waits).toEqual([]);
  });

  test.each([0, 101, 1.5, Number.NaN])('%d attempts are refused by name', (retryAttempts) => {
    expect(() => new GreenlightClient('http://127.0.0.1:1', { retryAttempts })).toThrow(ClientConfigInvalid);
    expect(() => new GreenlightClient('http://127.0.0.1:1', { retryAttempts })).toThrow(/retryAttempts .* 1 to 100/);
  });
});

describe('queued atoms', () => {
  test('queueAtom answers the id, pollExecution null until it is complete', async () => {
    const { client } = open();
    const id = await client.queueAtom(REQUEST);
    expect(await client.pollExecution(id)).toBeNull();
    server.executions.set(id, { ...server.executions.get(id), status: 'running' });
    expect(await client.pollExecution(id)).toBeNull();
    server.complete(id);
    expect(await client.pollExecution(id)).toMatchObject({
      atom_id: 'test-atom-123',
      status: 'complete',
      partial_score: 1,
    });
  });

  test('a lost answer to queueAtom does not queue it twice', async () => {
    faults({ kind: 'lose-answer' });
    const { client } = open();
    expect(await client.queueAtom(REQUEST)).toBe('execution-1');
    expect(server.executions.size).toBe(1);
  });

  test('a failed execution is an error of its own, with the reason of the server', async () => {
    const { client } = open();
    const id = await client.queueAtom(REQUEST);
    server.fail(id, 'no box could be had');
    const failure = client.pollUntilComplete(id);
    await expect(failure).rejects.toBeInstanceOf(ExecutionFailed);
    await expect(failure).rejects.toThrow(`execution ${id} failed: no box could be had`);
  });

  test('an execution that nobody knows is a 404', async () => {
    const { client } = open();
    expect(await refusal(client.pollExecution('no/such id'))).toMatchObject({ status: 404, attempts: 1 });
    expect(server.calls[0]?.path).toBe('/greenlight/execution/no%2Fsuch%20id');
  });

  test('a complete execution without a result is not taken for an answer', async () => {
    server.executions.set('e', { status: 'complete' });
    const { client } = open();
    expect(await refusal(client.pollExecution('e'))).toMatchObject({ code: 'http_invalid_answer' });
  });

  test('pollUntilComplete polls every 2 s until it is complete', async () => {
    const waits: number[] = [];
    const { client } = open(
      {},
      {
        sleep: async (ms) => {
          waits.push(ms);
          if (waits.length === 3) server.complete('execution-1');
        },
      },
    );
    const id = await client.queueAtom(REQUEST);
    expect(await client.pollUntilComplete(id)).toMatchObject({ partial_score: 1 });
    expect(waits).toEqual([2000, 2000, 2000]);
  });

  test('a wait that ran out is an error of its own', async () => {
    const clock = new ManualClock();
    const { client } = open(
      {},
      {
        clock,
        sleep: async (ms) => clock.advance(ms),
      },
    );
    const id = await client.queueAtom(REQUEST);
    const wait = client.pollUntilComplete(id, { pollIntervalSec: 2, maxWaitSec: 5 });
    await expect(wait).rejects.toBeInstanceOf(ExecutionWaitExpired);
    await expect(wait).rejects.toThrow(/execution-1 was still pending after 5 s/);
    expect(server.calls).toHaveLength(1 + 4);
  });

  test('the signal ends the wait between two polls', async () => {
    const controller = new AbortController();
    const { client } = open(
      {},
      {
        sleep: (_ms, signal) => {
          controller.abort(new Error('enough'));
          return Promise.reject(signal?.reason instanceof Error ? signal.reason : new Error('no signal came along'));
        },
      },
    );
    const id = await client.queueAtom(REQUEST);
    await expect(client.pollUntilComplete(id, { signal: controller.signal })).rejects.toThrow('enough');
  });

  test.each([
    ['pollIntervalSec', { pollIntervalSec: -1 }],
    ['maxWaitSec', { maxWaitSec: Number.NaN }],
  ])('a bad %s is refused by name', async (name, options) => {
    const { client } = open();
    await expect(client.pollUntilComplete('e', options)).rejects.toThrow(name);
    expect(server.calls).toHaveLength(0);
  });
});
