import { LineWorkerClosed } from '@switchyard/core';
import { describe, expect, it } from 'vitest';
import {
  createCommandRuntime,
  type LogLine,
  type ProbeRuntime,
  WorkerAnswerInvalid,
  WorkerDied,
  WorkerOutOfStep,
  WorkerTimedOut,
} from '../../src/index.ts';
import { INPUT, isGone, oddWorker, withoutPython } from './with-python.ts';

const env = { PATH: process.env['PATH'] };

function by(prompt: string): typeof INPUT {
  return { ...INPUT, scenario: { ...INPUT.scenario, prompt } };
}

async function pidOf(runtime: ProbeRuntime): Promise<number> {
  const output = await runtime.run(by('pid'));
  return output.success ? Number(output.transcript.turns[0]?.targetResponse) : Number.NaN;
}

/** Runs `work` with a runtime of one kept worker that does as each prompt says. */
async function withOne(
  work: (runtime: ProbeRuntime) => Promise<void>,
  options: { timeLimitMs?: number; onLog?: (line: LogLine) => void } = {},
): Promise<void> {
  const runtime = createCommandRuntime('python', oddWorker('by-prompt'), { env, size: 1, graceMs: 100, ...options });
  try {
    await work(runtime);
  } finally {
    await runtime.close();
  }
}

describe.skipIf(withoutPython)('a kept worker', () => {
  it('is one process for many questions, and gone after close', async () => {
    let pid = 0;
    await withOne(async (runtime) => {
      pid = await pidOf(runtime);
      expect(await pidOf(runtime)).toBe(pid);
      expect(isGone(pid)).toBe(false);
    });
    expect(isGone(pid)).toBe(true);
  });

  it.each([
    ['is killed', 'kill', WorkerDied],
    ['exits, though with 0', 'quit', WorkerDied],
    ['prints garbage', 'garbage', WorkerAnswerInvalid],
    ['answers another question', 'late', WorkerOutOfStep],
  ])('that %s is replaced, and the next question is answered', async (_, prompt, wrong) => {
    await withOne(async (runtime) => {
      const pid = await pidOf(runtime);
      await expect(runtime.run(by(prompt))).rejects.toBeInstanceOf(wrong);
      expect(await pidOf(runtime)).not.toBe(pid);
      expect(isGone(pid)).toBe(true);
    });
  });

  it('that hangs is ended at the limit and replaced', async () => {
    await withOne(
      async (runtime) => {
        const pid = await pidOf(runtime);
        await expect(runtime.run(by('hang'))).rejects.toBeInstanceOf(WorkerTimedOut);
        expect(isGone(pid)).toBe(true);
        expect(await pidOf(runtime)).not.toBe(pid);
      },
      { timeLimitMs: 2_000 },
    );
  });

  it('is ended by an abort, with its reason', async () => {
    const abort = new AbortController();
    const reason = new Error('cancelled');
    await withOne(
      async (runtime) => {
        const pid = await pidOf(runtime);
        await expect(runtime.run(by('stubborn'), { signal: abort.signal })).rejects.toBe(reason);
        expect(isGone(pid)).toBe(true);
      },
      { onLog: () => abort.abort(reason) },
    );
  });

  it('quotes what was no answer, with the last words', async () => {
    await withOne(async (runtime) => {
      await expect(runtime.run(by('garbage'))).rejects.toThrow(/it is no JSON: "<html>.*I have lost my way/s);
    });
  });

  it('is not asked after close', async () => {
    const runtime = createCommandRuntime('python', oddWorker('by-prompt'), { env });
    await runtime.close();
    await expect(runtime.run(INPUT)).rejects.toBeInstanceOf(LineWorkerClosed);
  });

  it('has the key of one provider: another provider has another process', async () => {
    await withOne(async (runtime) => {
      const pid = await pidOf(runtime);
      const output = await runtime.run({ ...by('pid'), modelId: 'claude-3-haiku' });
      expect(output.success && output.transcript.turns[0]?.targetResponse).not.toBe(String(pid));
    });
  });
});

describe.skipIf(withoutPython)('a worker that is started for each conversation', () => {
  it('is ended by close, and close waits for it', async () => {
    const said = Promise.withResolvers<number>();
    const runtime = createCommandRuntime('python', oddWorker('hang'), {
      env,
      keep: false,
      onLog: ({ msg }) => said.resolve(Number(msg)),
    });
    const run = runtime.run(INPUT);
    const pid = await said.promise;
    const outcome = run.catch((error: unknown) => error);
    await runtime.close();
    expect(isGone(pid)).toBe(true);
    expect(await outcome).toBeInstanceOf(LineWorkerClosed);
    await expect(runtime.run(INPUT)).rejects.toBeInstanceOf(LineWorkerClosed);
  });
});
