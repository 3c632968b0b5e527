import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type EmittedSpan, HttpTransport } from '@switchyard/core';
import { Agent } from 'undici';
import { type Benchmark, closedLoop, milliseconds, percentile, wholeNumber } from './benchmark.ts';

const SPANS = 10_000;
const TRACES = [10_000, 1_000, 16];
/** As many calls at once as the transport sends traces at once. */
const AT_ONCE = 16;
const WARM_UP = 500;
const PAYLOAD = { tool: 'search', query: 'quarterly report', limit: 20, filters: ['finance', '2026'] };
const BYTES_PER_MEBIBYTE = 2 ** 20;

interface Measured {
  readonly seconds: number;
  /** Milliseconds of each call that hands a span over. */
  readonly emits: readonly number[];
  /** What the spans that wait take on the heap. */
  readonly waitingMebibytes: number;
}

export const transport: Benchmark = {
  name: 'transport',
  title: '10,000 spans to a collector that takes 5 ms a call',
  about:
    'One POST for each span, from the first emit to the end of `close()`. `HttpTransport` as it comes (16 traces at once, bounded queue, copies on emit, ids mapped, order kept within a trace). Beside it 16 loops that only post a span with `undici` and await the answer: what the network allows at 16 at once. Emit is what the traced program waits for; heap is what is alive once all are emitted and hardly any is sent, measured after a collection, times of calls included.',
  run: async () => {
    const server = spawn(process.execPath, [join(import.meta.dirname, 'transport-server.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as unknown[];
      const url = `http://127.0.0.1:${String(port)}`;
      await throughTransport(url, WARM_UP, WARM_UP);
      await bare(url, WARM_UP);
      const floor = await bare(url, SPANS);
      const rows = [row('16 loops of undici.request', '–', floor, floor)];
      for (const traces of TRACES)
        rows.push(row('HttpTransport', wholeNumber(traces), await throughTransport(url, SPANS, traces), floor));
      return {
        columns: ['way', 'traces', 'spans /s', 'seconds', 'ratio', 'emit p50 ms', 'emit p99 ms', 'heap MiB'],
        rows,
      };
    } finally {
      server.stdin.end();
      if (server.exitCode === null) await once(server, 'exit');
    }
  },
};

function row(name: string, traces: string, { seconds, emits, waitingMebibytes }: Measured, floor: Measured): string[] {
  const emit = (share: number): string => (emits.length === 0 ? '–' : percentile(emits, share).toFixed(3));
  return [
    name,
    traces,
    wholeNumber(SPANS / seconds),
    milliseconds(seconds),
    (seconds / floor.seconds).toFixed(2),
    emit(0.5),
    emit(0.99),
    emits.length === 0 ? '–' : waitingMebibytes.toFixed(1),
  ];
}

async function throughTransport(apiUrl: string, count: number, traces: number): Promise<Measured> {
  const sender = new HttpTransport({ apiUrl, apiToken: 'a-token', agentIdentifier: 'bench@1' });
  const roots = Array.from({ length: traces }, () => ({
    traceId: randomBytes(16).toString('hex'),
    root: null as string | null,
  }));
  const emits: number[] = [];
  const heapBefore = liveHeapBytes();
  const startedAt = performance.now();
  for (let number = 0; number < count; number += 1) {
    const trace = roots[number % traces];
    if (trace === undefined) break;
    const span = spanOf(trace.traceId, trace.root, number);
    trace.root ??= span.spanId;
    const emittedAt = performance.now();
    sender.emit(span);
    emits.push(performance.now() - emittedAt);
  }
  const waitingMebibytes = (liveHeapBytes() - heapBefore) / BYTES_PER_MEBIBYTE;
  const { sent } = await sender.close({ deadlineMs: 600_000 });
  if (sent !== count) throw new Error(`${sent} of ${count} spans were sent`);
  return { seconds: (performance.now() - startedAt) / 1_000, emits, waitingMebibytes };
}

function spanOf(traceId: string, parentSpanId: string | null, number: number): EmittedSpan {
  const now = Date.now();
  return {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    parentSpanId,
    name: `call ${number}`,
    status: 'complete',
    startTime: now,
    endTime: now,
    inputs: PAYLOAD,
    attributes: { number, model: 'scripted' },
  };
}

async function bare(url: string, count: number): Promise<Measured> {
  const agent = new Agent();
  const headers = { authorization: 'Bearer a-token', 'content-type': 'application/json' };
  try {
    const { perSecond } = await closedLoop(count, AT_ONCE, async (number) => {
      const body = JSON.stringify({ details: spanOf('a'.repeat(32), null, number), idempotency_key: randomUUID() });
      const answer = await agent.request({ origin: url, path: '/api/v1/agent_spans', method: 'POST', headers, body });
      await answer.body.json();
    });
    return { seconds: count / perSecond, emits: [], waitingMebibytes: 0 };
  } finally {
    await agent.close();
  }
}

function liveHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  return process.memoryUsage().heapUsed;
}
