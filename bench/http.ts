import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HttpClient } from '@switchyard/core';
import got from 'got';
import ky from 'ky';
import { request } from 'undici';
import { type Benchmark, closedLoop, milliseconds, percentile, wholeNumber } from './benchmark.ts';

const AT_ONCE = [1, 8];
/** Each client is measured this often, in turn, so that drift of the machine reaches all of them. */
const ROUNDS = 7;
const CALLS = 2_500;
const WARM_UP = 10_000;
const BODY = {
  details: {
    agent_instance_id: '0197f1f0-7c5e-7b3a-9a53-3f0f6a1f2c10',
    schema_name: 'tool_call',
    status: 'complete',
    payload: { tool: 'search', query: 'quarterly report', limit: 20 },
  },
  idempotency_key: '0197f1f0-7c5e-7b3a-9a53-3f0f6a1f2c12',
};

interface Contender {
  readonly name: string;
  readonly post: () => Promise<unknown>;
  readonly perSecond: number[];
  readonly latencies: number[];
}

export const http: Benchmark = {
  name: 'http',
  title: 'One JSON POST on a keep-alive connection',
  about:
    'Against a loopback server in a process of its own; 250 bytes out, 80 in, the body written from and the answer parsed into an object by all. `HttpClient` with retry, breaker, bulkhead, time limits, counters and a `traceparent` on each call; it stands on the `dispatch` of undici, which makes no stream of an answer; the others as they come. 7 rounds, every other one in reverse, garbage collected before each turn; both ratios are to `undici.request`: by throughput (median over the rounds; the tail counts) and by the median time of a call.',
  run: async () => {
    const server = spawn(process.execPath, [join(import.meta.dirname, 'http-server.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as unknown[];
      const url = `http://127.0.0.1:${String(port)}`;
      await using client = new HttpClient({ apiUrl: url, apiToken: 'a-token-of-usual-length-0123456789' });
      const rows: string[][] = [];
      for (const atOnce of AT_ONCE) rows.push(...(await measure(atOnce, contenders(client, url))));
      return {
        columns: ['client', 'at once', 'calls /s', 'p50 ms', 'p99 ms', 'ratio by throughput', 'ratio by p50'],
        rows,
      };
    } finally {
      server.stdin.end();
      if (server.exitCode === null) await once(server, 'exit');
    }
  },
};

async function measure(atOnce: number, all: readonly Contender[]): Promise<string[][]> {
  for (const { post } of all) await closedLoop(WARM_UP, atOnce, post);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const contender of round % 2 === 0 ? all : all.toReversed()) {
      // Otherwise each pays for the garbage of the one before it.
      collectGarbage();
      const { perSecond, latencies } = await closedLoop(CALLS, atOnce, contender.post);
      contender.perSecond.push(perSecond);
      contender.latencies.push(...latencies);
    }
  const base = all.find(({ name }) => name === 'undici.request');
  const median = percentile(base?.latencies ?? [], 0.5);
  return all.map(({ name, perSecond, latencies }) => [
    name,
    String(atOnce),
    wholeNumber(percentile(perSecond, 0.5)),
    milliseconds(percentile(latencies, 0.5)),
    milliseconds(percentile(latencies, 0.99)),
    percentile(
      perSecond.map((value, round) => (base?.perSecond[round] ?? Number.NaN) / value),
      0.5,
    ).toFixed(2),
    (percentile(latencies, 0.5) / median).toFixed(2),
  ]);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}

function contenders(client: HttpClient, base: string): readonly Contender[] {
  const url = `${base}/api/v1/agent_spans`;
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } } as const;
  const contender = (name: string, post: () => Promise<unknown>): Contender => ({
    name,
    post,
    perSecond: [],
    latencies: [],
  });
  return [
    contender('HttpClient', () => client.request('/api/v1/agent_spans', { body: BODY, idempotencyKey: 'bench' })),
    contender('undici.request', async () => (await request(url, { ...init, body: JSON.stringify(BODY) })).body.json()),
    contender('fetch', async () => (await fetch(url, { ...init, body: JSON.stringify(BODY) })).json()),
    contender('ky', () => ky.post(url, { json: BODY }).json()),
    contender('got', () => got.post(url, { json: BODY }).json()),
  ];
}
