import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { SwitchyardError } from '@switchyard/core';
import fc from 'fast-check';
import fastify from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  atomResultSchema,
  type Execution,
  type Executions,
  GreenlightClient,
  type GreenlightPluginOptions,
  grade,
  greenlightPlugin,
  LanguageUnsupported,
  SandboxFault,
  SandboxSaturated,
} from '../../src/index.ts';
import { anyJson, FakeSandbox, returned, valueOf } from '../../testing/index.ts';
import { BODY, resultNamed } from './fixtures.ts';

type Queued = Parameters<Executions['queue']>;

interface Opened {
  readonly url: string;
  readonly queued: Queued[];
  readonly executions: Map<string, Execution>;
  readonly bugs: unknown[];
}

/** The plugin on a Fastify of its own, before hand-driven ports. */
async function open(options: Partial<GreenlightPluginOptions> = {}): Promise<Opened> {
  const queued: Queued[] = [];
  const executions = new Map<string, Execution>();
  const bugs: unknown[] = [];
  const server = fastify({ forceCloseConnections: true });
  await server.register(greenlightPlugin, {
    run: async () => resultNamed('ran'),
    executions: {
      queue: async (...call) => {
        queued.push(call);
        return `id-${queued.length}`;
      },
      find: async (id) => executions.get(id) ?? null,
    },
    onBug: (error) => void bugs.push(error),
    ...options,
  });
  onTestFinished(() => server.close());
  return { url: await server.listen({ host: '127.0.0.1', port: 0 }), queued, executions, bugs };
}

