import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@switchyard/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createProcessArm } from '../../../src/adapters/arms/process-arm.ts';
import { ARM_SETTINGS, type JsonValue } from '../../../src/contract/index.ts';
import type { CallUse } from '../../../src/ports/meter.ts';
import { createFreeMeter, createRecordingLogger, makeWork, type WorkFacts } from '../../../testing/index.ts';
import { eventually } from '../../eventually.ts';

const PROGRAM = join(import.meta.dirname, 'fixtures', 'lying-arm.mjs');
const SERVING = join(import.meta.dirname, 'fixtures', 'serving-arm.mjs');
const TOKEN = 'tok-3f9a81c2';

function openArm(different: object = {}) {
  const settings = ARM_SETTINGS.process.parse({ type: 'process', command: [process.execPath, PROGRAM], ...different });
  const logger = createRecordingLogger();
  const arm = createProcessArm({
    contract: { name: 'liar', screening: 'enforce', checkInput: () => [] },
    settings,
    concurrency: 2,
    graceMs: 200,
    logger,
    env: { PATH: process.env['PATH'], ARM_TEST_TOKEN: TOKEN, DATABASE_URL: 'postgres://secret', OPENAI_API_KEY: 'sk' },
  });
  const run = (goal: string, facts: WorkFacts = {}) => arm.run(makeWork({ ...facts, task: { goal, ...facts.task } }));
  return { arm, logger, run };
}

