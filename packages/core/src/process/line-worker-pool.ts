/**
 * Several workers of one program: a request gets a free one, or starts one, or waits in line.
 *
 * Owns its workers and the line. Leaves to `LineWorker` what happens between a question and its answer.
 *
 * Invariants:
 * 1. Never more than `size` processes that are asked, and never more than `maxWaiting` callers in line.
 * 2. First come, first served; who aborts while waiting leaves the line at once.
 * 3. The one used last is used first, so that those that nobody needs are idle long enough to be ended.
 */
import { type Clock, monotonicClock } from '../clock.ts';
import { SwitchyardError } from '../errors.ts';
import { WaitingLine } from '../queue/waiting-line.ts';
import { LineWorker } from './line-worker.ts';
import {
  type LineRequestOptions,
  type LineResult,
  LineWorkerClosed,
  type LineWorkerOptions,
} from './line-worker-options.ts';
import { notNegative, ProcessOptionInvalid } from './process-options.ts';
import { neverStarted } from './result-of.ts';

const DEFAULT_MAX_WAITING = 1_000;
const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_MAX_REQUESTS = 1_000;

export interface LineWorkerPoolOptions extends LineWorkerOptions {
  /** Most workers at once; they are started when they are needed. */
  readonly size: number;
  /** Most requests that wait for a worker; more are refused. Default 1000. */
  readonly maxWaiting?: number | undefined;
  /** A worker that was not asked for so long is ended, in ms. Default 60,000. */
  readonly idleMs?: number | undefined;
  /** A worker that has answered so often is replaced: memory that a program leaks is given back. Default 1000. */
  readonly maxRequests?: number | undefined;
}

/** As many requests as may wait for a worker do so already. */
export class LineWorkersBusy extends SwitchyardError {
  constructor(waiting: number) {
    super('line_workers_busy', 'transient', `Every worker is busy and ${waiting} requests wait for one already.`);
  }
}

interface Member {
  readonly worker: LineWorker;
  answered: number;
  /** Calls off its end for idleness. */
  stayIdle: () => void;
}

export class LineWorkerPool {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #options: LineWorkerPoolOptions;
  readonly #limits: { readonly maxWaiting: number; readonly idleMs: number; readonly maxRequests: number };
  readonly #clock: Clock;
  readonly #line = new WaitingLine<null, Member>();
  /** The one used last at the end. */
  readonly #idle: Member[] = [];
  readonly #busy = new Set<Member>();
  readonly #leaving = new Set<Promise<void>>();
  #closed = false;

  /** @throws ProcessOptionInvalid for a number outside its range */
  constructor(
    command: string,
    args: readonly string[],
    options: LineWorkerPoolOptions,
    { clock = monotonicClock }: { readonly clock?: Clock } = {},
  ) {
    this.#command = command;
    this.#args = args;
    this.#options = options;
    this.#clock = clock;
    this.#limits = notNegative({
      maxWaiting: options.maxWaiting ?? DEFAULT_MAX_WAITING,
      idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
      maxRequests: options.maxRequests ?? DEFAULT_MAX_REQUESTS,
    });
    if (!(options.size >= 1)) throw new ProcessOptionInvalid('size', options.size, 'a number of 1 or more');
    // Whatever is wrong with the options of a worker is told now, not at the first request.
    this.#newMember();
  }

  /** How many are asked now, are idle, and wait in line. */
  get counts(): { readonly busy: number; readonly idle: number; readonly waiting: number } {
    return { busy: this.#busy.size, idle: this.#idle.length, waiting: this.#line.length };
  }

  /**
   * As `LineWorker.request`, of whichever worker is free. The time limit runs from when one is; an abort ends the wait as
   * well, with a result of status `aborted`.
   *
   * @throws LineWorkersBusy, LineWorkerClosed and what `LineWorker.request` throws
   */
  async request(line: string, options: LineRequestOptions): Promise<LineResult> {
    const startedAt = this.#clock.now();
    const { signal } = options;
    if (this.#closed) throw new LineWorkerClosed();
    if (signal?.aborted) return neverStarted({ status: 'aborted', reason: signal.reason }, 0);
    let member: Member;
    try {
      member = this.#free() ?? (await this.#line.join(null, signal));
    } catch (error) {
      if (!signal?.aborted) throw error;
      return neverStarted({ status: 'aborted', reason: signal.reason }, this.#clock.now() - startedAt);
    }
    try {
      const result = await member.worker.request(line, options);
      if (result.status === 'answered') member.answered += 1;
      return result;
    } finally {
      this.#giveBack(member);
    }
  }

  /** Ends all workers; requests under way end `aborted`, those in line are refused. Resolves when all are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#line.refuseAll(new LineWorkerClosed());
    for (const member of [...this.#busy, ...this.#idle.splice(0)]) this.#letGo(member);
    await Promise.all(this.#leaving);
  }

  /** @throws LineWorkersBusy where the line is full */
  #free(): Member | null {
    const member = this.#idle.pop() ?? (this.#busy.size < this.#options.size ? this.#newMember() : null);
    if (member === null) {
      if (this.#line.length >= this.#limits.maxWaiting) throw new LineWorkersBusy(this.#line.length);
      return null;
    }
    member.stayIdle();
    this.#busy.add(member);
    return member;
  }

  #giveBack(used: Member): void {
    if (this.#closed) return;
    this.#busy.delete(used);
    const wornOut = used.answered >= this.#limits.maxRequests;
    if (wornOut) this.#letGo(used);
    const member = wornOut ? this.#newMember() : used;
    if (this.#line.first() !== null) {
      this.#busy.add(member);
      this.#line.serve(member);
    } else if (!wornOut) {
      this.#idle.push(member);
      member.stayIdle = this.#clock.schedule(this.#limits.idleMs, () => {
        this.#idle.splice(this.#idle.indexOf(member), 1);
        this.#letGo(member);
      });
    }
  }

  #newMember(): Member {
    return { worker: new LineWorker(this.#command, this.#args, this.#options), answered: 0, stayIdle: () => {} };
  }

  #letGo(member: Member): void {
    member.stayIdle();
    const gone = member.worker.close().finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
  }
}