async function post(
  { url }: Opened,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Headers; json: unknown }> {
  const response = await fetch(`${url}/greenlight/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const json: unknown = await response.json();
  return { status: response.status, headers: response.headers, json };
}

/** Grades in earnest, on a sandbox that answers 4 to every call. */
const graded: Partial<GreenlightPluginOptions> = {
  run: (atom, signal) =>
    grade(
      atom,
      new FakeSandbox((job) => ({ status: 'ran', outcomes: job.steps.map(() => returned(valueOf(4))) })),
      signal,
    ),
};

describe('POST /greenlight/run-atom', () => {
  test('answers the whole result of the protocol', async () => {
    const server = await open(graded);
    const { status, json } = await post(server, 'run-atom', BODY);
    expect(status).toBe(200);
    expect(atomResultSchema.parse(json)).toMatchObject({ atom_id: 'double', partial_score: 1, correct: true });
  });

  test('a failing submission is a 200 with a score', async () => {
    const server = await open(graded);
    const tests = [{ input: [2], expected: 5 }];
    const { status, json } = await post(server, 'run-atom', { ...BODY, content_json: { ...BODY.content_json, tests } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ partial_score: 0, correct: false, error_class: 'logic' });
  });

  const { front, back, content_json: content } = BODY;
  const bare = { atom_id: 'double', atom_type: 'code_submission' };
  const call = { input: [2], expected: 4 };
  test.each<[string, object]>([
    ['nested under content', { ...bare, content: { front, back, content_json: content } }],
    ['named input', { ...BODY, content_json: { ...content, tests: [{ input: { n: 2 }, expected: 4 }] } }],
    [
      'limits and tests in runner',
      {
        ...BODY,
        content_json: {
          language: 'python',
          runner: { tests: [call], entrypoint: 'main.py', time_limit_ms: 900, memory_limit_mb: 64 },
        },
      },
    ],
    ['a submission as text', { ...BODY, content_json: { ...content, submission: back } }],
    ['a submission by path', { ...BODY, content_json: { ...content, submission: { 'solution.py': back } } }],
    ['submission.files', { ...BODY, content_json: { ...content, submission: { files: { 'solution.py': back } } } }],
    ['function for entry_function', { ...BODY, content_json: { ...content, function: 'double' } }],
    ['nulls for what is left out', { ...BODY, session_context: null, content_json: { ...content, entrypoint: null } }],
    ['fields that nobody knows', { ...BODY, extra: 1, content_json: { ...content, future: true } }],
    ['a fenced reference solution', { ...BODY, back: `Like this:\n\`\`\`python\n${back}\n\`\`\`\n` }],
  ])('takes a client that writes %s', async (_name, body) => {
    const server = await open(graded);
    expect(await post(server, 'run-atom', body)).toMatchObject({ status: 200, json: { partial_score: 1 } });
  });

  test.each<[string, unknown, string]>([
    ['no object', [1], ''],
    ['an unknown language', { ...BODY, content_json: { ...content, language: 'cobol' } }, '/content_json/language'],
    [
      'a limit out of bounds',
      { ...BODY, content_json: { ...content, runner_limits: { cpu_ms: 0 } } },
      '/content_json/runner_limits/cpu_ms',
    ],
    [
      'a bad nested limit',
      { ...BODY, content_json: { ...content, runner: { memory_limit_mb: 'x' } } },
      '/content_json/runner/memory_limit_mb',
    ],
    [
      'a malformed test',
      { ...BODY, content_json: { ...content, tests: [call, { input: 3 }] } },
      '/content_json/tests/1/input',
    ],
    [
      'a path that leads out',
      { ...BODY, content_json: { ...content, submission: { '../x.py': '' } } },
      '/content_json/submission/..~1x.py',
    ],
    ['a binary source', { ...BODY, content_json: { ...content, submission: 'a\0b' } }, '/content_json/submission'],
    [
      'a source over 1 MiB',
      { ...BODY, content_json: { ...content, submission: 'a'.repeat(2 ** 20 + 1) } },
      '/content_json/submission',
    ],
    [
      'an entrypoint that is not there',
      { ...BODY, content_json: { ...content, entrypoint: 'b.py', submission: { 'a.py': '1' } } },
      '/content_json/entrypoint',
    ],
  ])('refuses %s with a 400 that points to it', async (_name, body, pointer) => {
    const server = await open(graded);
    const { status, json } = await post(server, 'run-atom', body);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: 'invalid_atom', pointer });
    expect(json).toHaveProperty('message');
  });

  test('refuses what is no JSON, no body, no JSON type and 10 MB of source, each in its own way', async () => {
    const server = await open();
    expect(await post(server, 'run-atom', '{"atom_id": ')).toMatchObject({
      status: 400,
      json: { error: 'malformed_json' },
    });
    expect(await post(server, 'run-atom', '')).toMatchObject({ status: 400, json: { error: 'malformed_json' } });
    expect(await post(server, 'run-atom', 'x', { 'content-type': 'text/csv' })).toMatchObject({ status: 415 });
    const large = { ...BODY, back: 'a'.repeat(10 * 1024 * 1024) };
    expect(await post(server, 'run-atom', large)).toMatchObject({ status: 413, json: { error: 'body_too_large' } });
    expect(await post(server, 'nothing', BODY)).toMatchObject({ status: 404, json: { error: 'route_unknown' } });
  });

  test('says when to come again while the sandboxes are saturated', async () => {
    const server = await open({ run: () => Promise.reject(new SandboxSaturated('wasm', 64, 7)) });
    const { status, headers, json } = await post(server, 'run-atom', BODY);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('7');
    expect(json).toMatchObject({ error: 'sandbox_saturated' });
  });

  test('a fault of the sandbox is a 503, a language that none of its drivers runs a 400, a bug a 500 without its words', async () => {
    const faulty = await open({ run: () => Promise.reject(new SandboxFault('wasm', 'the pool ended')) });
    expect(await post(faulty, 'run-atom', BODY)).toMatchObject({ status: 503, json: { error: 'sandbox_fault' } });
    const unable = await open({ run: () => Promise.reject(new LanguageUnsupported('python', ['javascript'])) });
    expect(await post(unable, 'run-atom', BODY)).toMatchObject({
      status: 400,
      json: { pointer: '/content_json/language' },
    });
    const broken = await open({ run: () => Promise.reject(new Error('secret detail')) });
    const answer = await post(broken, 'run-atom', BODY);
    expect(answer).toMatchObject({ status: 500, json: { error: 'internal_error' } });
    expect(JSON.stringify(answer.json)).not.toContain('secret');
    expect(broken.bugs).toHaveLength(1);
  });

  test('with an Idempotency-Key a repetition gets the first result, and another atom is refused', async () => {
    let runs = 0;
    const server = await open({ run: async () => resultNamed(`run ${(runs += 1)}`) });
    const key = { 'idempotency-key': 'k1' };
    const answers = [await post(server, 'run-atom', BODY, key), await post(server, 'run-atom', BODY, key)];
    expect(answers.map(({ json }) => json)).toEqual([resultNamed('run 1'), resultNamed('run 1')]);
    expect((await post(server, 'run-atom', BODY)).json).toMatchObject({ feedback: 'run 2' });
    const other = { ...BODY, back: 'pass' };
    expect(await post(server, 'run-atom', other, key)).toMatchObject({
      status: 422,
      json: { error: 'atom_key_reused' },
    });
    expect(await post(server, 'run-atom', BODY, { 'idempotency-key': 'a b' })).toMatchObject({
      status: 400,
      json: { pointer: 'Idempotency-Key' },
    });
  });

  test.each([
    ['stops a run without a key when its client goes away', {}, true],
    ['lets a run with a key go on', { 'idempotency-key': 'k' }, false],
  ])('%s', async (_name, headers, stops) => {
    const started = Promise.withResolvers<AbortSignal | undefined>();
    const result = Promise.withResolvers<ReturnType<typeof resultNamed>>();
    const server = await open({
      run: (_atom, signal) => {
        started.resolve(signal);
        signal?.addEventListener('abort', () => result.reject(signal.reason));
        return result.promise;
      },
    });
    const request = httpRequest(`${server.url}/greenlight/run-atom`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify(BODY));
    const signal = await started.promise;
    const aborted = signal === undefined ? undefined : once(signal, 'abort');
    request.destroy();
    if (stops) {
      await aborted;
      return;
    }
    result.resolve(resultNamed('in the end'));
    expect((await post(server, 'run-atom', BODY, { 'idempotency-key': 'k' })).json).toMatchObject({
      feedback: 'in the end',
    });
    expect(signal).toBeUndefined();
  });
});

