/**
 * The dispatcher of a node: one lane an arm, and what keeps running attempts honest.
 *
 * Owns: the attempts of this node, their heartbeats, the way of a cancel to them, the node's shutdown.
 * Invariants:
 * 1. Every running attempt's job is touched every `heartbeatMs`; one that is no longer held is stopped as lease-lost.
 * 2. A cancel reaches a running attempt by signal at once, and by the heartbeat's look at the tables at the latest.
 * 3. A node never works twice on one task: a job that comes again stops the attempt that lost it.
 * 4. An arm that is retired claims nothing more and ends its attempts; another of its name may work beside them.
 * 5. `stop` claims nothing more, lets attempts end until the deadline, then asks them to stop and hands their tasks back.
 */
import { messageOf } from '@switchyard/core';
import type { Arm } from '../ports/arm.ts';
import type { Queue } from '../ports/queue.ts';
import type { Claim, NodeIdentity, Store } from '../ports/store.ts';
import { type Attempt, type AttemptDependencies, startAttempt } from './attempt.ts';
import { type Lane, startLane } from './lane.ts';
import { turnEnd } from './turn-end.ts';

const HEARTBEAT_MS = 3_000;
/** How long outcomes may still be written after running attempts were told to stop. */
const HAND_BACK_MS = 5_000;

export interface DispatcherOptions extends AttemptDependencies {
  readonly arms: readonly Arm[];
  readonly queue: Queue;
  readonly store: AttemptDependencies['store'] &
    Pick<Store, 'finishAndClaim' | 'claim' | 'claimAgainMs' | 'cancelRequested'>;
  readonly node: NodeIdentity;
  readonly heartbeatMs?: number;
  readonly pollMs?: number;
}

export interface Dispatcher {
  /** How many attempts run now. */
  readonly running: number;
  /** Works for this arm too from now on; one of the same name is retired before. */
  add(arm: Arm): void;
  /** Claims nothing more for it; settles when its last attempt has ended. */
  retire(name: string): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
}

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { arms, store, signals, node, heartbeatMs = HEARTBEAT_MS, pollMs } = options;
  const attempts = createRunningAttempts();
  const patience = new AbortController();
  const lanes = new Map<string, ArmLane>();
  const retiring = new Set<Promise<void>>();
  const early = createEarlyCancels();
  let handsBack = false;

  /** @returns what was claimed in its place */
  const runClaim = async (claim: Claim, arm: Arm, goesOn: () => boolean): Promise<Claim | null> => {
    const { job } = claim;
    if (claim.kind === 'nothing') {
      if (claim.ended === null) return null;
      options.metrics.taskReached(claim.ended);
      signals.publish([{ topic: 'task', key: job.taskId }]);
      return null;
    }
    // An attempt of ours whose job was handed out again, to ourselves.
    for (const stale of attempts.at(job.taskId)) stale.stop('lease-lost');
    const attempt = startAttempt(claim, arm, options, {
      patience: patience.signal,
      finish: async (...outcome) =>
        goesOn()
          ? await early.during(
              () => store.finishAndClaim(...outcome, node),
              ({ next }) => (next === null ? [] : [next]),
            )
          : { written: await store.finish(...outcome), next: null },
    });
    attempts.add(attempt);
    if (early.has(claim)) attempt.stop('cancel');
    if (handsBack) attempt.stop('shutdown');
    return await attempt.done.finally(() => attempts.remove(attempt));
  };

  const add = (arm: Arm): void => {
    const working = new Set<Promise<void>>();
    const lane = startLane({
      arm: arm.name,
      concurrency: arm.concurrency,
      claim: async (count) =>
        arm.isStuck?.()
          ? []
          : early.during(
              () => store.claim(arm.name, count, node),
              (claims) => claims,
            ),
      againMs: () => store.claimAgainMs(arm.name),
      logger: options.logger,
      ...(pollMs === undefined ? {} : { pollMs }),
      run: (claim, handsOn) => {
        const goesOn = (): boolean => handsOn() && arm.isStuck?.() !== true;
        const ended = occupySlot(claim, (one) => runClaim(one, arm, goesOn));
        working.add(ended);
        void ended.finally(() => working.delete(ended));
        return ended;
      },
    });
    lanes.set(arm.name, { lane, working });
  };
  for (const arm of arms) add(arm);

  const retire = (name: string): Promise<void> => {
    const retired = lanes.get(name);
    if (retired === undefined) return Promise.resolve();
    lanes.delete(name);
    const ended = retired.lane
      .close()
      .then(() => Promise.all(retired.working))
      .then(() => void retiring.delete(ended));
    retiring.add(ended);
    return ended;
  };

  const heartbeat = createHeartbeat(options, attempts);
  const beating = setInterval(() => void heartbeat(), heartbeatMs);
  const unsubscribe = [
    signals.subscribe('jobs', (arm) => lanes.get(arm)?.lane.wake()),
    signals.subscribe('cancel', (taskId) => {
      early.note(taskId);
      for (const attempt of attempts.at(taskId)) attempt.stop('cancel');
    }),
    signals.onReconnected(() => {
      for (const { lane } of lanes.values()) lane.wake();
      void heartbeat();
    }),
  ];

  const stop = async (deadlineMs: number): Promise<void> => {
    // A fetch in flight may still bring jobs; one that hangs does not hold up the shutdown.
    const closed = [...lanes.values()].map(({ lane, working }) => lane.close().then(() => Promise.all(working)));
    const allDone = Promise.all([...retiring, ...closed]);
    if (!(await settlesWithin(allDone, deadlineMs))) {
      handsBack = true;
      for (const attempt of attempts.all()) attempt.stop('shutdown');
      if (!(await settlesWithin(allDone, HAND_BACK_MS))) patience.abort();
    }
    clearInterval(beating);
    for (const unsubscribeOne of unsubscribe) unsubscribeOne();
  };

  return {
    get running() {
      return attempts.count();
    },
    add,
    retire,
    stop,
  };
}

