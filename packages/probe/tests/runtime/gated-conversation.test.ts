import { describe, expect, it } from 'vitest';
import type { CallEnd } from '../../src/calls/lane.ts';
import {
  type CallGate,
  createCallGate,
  createPythonRuntime,
  type LogLine,
  type WorkerInput,
  type WorkerOutput,
} from '../../src/index.ts';
import { gatedConversation } from '../../src/runtime/gated-conversation.ts';
import { FakeProviders } from '../../testing/index.ts';
import { INPUT, withoutPython } from '../worker-process/with-python.ts';

const env = { OPENAI_API_KEY: 'sk-1' };
const EMPTY = { turns: [], totalInputTokens: 0, totalOutputTokens: 0, startedAt: '', completedAt: '' };
const ANSWERED: WorkerOutput = { success: true, transcript: EMPTY };
const LIMITED: LogLine = {
  level: 'warn',
  time: '',
  context: 'adapters.openai',
  msg: 'asked again',
  code: 'RATE_LIMIT',
};

function failed(error: Partial<Extract<WorkerOutput, { success: false }>['error']>): WorkerOutput {
  return { success: false, error: { code: 'SERVER_ERROR', message: '', retryable: false, ...error } };
}

interface Watched {
  readonly gate: CallGate;
  readonly lanes: string[];
  readonly ends: CallEnd[];
}

function watchedGate(pausedMs = 0): Watched {
  const lanes: string[] = [];
  const ends: CallEnd[] = [];
  const lane = (key: string): ReturnType<CallGate['lane']> => {
    lanes.push(key);
    return {
      enter: () => Promise.resolve((end) => void ends.push(end)),
      state: () => ({ window: 1, open: 0, waiting: 0, pausedMs }),
    };
  };
  return { gate: { lane, close: () => Promise.resolve() }, lanes, ends };
}

async function held(
  output: WorkerOutput,
  { log = [], gate, input = INPUT }: { log?: LogLine[]; gate: CallGate; input?: WorkerInput },
): Promise<WorkerOutput> {
  const hold = (onLog: (line: LogLine) => void): Promise<WorkerOutput> => {
    for (const line of log) onLog(line);
    return Promise.resolve(output);
  };
  return await gatedConversation({ input, env, gate, signal: undefined, hold });
}

describe('a conversation in another process passes the lane of its provider and key', () => {
  it.each<[string, WorkerOutput, LogLine[], CallEnd]>([
    ['that was answered', ANSWERED, [], { kind: 'answered' }],
    ['that was limited on the way', ANSWERED, [LIMITED], { kind: 'limited' }],
    [
      'that was limited at the end',
      failed({ code: 'RATE_LIMIT', statusCode: 429, retryAfterMs: 9_000 }),
      [],
      { kind: 'limited', pauseMs: 9_000 },
    ],
    ['that met an overloaded provider', failed({ statusCode: 529 }), [], { kind: 'limited', pauseMs: undefined }],
    ['that failed otherwise', failed({ statusCode: 500 }), [], { kind: 'other' }],
  ])('%s tells it so', async (_, output, log, end) => {
    const { gate, lanes, ends } = watchedGate();
    expect(await held(output, { gate, log })).toBe(output);
    expect(ends).toEqual([end]);
    expect(lanes).toEqual([expect.stringMatching(/^openai:[0-9a-f]{16}$/)]);
  });

  it('gives its place back when the worker dies', async () => {
    const { gate, ends } = watchedGate();
    const hold = (): Promise<never> => Promise.reject(new Error('it died'));
    await expect(gatedConversation({ input: INPUT, env, gate, signal: undefined, hold })).rejects.toThrow('it died');
    expect(ends).toEqual([{ kind: 'other' }]);
  });

  it('does not begin while the provider asks for a long pause', async () => {
    const { gate, ends } = watchedGate(600_000);
    expect(await held(ANSWERED, { gate })).toMatchObject({
      success: false,
      error: { code: 'RATE_LIMIT', retryable: true, retryAfterMs: 600_000 },
    });
    expect(ends).toEqual([]);
  });

  it.each([
    ['of no provider', { ...INPUT, modelId: 'nobody' }],
    ['without an address', { ...INPUT, modelId: 'openai-compatible:llama3' }],
  ])('%s is left to the worker', async (_, input) => {
    const { gate, lanes } = watchedGate();
    expect(await held(ANSWERED, { gate, input })).toBe(ANSWERED);
    expect(lanes).toEqual([]);
  });

  it.skipIf(withoutPython)('as those in process do: a limit that was met halves what may go on at once', async () => {
    await using fake = await FakeProviders.open();
    const gate = createCallGate({ initialWindow: 8 });
    const lanes: string[] = [];
    const runtime = createPythonRuntime({
      env: { PATH: process.env['PATH'], PROBE_RETRY_DELAY_MS: '5', ...fake.environment() },
      gate: { ...gate, lane: (key) => (lanes.push(key), gate.lane(key)) },
    });
    fake.enqueue({ kind: 'failure', failure: 'rate-limit', afterSeconds: 0.01 });
    expect(await runtime.run(INPUT)).toMatchObject({ success: true });
    expect(gate.lane(lanes[0] ?? '').state()).toMatchObject({ window: 4, open: 0 });
    await runtime.close();
    await gate.close();
  });
});
