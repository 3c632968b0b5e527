import { answer, type Behaviour, type LoopbackServer, openLoopbackServer, refusedUrl } from '@switchyard/core/testing';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpArm, type HttpArm } from '../../../src/adapters/arms/http-arm.ts';
import { BudgetExceeded } from '../../../src/app/meter.ts';
import { ARM_SETTINGS, armRequestSchema } from '../../../src/contract/index.ts';
import type { CallUse, Meter } from '../../../src/ports/meter.ts';
import { createFreeMeter, makeWork, matching } from '../../../testing/index.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;
const open: { dispose: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { dispose } of open.splice(0)) await dispose();
});

function armAt(url: string, different: object = {}): HttpArm {
  const settings = ARM_SETTINGS.http.parse({ type: 'http', url, pollSeconds: 0.1, ...different });
  const arm = createHttpArm({
    contract: { name: 'remote', screening: 'enforce', checkInput: () => [] },
    settings,
    concurrency: 4,
    env: { REMOTE_TOKEN: 'tok', REMOTE_SECRET: SECRET, NO_SECRET: 'whsec_%%%' },
  });
  open.push({ dispose: () => arm.close() });
  return arm;
}

async function serve(behaviour: Behaviour): Promise<LoopbackServer> {
  const server = await openLoopbackServer(behaviour);
  open.push({ dispose: () => server.close() });
  return server;
}

describe('the http arm', () => {
  it('posts the attempt, keyed, traced and signed, and takes a 200 for the result', async () => {
    const server = await serve((response) => answer(response, 200, { sum: 3 }));
    const work = makeWork({ task: { goal: 'add', input: [1, 2] }, attempt: 2 });
    const arm = armAt(`${server.url}/hooks/add?x=1`, { tokenEnv: 'REMOTE_TOKEN', secretEnv: 'REMOTE_SECRET' });
    expect(await arm.run(work)).toEqual({ result: { sum: 3 }, costUsd: null });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/hooks/add?x=1' });
    expect(armRequestSchema.parse(request?.body)).toMatchObject({
      task_id: work.task.id,
      attempt: 2,
      contract: { goal: 'add', input: [1, 2] },
      deadline: work.deadline.toISOString(),
    });
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer tok',
      'idempotency-key': `${work.task.id}/2`,
      traceparent: matching(new RegExp(work.task.traceId)),
    });
    const headers = Object.fromEntries(
      Object.entries(request?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(new Webhook(SECRET).verify(request?.text ?? '', headers)).toEqual(request?.body);
  });

  it('asks on at the Location of a 202 until the result is there', async () => {
    const server = await serve((response, { method }, index) => {
      if (method === 'POST') answer(response, 202, {}, { location: '/jobs/7', 'retry-after': '0' });
      else if (index < 3) answer(response, 202, {}, { 'retry-after': '0' });
      else answer(response, 200, 'done');
    });
    expect(await armAt(`${server.url}/tasks`).run(makeWork())).toEqual({ result: 'done', costUsd: null });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /tasks',
      'GET /jobs/7',
      'GET /jobs/7',
      'GET /jobs/7',
    ]);
  });

  it('asks a 202 to cancel by DELETE when the work is cancelled', async () => {
    const cancelled = new AbortController();
    const server = await serve((response, { method }) => {
      if (method === 'GET') cancelled.abort(new Error('cancelled'));
      answer(response, method === 'DELETE' ? 204 : 202, {}, { location: '/jobs/7', 'retry-after': '0' });
    });
    await expect(armAt(server.url).run(makeWork({ signal: cancelled.signal }))).rejects.toThrow('cancelled');
    await server.received(3);
    expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/jobs/7' });
  });

  it.each([
    [400, 'arm_refused', 'terminal'],
    [404, 'arm_refused', 'terminal'],
    [422, 'arm_refused', 'terminal'],
    [429, 'arm_unavailable', 'transient'],
    [500, 'arm_unavailable', 'transient'],
    [503, 'arm_unavailable', 'transient'],
  ])('a %i is %s (%s), and posted once: the engine makes the next attempt', async (status, code, kind) => {
    const server = await serve((response) => answer(response, status, { error: 'no' }));
    await expect(armAt(server.url).run(makeWork())).rejects.toMatchObject({ code, kind });
    expect(server.requests).toHaveLength(1);
  });

  it('hands the engine what a 429 says of when to come back', async () => {
    const server = await serve((response) => answer(response, 429, {}, { 'retry-after': '7' }));
    await expect(armAt(server.url).run(makeWork())).rejects.toMatchObject({ retryAfterMs: 7000 });
  });

  it('a server that is not there may come back', async () => {
    await expect(armAt(await refusedUrl()).run(makeWork())).rejects.toMatchObject({
      code: 'arm_unavailable',
      kind: 'transient',
    });
  });

  it('does not follow a 202 to another server, nor one that names no place', async () => {
    const elsewhere = await serve((response) => answer(response, 202, {}, { location: 'http://127.0.0.1:1/steal' }));
    await expect(armAt(elsewhere.url).run(makeWork())).rejects.toMatchObject({ code: 'arm_answer_invalid' });
    const nowhere = await serve((response) => answer(response, 202, {}));
    await expect(armAt(nowhere.url).run(makeWork())).rejects.toThrow('without a Location');
  });

  it('cuts off an answer of 100 MB, and refuses one that is no JSON', async () => {
    const huge = await serve((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(1_048_576, 0x20);
      const more = (left: number): void => {
        if (left === 0 || response.destroyed) response.end();
        else response.write(chunk, () => more(left - 1));
      };
      more(100);
    });
    await expect(armAt(huge.url).run(makeWork())).rejects.toMatchObject({ code: 'arm_answer_too_large' });
    const text = await serve((response) => void response.end('hello'));
    await expect(armAt(text.url).run(makeWork())).rejects.toMatchObject({ code: 'arm_answer_invalid' });
  });

  it('asks a server no more that failed five times in a row, and says so', async () => {
    const server = await serve((response) => answer(response, 500, {}));
    const arm = armAt(server.url);
    for (let times = 0; times < 6; times += 1) await expect(arm.run(makeWork())).rejects.toThrow('cannot be asked');
    expect(server.requests).toHaveLength(5);
    expect(arm.problem()).toContain('failed again and again');
  });

  it('shows what a 202 says of how far it has come', async () => {
    const reports: unknown[] = [];
    const server = await serve((response, { method }) => {
      const isBegun = method === 'POST';
      answer(response, isBegun ? 202 : 200, isBegun ? { done: 3, of: 8 } : 'done', {
        location: '/7',
        'retry-after': '0',
      });
    });
    await armAt(server.url).run(makeWork({ onProgress: (report) => reports.push(report) }));
    expect(reports).toEqual([{ done: 3, of: 8 }]);
  });

  it('is refused where a variable that it names is not set or its secret is none', () => {
    expect(() => armAt('http://127.0.0.1:1', { tokenEnv: 'UNSET' })).toThrow(
      'its tokenEnv names UNSET, which is not set',
    );
    expect(() => armAt('http://127.0.0.1:1', { secretEnv: 'NO_SECRET' })).toThrow('whsec_ and base64');
  });
});

