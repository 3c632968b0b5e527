import { SwitchyardError } from '@switchyard/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AttemptDependencies, startAttempt } from '../../src/app/attempt.ts';
import type { Task } from '../../src/domain/task.ts';
import { DatabaseUnavailable } from '../../src/ports/errors.ts';
import type { CallUse } from '../../src/ports/meter.ts';
import {
  createHandDrivenArm,
  createHandDrivenStore,
  createLocalSignals,
  createRecordingLogger,
  createRecordingMetrics,
  freeBudgets,
  type HandDrivenArm,
  type HandDrivenStore,
  jobFor,
  turn,
} from '../../testing/index.ts';

class Overheated extends SwitchyardError {
  constructor() {
    super('overheated', 'transient', 'the arm is too hot');
  }
}

/** One attempt at a task of the hand-driven store. */
function openAttempt(
  different: Partial<Task> = {},
  parts: Partial<AttemptDependencies> & { arm?: HandDrivenArm } = {},
) {
  const store = createHandDrivenStore();
  const { arm = createHandDrivenArm(), ...others } = parts;
  const signals = createLocalSignals();
  const metrics = createRecordingMetrics();
  const logger = createRecordingLogger();
  const clock = { elapsedMs: 0, nowMs: Date.parse('2026-01-31T09:00:00Z') };
  const task = store.add(different);
  const dependencies: AttemptDependencies = {
    store,
    budgets: freeBudgets,
    signals,
    metrics,
    logger,
    random: () => 0,
    now: () => clock.nowMs,
    elapsed: () => clock.elapsedMs,
    ...others,
  };
  const patience = new AbortController();
  const claim = { job: jobFor(task.id), task: { ...task, status: 'processing' }, attempt: task.attempt + 1 } as const;
  const attempt = startAttempt({ kind: 'claimed', ...claim }, arm, dependencies, { patience: patience.signal });
  return { store, arm, signals, metrics, logger, clock, task, patience, attempt };
}

function writesOf(store: HandDrivenStore) {
  return store.finished.map(({ write }) => write);
}