describe('any body', () => {
  const parts = fc.record(
    {
      atom_id: fc.oneof(fc.string(), anyJson(1)),
      atom_type: fc.oneof(
        fc.constantFrom('code_submission', 'cli_task', 'diff_review', 'code_understanding'),
        anyJson(1),
      ),
      front: fc.oneof(fc.string(), anyJson(2)),
      back: fc.oneof(fc.string(), anyJson(2)),
      content_json: fc.oneof(
        anyJson(4),
        fc.record(
          {
            language: fc.oneof(fc.constantFrom('python', 'sql', 'bash', 'c'), anyJson(1)),
            entrypoint: anyJson(1),
            tests: fc.oneof(
              anyJson(3),
              fc.array(
                fc.dictionary(
                  fc.constantFrom('input', 'expected', 'code', 'file', 'expected_stdout', 'match'),
                  anyJson(2),
                ),
                { maxLength: 4 },
              ),
            ),
            submission: fc.oneof(fc.string(), anyJson(2)),
            files: fc.oneof(fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), anyJson(2)),
            runner_limits: anyJson(2),
            starter: anyJson(2),
            code: anyJson(1),
          },
          { requiredKeys: [] },
        ),
      ),
      session_context: anyJson(2),
    },
    { requiredKeys: [] },
  );

  test('is graded or refused with a pointer, and is never a fault of ours', async () => {
    const server = await open(graded);
    await fc.assert(
      fc.asyncProperty(fc.oneof(parts, anyJson()), async (body) => {
        const { status, json } = await post(server, 'run-atom', JSON.stringify(body));
        expect([200, 400]).toContain(status);
        if (status === 400) expect(json).toHaveProperty('pointer');
        else expect(() => atomResultSchema.parse(json)).not.toThrow();
      }),
      { numRuns: 300 },
    );
    expect(server.bugs).toEqual([]);
  });
});

describe('queued executions', () => {
  test('queue-atom answers 202 with the id, and hands on the key and the trace', async () => {
    const server = await open();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { status, headers, json } = await post(server, 'queue-atom', BODY, { 'idempotency-key': 'k', traceparent });
    expect(status).toBe(202);
    expect(json).toEqual({ execution_id: 'id-1', status: 'pending' });
    expect(headers.get('location')).toBe('/greenlight/execution/id-1');
    expect(server.queued[0]?.[0]).toMatchObject({ atom_id: 'double', content_json: { entrypoint: 'solution.py' } });
    expect(server.queued[0]?.[1]).toMatchObject({
      idempotencyKey: 'k',
      parent: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
    });
  });

  test('an execution is answered as it stands', async () => {
    const server = await open();
    const known = { executionId: 'e', atomId: 'double' };
    const get = async (): Promise<unknown> => (await fetch(`${server.url}/greenlight/execution/e`)).json();
    server.executions.set('e', { ...known, status: 'pending' });
    expect(await get()).toEqual({ execution_id: 'e', atom_id: 'double', status: 'pending' });
    server.executions.set('e', { ...known, status: 'running' });
    expect(await get()).toMatchObject({ status: 'running' });
    server.executions.set('e', { ...known, status: 'complete', result: resultNamed('done') });
    expect(await get()).toMatchObject({ status: 'complete', result: { status: 'complete', partial_score: 1 } });
    server.executions.set('e', { ...known, status: 'failed', message: 'three workers died on it' });
    expect(await get()).toMatchObject({ status: 'failed', error_message: 'three workers died on it' });
    expect((await fetch(`${server.url}/greenlight/execution/other`)).status).toBe(404);
  });

  test('GreenlightClient speaks it', async () => {
    const server = await open(graded);
    await using client = new GreenlightClient(server.url);
    expect(await client.executeAtom(BODY)).toMatchObject({ atom_id: 'double', partial_score: 1 });
    const id = await client.queueAtom(BODY);
    server.executions.set(id, { executionId: id, atomId: 'double', status: 'complete', result: resultNamed('done') });
    expect(await client.pollUntilComplete(id)).toMatchObject({ feedback: 'done', status: 'complete' });
  });

  test.each([
    ['refused', 403],
    ['conflict', 409],
    ['transient', 503],
  ] as const)('what the port throws as %s is a %i', async (kind, status) => {
    class Refusal extends SwitchyardError {}
    const server = await open({
      executions: {
        queue: () => Promise.reject(new Refusal('some_code', kind, 'not now')),
        find: async () => null,
      },
    });
    expect(await post(server, 'queue-atom', BODY)).toMatchObject({
      status,
      json: { error: 'some_code', message: 'not now' },
    });
  });
});
