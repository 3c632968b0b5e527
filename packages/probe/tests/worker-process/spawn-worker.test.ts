import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SwitchyardError } from '@switchyard/core';
import { describe, expect, it } from 'vitest';
import {
  createCommandRuntime,
  type LogLine,
  type ProgressLine,
  spawnPython,
  spawnWorker,
  timeLimitOf,
  WorkerAnswerInvalid,
  WorkerAnswerTooLarge,
  WorkerDied,
  WorkerNotStartable,
  WorkerSettingInvalid,
  WorkerTimedOut,
} from '../../src/index.ts';
import { INPUT, isGone, oddWorker, python, withoutPython } from './with-python.ts';

const KEY = 'sk-secret-0123456789abcdef';
const env = { PATH: process.env['PATH'], OPENAI_API_KEY: KEY, MISTRAL_API_KEY: 'another', SECRET: 'hidden' };

async function rejected(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    (value) => Promise.reject(new Error(`it resolved with ${JSON.stringify(value)}`)),
    (error: unknown) => error,
  );
}

function messageFrom(error: unknown): string {
  return error instanceof SwitchyardError ? error.message : '';
}

describe.skipIf(withoutPython)('a worker that is started for one question', () => {
  it('is killed from outside: it died, of that signal, and its last words are told', async () => {
    const error = await rejected(spawnWorker(oddWorker('kill'), INPUT, { env }));
    expect(error).toBeInstanceOf(WorkerDied);
    expect(error).toMatchObject({ code: 'worker_died', kind: 'transient' });
    expect(messageFrom(error)).toMatch(/odd_worker\.py was ended by SIGKILL; its last words:\nabout to fall/);
  });

  it('hangs: it is ended at the limit, and gone', async () => {
    const lines: LogLine[] = [];
    const options = { env, timeLimitMs: 1_500, onLog: (line: LogLine) => lines.push(line) };
    const error = await rejected(spawnWorker(oddWorker('hang'), INPUT, options));
    expect(error).toBeInstanceOf(WorkerTimedOut);
    expect(messageFrom(error)).toContain('within 1500 ms');
    expect(isGone(Number(lines[0]?.msg))).toBe(true);
  });

  it('ignores SIGTERM: it is killed after the grace, and gone', async () => {
    const lines: LogLine[] = [];
    const abort = new AbortController();
    const work = spawnWorker(oddWorker('stubborn'), INPUT, {
      env,
      graceMs: 50,
      signal: abort.signal,
      onLog: (line) => {
        lines.push(line);
        abort.abort(new Error('cancelled'));
      },
    });
    expect(messageOfError(await rejected(work))).toBe('cancelled');
    expect(isGone(Number(lines[0]?.msg))).toBe(true);
  });

  it('floods stdout: it is ended at the bound', async () => {
    const error = await rejected(spawnWorker(oddWorker('flood'), INPUT, { env, maxOutputBytes: 200_000 }));
    expect(error).toBeInstanceOf(WorkerAnswerTooLarge);
    expect(messageFrom(error)).toContain('200000 bytes');
  });

  it('prints garbage: the answer is invalid, quoted, with its last words', async () => {
    const error = await rejected(spawnWorker(oddWorker('garbage'), INPUT, { env }));
    expect(error).toBeInstanceOf(WorkerAnswerInvalid);
    expect(messageFrom(error)).toMatch(/it is no JSON: "<html>no JSON.*its last words:\nI have lost my way/s);
  });

  it('writes its answer byte by byte: no character is split', async () => {
    const answer = await spawnWorker(oddWorker('bytewise'), INPUT, { env });
    expect(answer).toMatchObject({ transcript: { turns: [{ targetResponse: '€𝄞'.repeat(500) }] } });
  });

  it('exits with 3: it died, whatever it has answered', async () => {
    const error = await rejected(spawnWorker(oddWorker('exit-3'), INPUT, { env }));
    expect(error).toBeInstanceOf(WorkerDied);
    expect(messageFrom(error)).toMatch(/exit code 3; its last words:\nfirst line\ncannot go on: disk full$/);
  });

  it('never reads its stdin: a large question is no fault', async () => {
    const input = { ...INPUT, scenario: { ...INPUT.scenario, prompt: 'x'.repeat(400_000) } };
    expect(await spawnWorker(oddWorker('no-stdin'), input, { env })).toMatchObject({ success: true });
  });

  it('cannot be started: the error names it and says why', async () => {
    const error = await rejected(spawnWorker(['no-such-program'], INPUT, { env }));
    expect(error).toBeInstanceOf(WorkerNotStartable);
    expect(messageFrom(error)).toMatch(
      /the worker no-such-program cannot be started: no-such-program is not on the PATH/,
    );
  });

  it('sees the key of its model and what programs need, and nothing else', async () => {
    const answer = await spawnWorker(oddWorker('environment'), INPUT, { env });
    const seen = JSON.stringify(answer);
    expect(seen).toContain('OPENAI_API_KEY');
    expect(seen).toContain('PYTHON_WORKER_TIMEOUT');
    expect(seen).not.toContain('MISTRAL_API_KEY');
    expect(seen).not.toContain('SECRET');
  });

  it('sees no key where the model is of no provider', async () => {
    const answer = await spawnWorker(oddWorker('environment'), { ...INPUT, modelId: 'nobody' }, { env });
    expect(JSON.stringify(answer)).not.toContain('API_KEY');
  });

  it('tells progress, log lines and other words, each as what it is', async () => {
    const progress: ProgressLine[] = [];
    const log: LogLine[] = [];
    await spawnWorker(oddWorker('progress'), INPUT, {
      env,
      onProgress: (line) => progress.push(line),
      onLog: (line) => log.push(line),
      now: () => '2026-01-01T00:00:00Z',
    });
    expect(progress).toMatchObject([{ event: 'turn-started', turnNumber: 1 }]);
    expect(log).toEqual([
      { level: 'warn', time: 't', context: 'probe', msg: 'careful' },
      { level: 'info', time: '2026-01-01T00:00:00Z', context: 'worker', msg: 'plain words' },
    ]);
  });

  it('keeps its key out of logs, errors and the list of processes', async () => {
    const log: LogLine[] = [];
    const error = await rejected(spawnWorker(oddWorker('leak'), INPUT, { env, onLog: (line) => log.push(line) }));
    expect(log.map(({ msg }) => msg)).toEqual(['my key is [redacted]', 'Traceback: Bearer [redacted]']);
    expect(messageFrom(error)).toContain('oops [redacted]');
    expect(JSON.stringify([log, error, messageFrom(error)])).not.toContain(KEY);

    const abort = new AbortController();
    const listed = Promise.withResolvers<string>();
    const hanging = spawnWorker(oddWorker('hang'), INPUT, {
      env,
      signal: abort.signal,
      onLog: () => {
        promisify(execFile)('ps', ['-eo', 'pid,args'], { maxBuffer: 16_777_216 }).then(
          ({ stdout }) => listed.resolve(stdout),
          listed.reject,
        );
      },
    });
    const list = await listed.promise;
    abort.abort(new Error('enough'));
    await rejected(hanging);
    expect(list).toContain('odd_worker.py hang');
    expect(list).not.toContain(KEY);
  });
});

describe.skipIf(withoutPython)('a Python worker of ours', () => {
  it('answers what it is asked, by its bare name', async () => {
    const options = { env: process.env, python: python ?? '' };
    expect(await spawnPython('analyze_basic.py', { transcriptIds: ['a', 'b'] }, options)).toMatchObject({
      success: true,
      analysis: { status: 'STUB', transcriptCount: 2 },
    });
    expect(await spawnPython('probe.py', { ...INPUT, modelId: 'nobody' }, options)).toMatchObject({
      success: false,
      error: { code: 'UNSUPPORTED_PROVIDER', retryable: false },
    });
  });
});

describe.skipIf(withoutPython)('what a worker of any language answers', () => {
  it.each([true, false])('is cut at 100 kB a turn, with a warning (kept: %s)', async (keep) => {
    const log: LogLine[] = [];
    const runtime = createCommandRuntime('python', oddWorker('big'), { env, keep, onLog: (line) => log.push(line) });
    const output = await runtime.run(INPUT);
    await runtime.close();
    const turn = output.success ? output.transcript.turns[0] : undefined;
    expect(turn?.targetResponse).toBe('ä'.repeat(51_200));
    expect(turn?.providerMetadata).toEqual({ cutBytes: 97_600 });
    expect(log).toMatchObject([
      { level: 'warn', msg: 'the worker odd_worker.py wrote 200000 bytes in turn 1; 97600 were cut' },
    ]);
  });

  it('passes whole up to 100 kB', async () => {
    const runtime = createCommandRuntime('python', oddWorker('fits'), { env });
    const output = await runtime.run(INPUT);
    await runtime.close();
    const turn = output.success ? output.transcript.turns[0] : undefined;
    expect(turn?.targetResponse).toHaveLength(102_400);
    expect(turn?.providerMetadata).toBeUndefined();
  });

  it('must be of the contract: what is wrong is pointed to', async () => {
    const runtime = createCommandRuntime('python', oddWorker('wrong-shape'), { env });
    const error = await rejected(runtime.run(INPUT));
    await runtime.close();
    expect(error).toBeInstanceOf(WorkerAnswerInvalid);
    expect(messageFrom(error)).toContain('/transcript/totalInputTokens');
  });
});

describe.skipIf(withoutPython)('the limit for one job', () => {
  it('is PYTHON_WORKER_TIMEOUT, or 300 s', () => {
    expect(timeLimitOf({})).toBe(300_000);
    expect(timeLimitOf({ PYTHON_WORKER_TIMEOUT: '1500' })).toBe(1_500);
  });

  it.each(['0', '-1', '1.5', 'soon', '2147483648'])('is not %s', (text) => {
    expect(() => timeLimitOf({ PYTHON_WORKER_TIMEOUT: text })).toThrow(WorkerSettingInvalid);
  });
});

function messageOfError(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