interface ArmLane {
  readonly lane: Lane;
  /** What it runs. */
  readonly working: ReadonlySet<Promise<void>>;
}

/**
 * One claim after the other in one slot. It is an attempt's own until its outcome is written, and goes to the next one with the
 * outcome: a node that dies loses no more attempts than it has slots.
 */
async function occupySlot(first: Claim, run: (claim: Claim) => Promise<Claim | null>): Promise<void> {
  for (let claim: Claim | null = first; claim !== null; ) claim = await run(claim);
}

/**
 * Cancels that are signalled while a claim is under way: the attempt that one is for may begin only when the claim is back.
 * Each claim hears those of its own time: what is claimed after a cancel is a new beginning, and a node that is never without
 * a claim under way would else keep them all.
 */
function createEarlyCancels() {
  const underWay = new Set<Set<string>>();
  const heardBy = new WeakMap<Claim, ReadonlySet<string>>();
  return {
    note: (taskId: string): void => {
      for (const heard of underWay) heard.add(taskId);
    },
    has: (claim: Claim): boolean => heardBy.get(claim)?.has(claim.job.taskId) === true,
    during: async <T>(claim: () => Promise<T>, claimsIn: (answer: T) => readonly Claim[]): Promise<T> => {
      const heard = new Set<string>();
      underWay.add(heard);
      try {
        const answer = await claim();
        for (const one of claimsIn(answer)) heardBy.set(one, heard);
        return answer;
      } finally {
        // Whoever waits for the claim begins its attempts before this turn ends.
        void turnEnd().then(() => underWay.delete(heard));
      }
    },
  };
}

interface RunningAttempts {
  add(attempt: Attempt): void;
  remove(attempt: Attempt): void;
  /** Those at one task: one, or stale ones too. */
  at(taskId: string): readonly Attempt[];
  all(): readonly Attempt[];
  count(): number;
}

function createRunningAttempts(): RunningAttempts {
  const byTask = new Map<string, readonly Attempt[]>();
  let running = 0;
  const at = (taskId: string): readonly Attempt[] => byTask.get(taskId) ?? [];
  return {
    add: (attempt) => {
      byTask.set(attempt.job.taskId, [...at(attempt.job.taskId), attempt]);
      running += 1;
    },
    remove: (attempt) => {
      const others = at(attempt.job.taskId).filter((one) => one !== attempt);
      if (others.length > 0) byTask.set(attempt.job.taskId, others);
      else byTask.delete(attempt.job.taskId);
      running -= 1;
    },
    at,
    all: () => [...byTask.values()].flat(),
    count: () => running,
  };
}

function createHeartbeat({ queue, store, logger }: DispatcherOptions, attempts: RunningAttempts): () => Promise<void> {
  const beat = async (): Promise<void> => {
    const running = attempts.all();
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
      for (const attempt of attempts.at(taskId)) attempt.stop('cancel');
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