describe('an attempt', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('gives the arm the claimed task with its number and deadline, and writes the result', async () => {
    const { store, arm, signals, metrics, clock, task, attempt } = openAttempt({ attempt: 1 });
    await turn();
    const [run] = arm.runs;
    expect(run?.work).toMatchObject({ attempt: 2, deadline: new Date('2026-01-31T09:05:00Z') });
    expect(run?.work.task).toMatchObject({ id: task.id, status: 'processing' });
    clock.elapsedMs = 1234.4;
    run?.finish({ result: { sorted: true }, usage: { input_tokens: 3 }, costUsd: 0.25 });
    await attempt.done;
    expect(store.finished).toEqual([
      {
        attempt: { taskId: task.id, attempt: 2, job: jobFor(task.id) },
        write: { kind: 'complete', result: { sorted: true }, usage: { input_tokens: 3 }, costUsd: 0.25 },
        spentMs: 1234,
        beside: {},
      },
    ]);
    expect(metrics.lines).toEqual(['attempt test complete', 'reached completed']);
    expect(signals.published).toEqual([
      { topic: 'task', key: task.id },
      { topic: 'task', key: task.id },
    ]);
  });

  it('counts what its last call used beside its result, and apart from an outcome without one', async () => {
    const counted: CallUse[] = [];
    const budgets = { ...freeBudgets, count: async (_: string, use: CallUse) => void counted.push(use) };
    const use = { inputTokens: 3, outputTokens: 4, costUsd: null };
    const ended = async (end: (run: HandDrivenArm['runs'][number]) => void) => {
      const { store, arm, attempt } = openAttempt({}, { budgets });
      await turn();
      const [run] = arm.runs;
      if (run === undefined) throw new Error('the arm does not run');
      await (await run.work.meter.hold({ tokens: 5, costUsd: null })).settleLast(use);
      end(run);
      await attempt.done;
      return store.finished;
    };
    expect(await ended((run) => run.finish({ result: 1 }))).toMatchObject([{ beside: { use } }]);
    expect(counted).toEqual([]);
    expect(await ended((run) => run.fail(new Error('no')))).toMatchObject([{ write: { kind: 'fail' }, beside: {} }]);
    expect(counted).toEqual([use]);
  });

  it('that is cancelled writes so only when the arm has stopped', async () => {
    const { store, arm, metrics, attempt } = openAttempt({}, { arm: createHandDrivenArm({ obeys: false }) });
    await turn();
    attempt.stop('cancel');
    await turn();
    expect(arm.runs[0]?.work.signal.aborted).toBe(true);
    expect(store.finished).toEqual([]);
    arm.runs[0]?.fail(new Error('interrupted'));
    await attempt.done;
    expect(writesOf(store)).toEqual([{ kind: 'cancel' }]);
    expect(metrics.lines).toEqual(['attempt test cancel', 'reached cancelled']);
  });

  it('keeps the result of an arm that finished although it was asked to stop', async () => {
    const { store, arm, attempt } = openAttempt({}, { arm: createHandDrivenArm({ obeys: false }) });
    await turn();
    attempt.stop('cancel');
    arm.runs[0]?.finish({ result: 'done' });
    await attempt.done;
    expect(writesOf(store)).toMatchObject([{ kind: 'complete', result: 'done' }]);
  });

  it('keeps the first cause it was stopped for', async () => {
    const { store, attempt } = openAttempt();
    await turn();
    attempt.stop('shutdown');
    attempt.stop('cancel');
    await attempt.done;
    expect(writesOf(store)).toEqual([{ kind: 'release' }]);
  });

  it('wakes the lanes of all nodes when a shutdown hands the task back', async () => {
    const { signals, attempt } = openAttempt();
    await turn();
    attempt.stop('shutdown');
    await attempt.done;
    expect(signals.published.at(-1)).toEqual({ topic: 'jobs', key: 'test' });
  });

  it('writes nothing once its lease is lost', async () => {
    const { store, arm, metrics, attempt } = openAttempt();
    await turn();
    attempt.stop('lease-lost');
    await attempt.done;
    expect(arm.runs[0]?.work.signal.aborted).toBe(true);
    expect(store.finished).toEqual([]);
    expect(metrics.lines).toEqual(['attempt test abandon']);
  });

  it('is stopped at what is left of the time budget and fails', async () => {
    const { store, arm, attempt } = openAttempt({
      budget: { max_tokens: 1, max_time_seconds: 10, max_cost_usd: 0 },
      processingTimeMs: 4_000,
    });
    await vi.advanceTimersByTimeAsync(5_999);
    expect(arm.runs[0]?.work.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await attempt.done;
    expect(writesOf(store)).toMatchObject([{ kind: 'fail', error: { code: 'deadline_exceeded' } }]);
  });

  it('fails without starting the arm when earlier attempts used the whole time budget', async () => {
    const { store, arm, attempt } = openAttempt({ processingTimeMs: 300_000 });
    await attempt.done;
    expect(arm.runs).toEqual([]);
    expect(writesOf(store)).toMatchObject([{ kind: 'fail', error: { code: 'deadline_exceeded' } }]);
  });

  it('is followed by another after an error that may pass, after a time told', async () => {
    const { store, arm, attempt } = openAttempt({ failures: 1 });
    await turn();
    arm.runs[0]?.fail(new Overheated());
    await attempt.done;
    const error = { code: 'overheated', message: 'the arm is too hot' };
    expect(writesOf(store)).toEqual([{ kind: 'retry', error, delayMs: 1_000 }]);
  });

  it('tells of an unknown error its message, cut, and never its stack', async () => {
    const { store, arm, attempt } = openAttempt();
    await turn();
    arm.runs[0]?.fail(new Error(`${'x'.repeat(3_999)}😀 \u0000 and more`));
    await attempt.done;
    // The cut falls into the surrogate pair; half of one cannot be stored.
    expect(writesOf(store)).toEqual([
      { kind: 'fail', error: { code: 'arm_failed', message: `${'x'.repeat(3_999)}\uFFFD` } },
    ]);
  });

  it('makes a result storable rather than losing it', async () => {
    const { store, arm, attempt } = openAttempt();
    await turn();
    arm.runs[0]?.finish({ result: { text: 'a\u0000b' } });
    await attempt.done;
    expect(writesOf(store)).toMatchObject([{ kind: 'complete', result: { text: 'a\uFFFDb' } }]);
  });

  it('fails the task when the database refuses its result, so that it does not come back for ever', async () => {
    const store = createHandDrivenStore();
    const picky: HandDrivenStore = {
      ...store,
      finish: async (attempt, write, spentMs) => {
        if (write.kind === 'complete') throw new Error('string too long to represent as jsonb string');
        return store.finish(attempt, write, spentMs);
      },
    };
    const { arm, metrics, task, attempt } = openAttempt({}, { store: picky });
    await turn();
    arm.runs[0]?.finish({ result: 'far too long' });
    await attempt.done;
    expect(store.finished).toMatchObject([
      {
        attempt: { taskId: task.id },
        write: {
          kind: 'fail',
          error: {
            code: 'result_refused',
            message: 'its result cannot be stored: string too long to represent as jsonb string',
          },
        },
      },
    ]);
    expect(metrics.lines).toEqual(['attempt test complete', 'reached failed']);
  });

  it('waits with its result for a database that is away', async () => {
    const store = createHandDrivenStore();
    let away = true;
    const finish: HandDrivenStore['finish'] = async (...parts) => {
      if (away) throw new DatabaseUnavailable('gone');
      return store.finish(...parts);
    };
    const { arm, attempt } = openAttempt({}, { store: { ...store, finish } });
    await turn();
    arm.runs[0]?.finish({ result: 'kept' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(store.finished).toEqual([]);
    away = false;
    await vi.advanceTimersByTimeAsync(1_000);
    await attempt.done;
    expect(writesOf(store)).toMatchObject([{ kind: 'complete', result: 'kept' }]);
  });

  it('settles without an outcome, and says so in the log, when the patience for the database ends', async () => {
    const store = createHandDrivenStore();
    const finish = (): Promise<boolean> => Promise.reject(new DatabaseUnavailable('gone'));
    const parts = { store: { ...store, finish } };
    const { arm, logger, patience, attempt } = openAttempt({}, parts);
    await turn();
    arm.runs[0]?.finish({ result: 'kept' });
    await turn();
    patience.abort();
    await attempt.done;
    expect(logger.lines.map(({ message }) => message)).toEqual(['an attempt ended without an outcome']);
  });

  it('says in the log when another attempt is the current one by now, and counts nothing', async () => {
    const store = createHandDrivenStore();
    const parts = { store: { ...store, finish: async () => false } };
    const { arm, logger, metrics, attempt } = openAttempt({}, parts);
    await turn();
    arm.runs[0]?.finish({ result: 'late' });
    await attempt.done;
    expect(logger.lines.map(({ message }) => message)).toEqual(['a stale attempt wrote nothing']);
    expect(metrics.lines).toEqual(['attempt test complete']);
  });

  it('hands the progress that the arm reports to the store', async () => {
    const { store, arm, attempt } = openAttempt();
    await turn();
    arm.runs[0]?.work.progress({ step: 1 });
    arm.runs[0]?.finish({ result: null });
    await attempt.done;
    expect(store.reported).toEqual([{ step: 1 }]);
    arm.runs[0]?.work.progress({ step: 2 });
    expect(store.reported).toEqual([{ step: 1 }]);
  });
});