describe('the process arm', () => {
  it('gives a program the contract and takes its result', async () => {
    const { run } = openArm();
    const { result } = await run('echo', { attempt: 2, task: { input: { deep: ['ü', 1] } } });
    expect(result).toMatchObject({ attempt: 2, goal: 'echo', input: { deep: ['ü', 1] } });
  });

  it('takes what the program says of tokens and dollars', async () => {
    expect(await openArm().run('usage')).toEqual({
      result: 1,
      usage: { input_tokens: 5, output_tokens: 7 },
      costUsd: 0.25,
    });
  });

  it.each([
    ['wrong id', 'arm_answer_invalid', 'its id is that of another question'],
    ['wrong shape', 'arm_answer_invalid', '/success'],
    ['no result', 'arm_answer_invalid', '/result'],
    ['nothing', 'arm_answer_invalid', 'nothing at all, where {"success": true'],
    ['garbage', 'arm_answer_invalid', 'what is not one JSON value'],
    ['twice', 'arm_answer_invalid', 'what is not one JSON value'],
    ['huge', 'arm_answer_too_large', 'more than 1 MB'],
    ['reports terminal', 'NOT_FOUND', 'no such thing (said by arm "liar")'],
  ])('a program that answers with %s fails the task for good, as %s', async (goal, code, words) => {
    const failure = openArm().run(goal);
    await expect(failure).rejects.toMatchObject({ code, kind: 'terminal' });
    await expect(failure).rejects.toThrow(words);
  });

  it.each([
    ['dies after answering', 'arm_process_died', 'was ended by SIGKILL'],
    ['exits 3', 'arm_process_died', 'ended with exit code 3; its last words:\ncannot find the stamp'],
    ['reports transient', 'RATE_LIMIT', 'slow down'],
    ['reports otherwise', 'NOT_FOUND', 'later'],
  ])('a program that %s may be tried again, as %s', async (goal, code, words) => {
    const failure = openArm().run(goal);
    await expect(failure).rejects.toMatchObject({ code, kind: 'transient' });
    await expect(failure).rejects.toThrow(words);
  });

  it('ends a program that never answers when the work is cancelled, with the reason of the cancel', async () => {
    const cancelled = new AbortController();
    const running = openArm().run('never', { signal: cancelled.signal });
    const reason = new Error('cancelled');
    cancelled.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('kills a program that ignores being asked, before the attempt is over', async () => {
    const cancelled = new AbortController();
    const reports: JsonValue[] = [];
    const { arm } = openArm();
    const running = arm.run(
      makeWork({ task: { goal: 'stubborn' }, signal: cancelled.signal, onProgress: (report) => reports.push(report) }),
    );
    running.catch(() => undefined);
    const report = await eventually('its process id', () => reports[0]);
    cancelled.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    const pid = numberAt(report, 'pid');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('tells progress to whoever watches, and writes the rest of stderr to the log', async () => {
    const reports: JsonValue[] = [];
    const { run, logger } = openArm();
    await run('progress', { onProgress: (report) => reports.push(report) });
    expect(reports).toEqual([{ done: 1, of: 2 }]);
    const said = logger.lines.map(({ facts }): unknown => Reflect.get(facts, 'line'));
    expect(said).toEqual(['half way', '{"type": "progress", broken']);
  });

  it('counts what the program tells of its spending once, and ends it when the budget is used up', async () => {
    const used: CallUse[] = [];
    const { arm } = openArm();
    await arm.run({ ...makeWork({ task: { goal: 'spends and ends' } }), meter: createFreeMeter(used) });
    expect(used).toEqual([
      { inputTokens: 0, outputTokens: 400, costUsd: 0.1, extraSeconds: 0 },
      { inputTokens: 50, outputTokens: 200, costUsd: 0.15, extraSeconds: 0 },
    ]);
    let left = 3;
    const strict = createFreeMeter();
    const record = async (): Promise<void> => {
      left -= 1;
      if (left === 0) throw new Error('used up');
    };
    const running = arm.run({ ...makeWork({ task: { goal: 'spends' } }), meter: { ...strict, record } });
    await expect(running).rejects.toThrow('used up');
  });

  it('has counted what a program spent before it says that the program failed', async () => {
    const used: CallUse[] = [];
    const { arm } = openArm();
    const quick = createFreeMeter(used);
    const record = async (use: CallUse): Promise<void> => {
      await sleep(200);
      await quick.record(use);
    };
    const failing = arm.run({ ...makeWork({ task: { goal: 'spends and fails' } }), meter: { ...quick, record } });
    await expect(failing).rejects.toMatchObject({ code: 'RATE_LIMIT' });
    expect(used).toMatchObject([{ outputTokens: 400, costUsd: 0.1 }]);
  });

  it('shows the program only what it is let see, and lets nobody read the value in a log', async () => {
    const { run, logger } = openArm({ env: ['ARM_TEST_TOKEN'] });
    const { result } = await run('environment');
    expect(result).toEqual(['ARM_TEST_TOKEN', 'PATH']);
    expect(JSON.stringify(logger.lines)).toContain('my token is');
    expect(JSON.stringify(logger.lines)).not.toContain(TOKEN);
  });

  it.each([{}, { serve: true }])(
    'says that its program is missing before it is asked, until it is there: %o',
    async (how) => {
      const folder = await mkdtemp(join(tmpdir(), 'process-arm-'));
      try {
        const { arm, run } = openArm({ command: ['./late.sh'], cwd: folder, ...how });
        expect(arm.problem()).toBe(`${join(folder, 'late.sh')}: there is no such file or folder`);
        await expect(run('echo')).rejects.toMatchObject({ code: 'arm_not_startable', kind: 'terminal' });
        await writeFile(join(folder, 'late.sh'), '#!/bin/sh\necho', { mode: 0o755 });
        expect(arm.problem()).toBeNull();
        await arm.close();
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it('says that its program could not be started, where only that tells, until it could', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'process-arm-'));
    const program = join(folder, 'arm.sh');
    try {
      await writeFile(program, '#!/no/such/interpreter\n', { mode: 0o755 });
      const { arm, run } = openArm({ command: [program] });
      expect(arm.problem()).toBeNull();
      await expect(run('echo')).rejects.toMatchObject({ code: 'arm_not_startable' });
      expect(arm.problem()).toContain(program);
      await writeFile(program, '#!/bin/sh\necho \'{"success": true, "result": 7}\'\n');
      expect((await run('echo')).result).toBe(7);
      expect(arm.problem()).toBeNull();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a process arm that serves', () => {
  const open: { close: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const arm of open.splice(0)) await arm.close();
  });

  function openServing() {
    const { arm, run } = openArm({ command: [process.execPath, SERVING], serve: true });
    open.push(arm);
    const facts = async (goal: string): Promise<{ pid: number; asked: number }> => {
      const { result } = await run(goal);
      return { pid: numberAt(result, 'pid'), asked: numberAt(result, 'asked') };
    };
    return { arm, run, facts };
  }

  it('is started once and asked again and again', async () => {
    const { facts } = openServing();
    const first = await facts('count');
    expect(await facts('count')).toEqual({ pid: first.pid, asked: 2 });
  });

  it('is replaced when it answers twice: no second answer passes for that of the next task', async () => {
    const { facts } = openServing();
    const first = await facts('twice');
    // Noticed before the next question or by its id, the late answer is never taken; the engine makes the attempt again.
    const second = await facts('count').catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'arm_out_of_step', kind: 'transient' });
      return facts('count');
    });
    expect(second.asked).toBe(1);
    expect(second.pid).not.toBe(first.pid);
  });

  it('must say which question it answers', async () => {
    await expect(openServing().run('no id')).rejects.toMatchObject({ code: 'arm_out_of_step', kind: 'transient' });
  });

  it('keeps the answer of a program that dies after it, and starts another', async () => {
    const { facts } = openServing();
    const first = await facts('die after answering');
    expect(first.asked).toBe(1);
    // A question that comes before its end was noticed is answered by nobody, and may be asked again.
    expect((await eventually('another answers', () => facts('count'))).pid).not.toBe(first.pid);
  });

  it('that ends instead of answering fails the attempt for now, and the next one has another', async () => {
    const { run, facts } = openServing();
    await expect(run('die')).rejects.toMatchObject({ code: 'arm_process_died', kind: 'transient' });
    expect((await facts('count')).asked).toBe(1);
  });

  it('ends the process of an attempt that is cancelled', async () => {
    const { arm } = openServing();
    const cancelled = new AbortController();
    const reports: JsonValue[] = [];
    const running = arm.run(
      makeWork({ task: { goal: 'hang' }, signal: cancelled.signal, onProgress: (report) => reports.push(report) }),
    );
    running.catch(() => undefined);
    const pid = numberAt(await eventually('its process id', () => reports[0]), 'pid');
    cancelled.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

function numberAt(value: JsonValue, name: string): number {
  return typeof value === 'object' && value !== null ? Number(Reflect.get(value, name)) : Number.NaN;
}
