/**
 * The dispatcher of a node: one lane an arm, and what keeps running attempts honest.
 *
 * Owns: the attempts of this node, their heartbeats, the way of a cancel to them, the node's shutdown.
 * Invariants:
 * 1. Every running attempt's job is touched every `heartbeatMs`; one that is no longer held is stopped as lease-lost.
 * 2. A cancel reaches a running attempt by signal at once, and by the heartbeat's look at the tables at the latest.
 * 3. A node never works twice on one task: a job that comes again stops the attempt that lost it.
 * 4. `stop` fetches nothing more, lets attempts end until the deadline, then asks them to stop and hands their tasks back.
 */
import { messageOf } from '@switchyard/core';
import type { Arm } from '../ports/arm.ts';
import type { Queue } from '../ports/queue.ts';
import type { Store } from '../ports/store.ts';
import { type Attempt, type AttemptDependencies, startAttempt } from './attempt.ts';
import { type Lane, startLane } from './lane.ts';

const HEARTBEAT_MS = 3_000;
/** How long outcomes may still be written after running attempts were told to stop. */
const HAND_BACK_MS = 5_000;

export interface DispatcherOptions extends AttemptDependencies {
  readonly arms: readonly Arm[];
  readonly queue: Queue;
  readonly store: AttemptDependencies['store'] & Pick<Store, 'cancelRequested'>;
  readonly heartbeatMs?: number;
  readonly pollMs?: number;
}

export interface Dispatcher {
  /** How many attempts run now. */
  readonly running: number;
  stop(deadlineMs: number): Promise<void>;
}

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { arms, queue, signals, heartbeatMs = HEARTBEAT_MS, pollMs } = options;
  const attempts = new Set<Attempt>();
  const patience = new AbortController();
  const lanes = new Map<string, Lane>();

  for (const arm of arms) {
    const lane = startLane({
      arm: arm.name,
      concurrency: arm.concurrency,
      queue,
      logger: options.logger,
      ...(pollMs === undefined ? {} : { pollMs }),
      run: async (job) => {
        // An attempt of ours whose job was handed out again, to ourselves.
        for (const stale of attemptsAt(job.taskId, attempts)) stale.stop('lease-lost');
        const attempt = startAttempt(job, arm, options, patience.signal);
        attempts.add(attempt);
        await attempt.done;
        attempts.delete(attempt);
      },
    });
    lanes.set(arm.name, lane);
  }

  const heartbeat = createHeartbeat(options, attempts);
  const beating = setInterval(() => void heartbeat(), heartbeatMs);
  const unsubscribe = [
    signals.subscribe('jobs', (arm) => lanes.get(arm)?.wake()),
    signals.subscribe('cancel', (taskId) => {
      for (const attempt of attemptsAt(taskId, attempts)) attempt.stop('cancel');
    }),
    signals.onReconnected(() => {
      for (const lane of lanes.values()) lane.wake();
      void heartbeat();
    }),
  ];

  const stop = async (deadlineMs: number): Promise<void> => {
    // A fetch in flight may still bring jobs; one that hangs does not hold up the shutdown.
    const lanesClosed = Promise.all([...lanes.values()].map((lane) => lane.close()));
    const allDone = lanesClosed.then(() => Promise.all([...attempts].map((attempt) => attempt.done)));
    if (!(await settlesWithin(allDone, deadlineMs))) {
      for (const attempt of attempts) attempt.stop('shutdown');
      if (!(await settlesWithin(allDone, HAND_BACK_MS))) patience.abort();
    }
    clearInterval(beating);
    for (const unsubscribeOne of unsubscribe) unsubscribeOne();
  };

  return {
    get running() {
      return attempts.size;
    },
    stop,
  };
}

function attemptsAt(taskId: string, attempts: ReadonlySet<Attempt>): Attempt[] {
  return [...attempts].filter((attempt) => attempt.job.taskId === taskId);
}

function createHeartbeat(
  { queue, store, logger }: DispatcherOptions,
  attempts: ReadonlySet<Attempt>,
): () => Promise<void> {
  const beat = async (): Promise<void> => {
    const running = [...attempts];
    if (running.length === 0) return;
    for (const [arm, ofArm] of Map.groupBy(running, (attempt) => attempt.job.arm)) {
      const held = await queue.touch(
        arm,
        ofArm.map((attempt) => attempt.job),
      );
      for (const attempt of ofArm) {
        // An attempt that ended meanwhile has completed its job: stopping it has no effect.
        if (!held.has(attempt.job.id)) attempt.stop('lease-lost');
      }
    }
    for (const taskId of await store.cancelRequested(running.map((attempt) => attempt.job.taskId))) {
      for (const attempt of attemptsAt(taskId, attempts)) attempt.stop('cancel');
    }
  };
  let busy = false;
  return async () => {
    if (busy) return;
    busy = true;
    try {
      await beat();
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'a heartbeat was missed');
    } finally {
      busy = false;
    }
  };
}

/** Whether the promise settles in time; leaves no timer behind. */
async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
