import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventType, TaskStatus } from '../../../../src/contract/index.ts';
import { isTerminal } from '../../../../src/domain/transitions.ts';
import type { QueuedJob } from '../../../../src/ports/queue.ts';
import type { AttemptRef, AttemptWrite } from '../../../../src/ports/store.ts';
import { ARM, newTask } from '../parts.ts';
import { NODE, type StoreSubject, type Use } from './subject.ts';

const ERROR = { code: 'arm_failed', message: 'it broke' };
const OTHER_ARM = 'generalist';
const WRITES: { readonly [kind in AttemptWrite['kind']]: AttemptWrite } = {
  complete: { kind: 'complete', result: {}, usage: null, costUsd: null },
  fail: { kind: 'fail', error: ERROR },
  cancel: { kind: 'cancel' },
  retry: { kind: 'retry', error: ERROR, delayMs: 0 },
  release: { kind: 'release' },
  reroute: { kind: 'reroute', error: ERROR, to: OTHER_ARM },
};

/** What the last event says about the status. */
const STATUS_AFTER: { readonly [type in EventType]: readonly TaskStatus[] } = {
  'task-submitted': ['pending'],
  'task-started': ['processing'],
  'task-recovered': [],
  'task-progressed': ['processing'],
  'task-retried': ['pending'],
  'task-released': ['pending'],
  'task-rerouted': ['pending'],
  'task-children-ended': ['pending'],
  'task-cancel-requested': ['processing'],
  'task-completed': ['completed'],
  'task-failed': ['failed'],
  'task-cancelled': ['cancelled'],
};
const TERMINAL: ReadonlySet<EventType> = new Set(['task-completed', 'task-failed', 'task-cancelled']);

/** One thing that somebody does; `on` chooses among the tasks, jobs or attempts that were ever there, stale ones too. */
const operation = fc.record({
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constant('claim' as const) },
    fc.constantFrom('submit' as const, 'abandon', 'progress', 'ask-cancel', 'ask-retry', 'lose-job', 'reconcile'),
    fc.constantFrom('complete' as const, 'fail', 'cancel', 'retry', 'release', 'reroute'),
  ),
  on: fc.nat(30),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** All that a careless world does to a store, with every reference it ever got. */
function createWorld(subject: StoreSubject) {
  const { store, queue } = subject;
  const tasks: string[] = [];
  const jobs: QueuedJob[] = [];
  const attempts: AttemptRef[] = [];
  const at = <T>(items: readonly T[], index: number): T | undefined =>
    items[items.length - 1 - (index % (items.length || 1))];

  const perform = async ({ what, on }: Operation): Promise<void> => {
    const task = at(tasks, on);
    const job = at(jobs, on);
    const attempt = at(attempts, on);
    switch (what) {
      case 'submit': {
        const fresh = newTask();
        await store.insert([fresh]);
        tasks.push(fresh.spec.id);
        return;
      }
      case 'claim':
        for (const claim of await store.claim(on % 2 === 0 ? ARM : OTHER_ARM, 1 + (on % 3), NODE)) {
          jobs.push(claim.job);
          if (claim.kind === 'claimed')
            attempts.push({ taskId: claim.job.taskId, attempt: claim.attempt, job: claim.job });
        }
        return;
      case 'abandon':
        if (job !== undefined) await queue.abandon(job);
        return;
      case 'progress':
        if (attempt !== undefined) await store.progress(attempt, on);
        return;
      case 'ask-cancel':
        if (task !== undefined) await store.requestCancel(task);
        return;
      case 'ask-retry':
        if (task !== undefined) await store.retry(task);
        return;
      case 'lose-job':
        if (task !== undefined) await subject.loseJob(task);
        return;
      case 'reconcile':
        await store.reconcile();
        return;
      case 'complete':
      case 'fail':
      case 'cancel':
      case 'retry':
      case 'release':
        if (attempt !== undefined) await store.finish(attempt, WRITES[what], 1);
        return;
      case 'reroute': {
        const to = attempt?.job.arm === ARM ? OTHER_ARM : ARM;
        if (attempt !== undefined) await store.finish(attempt, { kind: 'reroute', error: ERROR, to }, 1);
      }
    }
  };
  return { tasks, perform };
}

async function expectLawful(subject: StoreSubject, taskId: string, lostJobs: boolean): Promise<void> {
  const task = await subject.store.get(taskId);
  if (task === null) throw new Error('an acknowledged task is gone');
  const events = await subject.store.events(taskId, 0, 10_000);
  expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1));
  const last = events.at(-1);
  expect(last === undefined ? [] : STATUS_AFTER[last.type]).toContain(task.status);

  let endedLife = false;
  for (const { type, data } of events) {
    if (endedLife) expect({ type, asked: data['asked'] }).toEqual({ type: 'task-retried', asked: true });
    endedLife = TERMINAL.has(type);
  }
  const started = events.filter(({ type }) => type === 'task-started').map(({ data }) => data['attempt']);
  expect(started).toEqual(started.map((_, index) => index + 1));
  expect(task.attempt).toBe(started.length);

  // A task that was cancelled while it waited leaves its job to be fetched for nothing.
  if (!isTerminal(task.status) && !lostJobs) expect(await subject.openJobs(taskId)).toBe(1);
  expect(await subject.openJobs(taskId)).toBeLessThanOrEqual(1);
}

export function lawFacts(use: Use): void {
  describe('whatever happens in whatever order', () => {
    it('event numbers are gapless, a life ends once, the status is what the last event says, one job stands for a task', async () => {
      const steps = fc.array(fc.array(operation, { minLength: 1, maxLength: 3 }), { minLength: 10, maxLength: 30 });
      const seed = randomInt(2 ** 31 - 1);
      process.stdout.write(`store laws: seed ${seed}\n`);
      await fc.assert(
        fc.asyncProperty(steps, async (atOnce) => {
          await use().clear();
          const world = createWorld(use());
          await world.perform({ what: 'submit', on: 0 });
          await world.perform({ what: 'submit', on: 0 });
          // What stands in one step happens at the same time.
          for (const step of atOnce) await Promise.all(step.map(world.perform));
          const lostJobs = atOnce.flat().some(({ what }) => what === 'lose-job');
          for (const taskId of world.tasks) await expectLawful(use(), taskId, lostJobs);
        }),
        { seed, numRuns: 40 },
      );
    });
  });
}