describe('what a remote arm says that it has used', () => {
  const usage = (told: unknown): Record<string, string> => ({
    location: '/7',
    'retry-after': '0',
    'switchyard-usage': typeof told === 'string' ? told : JSON.stringify(told),
  });
  /** Takes everything, until a call is too much. */
  function meterUpTo(tokens: number): { meter: Meter; used: CallUse[] } {
    const used: CallUse[] = [];
    const free = createFreeMeter();
    const record = async (use: CallUse): Promise<void> => {
      used.push(use);
      const sum = used.reduce((all, one) => all + one.inputTokens + one.outputTokens, 0);
      const budget = { taskId: 'mine', limit: 'max_tokens', allowed: tokens, used: sum, by: [] } as const;
      if (sum > tokens) throw new BudgetExceeded(budget);
    };
    return { used, meter: { hold: (...asked) => free.hold(...asked), record } };
  }

  it('with its result is counted and stands in the task', async () => {
    const told = { input_tokens: 120, output_tokens: 400, cost_usd: 0.02 };
    const server = await serve((response) => answer(response, 200, 'done', usage(told)));
    const { meter, used } = meterUpTo(1_000);
    expect(await armAt(server.url).run({ ...makeWork(), meter })).toEqual({
      result: 'done',
      usage: { input_tokens: 120, output_tokens: 400 },
      costUsd: 0.02,
    });
    expect(used).toEqual([{ inputTokens: 120, outputTokens: 400, costUsd: 0.02, extraSeconds: 0 }]);
  });

  it('at each poll is the whole so far: told twice it counts once, and a price that is left out is not known', async () => {
    const server = await serve((response, { method }, index) => {
      if (method === 'POST') answer(response, 202, {}, usage({ input_tokens: 10 }));
      else if (index < 4) answer(response, 202, {}, usage({ input_tokens: 10, output_tokens: 5 }));
      else answer(response, 200, 'done', usage({ input_tokens: 10, output_tokens: 9, estimated: true }));
    });
    const { meter, used } = meterUpTo(1_000);
    expect(await armAt(server.url).run({ ...makeWork(), meter })).toMatchObject({
      usage: { input_tokens: 10, output_tokens: 9, estimated: true },
      costUsd: null,
    });
    expect(used.map(({ inputTokens, outputTokens, costUsd }) => [inputTokens, outputTokens, costUsd])).toEqual([
      [10, 0, null],
      [0, 5, null],
      [0, 4, null],
    ]);
  });

  it('is stopped while it runs once it is too much, and asked to cancel', async () => {
    let polls = 0;
    const server = await serve((response, { method }) => {
      if (method === 'GET') polls += 1;
      answer(response, method === 'DELETE' ? 204 : 202, {}, usage({ output_tokens: polls * 100 }));
    });
    const { meter, used } = meterUpTo(250);
    await expect(armAt(server.url).run({ ...makeWork(), meter })).rejects.toMatchObject({
      code: 'budget_exceeded',
      message: matching(/budget.max_tokens allows 250 tokens and 300 were used/),
    });
    expect(used).toHaveLength(3);
    expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/7' });
  });

  it('that is too much when the result is there leaves the result, and is said', async () => {
    const server = await serve((response) => answer(response, 200, 'dear', usage({ output_tokens: 900 })));
    const { meter } = meterUpTo(250);
    expect(await armAt(server.url).run({ ...makeWork(), meter })).toMatchObject({
      result: 'dear',
      overBudget: matching(/allows 250 tokens and 900 were used/),
    });
  });

  it('with a refusal is counted too', async () => {
    const server = await serve((response) => answer(response, 500, {}, usage({ output_tokens: 70 })));
    const { meter, used } = meterUpTo(1_000);
    await expect(armAt(server.url).run({ ...makeWork(), meter })).rejects.toMatchObject({ code: 'arm_unavailable' });
    expect(used).toMatchObject([{ outputTokens: 70 }]);
  });

  it('of seconds counts beyond the time that passed here', async () => {
    const server = await serve((response) => answer(response, 200, 'done', usage({ seconds: 500 })));
    const { meter, used } = meterUpTo(1_000);
    await armAt(server.url).run({ ...makeWork(), meter });
    expect(used).toHaveLength(1);
    expect(used[0]?.extraSeconds).toBeGreaterThan(400);
    expect(used[0]?.extraSeconds).toBeLessThan(500);
  });

  it.each([
    ['{"output_tokens": -5}', '/output_tokens of its Switchyard-Usage was -5; it may be a whole number from 0'],
    ['{"input_tokens": 1.5}', '/input_tokens of its Switchyard-Usage was 1.5; it may be a whole number'],
    ['{"output_tokens": "400"}', '/output_tokens of its Switchyard-Usage was "400"; it may be a whole number'],
    ['{"output_tokens": 1e300}', '/output_tokens of its Switchyard-Usage was 1e+300; it may be a whole number'],
    ['{"cost_usd": -0.1}', '/cost_usd of its Switchyard-Usage was -0.1; it may be a number of dollars from 0 to 1000'],
    ['{"cost_usd": "much"}', '/cost_usd of its Switchyard-Usage was "much"; it may be a number of dollars'],
    ['{"seconds": -1}', '/seconds of its Switchyard-Usage was -1; it may be a number of seconds from 0'],
    [
      '{"output_tokens": NaN}',
      'the whole of its Switchyard-Usage was "{\\"output_tokens\\": NaN}"; it may be an object',
    ],
    ['[]', 'the whole of its Switchyard-Usage was an empty array; it may be an object'],
  ])('as %s ends the attempt, names the field, and the work is cancelled', async (told, message) => {
    const server = await serve((response, { method }) =>
      answer(
        response,
        method === 'DELETE' ? 204 : 202,
        {},
        { location: '/7', 'retry-after': '0', ...(method === 'DELETE' ? {} : usage(told)) },
      ),
    );
    const { meter, used } = meterUpTo(1_000);
    const failed = armAt(server.url).run({ ...makeWork(), meter });
    await expect(failed).rejects.toMatchObject({ code: 'arm_answer_invalid' });
    await expect(failed).rejects.toThrow(message);
    expect(used).toEqual([]);
    expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/7' });
  });
});
