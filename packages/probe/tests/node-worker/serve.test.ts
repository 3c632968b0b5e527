import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createInProcessRuntime, type ProbeRuntime, spawnWorker } from '../../src/index.ts';
import { serveWorker } from '../../src/node-worker/serve.ts';
import { INPUT } from '../worker-process/with-python.ts';

const AMPLE_MS = 60_000;
const asked = { ...INPUT, modelId: 'scripted' };

interface Written {
  readonly answers: unknown[];
  readonly stderr: string;
}

async function written(
  questions: string,
  { serve = true, timeLimitMs = AMPLE_MS, runtime = createInProcessRuntime({ sources: {} }) } = {},
): Promise<Written> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const reading = Promise.all([text(stdout), text(stderr)]);
  stdin.end(questions);
  await serveWorker({ stdin, stdout, stderr, runtime, serve, timeLimitMs });
  stdout.end();
  stderr.end();
  const [answers, said] = await reading;
  return {
    answers: answers
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line)),
    stderr: said,
  };
}

/** A runtime whose conversations end as `run` says. */
function runtimeOf(run: ProbeRuntime['run']): ProbeRuntime {
  return { name: 'in-process', run, close: () => Promise.resolve() };
}

describe('the TypeScript worker as a program', () => {
  it('answers one question, and tells how far it is', async () => {
    const { answers, stderr } = await written(JSON.stringify(asked, null, 2), { serve: false });
    expect(answers).toMatchObject([{ success: true, transcript: { turns: [{ promptLabel: 'scenario_prompt' }] } }]);
    expect(stderr).toMatch(
      /^\{"type":"progress","event":"turn-started".*\n\{"type":"progress","event":"turn-completed"/,
    );
  });

  it('serves many, and each answer repeats the id of its question', async () => {
    const { answers } = await written(
      `${JSON.stringify({ ...asked, id: '7' })}\n${JSON.stringify({ ...asked, id: 8 })}\n`,
    );
    expect(answers).toMatchObject([
      { success: true, id: '7' },
      { success: true, id: 8 },
    ]);
  });

  it('reports what is no input, and goes on', async () => {
    const { answers } = await written(
      `nothing\n{"id": 1}\n${JSON.stringify({ ...asked, config: { maxTokens: 0 } })}\n`,
    );
    const refused = { success: false, error: { code: 'VALIDATION_ERROR', retryable: false } };
    expect(answers).toMatchObject([refused, { ...refused, id: 1 }, refused]);
    expect(JSON.stringify(answers[2])).toContain('/config/maxTokens is not valid');
  });

  it('reports a fault of its own', async () => {
    const runtime = runtimeOf(() => Promise.reject(new Error('out of coffee')));
    const { answers } = await written(JSON.stringify(asked), { runtime });
    expect(answers).toMatchObject([{ success: false, error: { code: 'UNKNOWN' } }]);
    expect(JSON.stringify(answers)).toContain('out of coffee');
  });

  it('gives a conversation up before it is ended from outside', async () => {
    const runtime = runtimeOf(
      (_input, { signal } = {}) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    );
    const { answers } = await written(JSON.stringify(asked), { runtime, timeLimitMs: 40 });
    expect(answers).toMatchObject([{ success: false, error: { code: 'TIMEOUT' } }]);
    expect(JSON.stringify(answers)).toContain('within 20 ms');
  });

  it('refuses arguments that it does not know', async () => {
    const program = `${import.meta.dirname}/../../src/node-worker/main.ts`;
    const env = { PATH: process.env['PATH'] };
    await expect(spawnWorker([process.execPath, program, '--quickly'], asked, { env })).rejects.toThrow(
      /exit code 2; its last words:\nunknown arguments --quickly/,
    );
  });
});
