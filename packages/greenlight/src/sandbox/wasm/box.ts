/**
 * One box: an engine of its own in a thread, which runs one job's submission and is then thrown away.
 *
 * Owns: the box's thread while it lives. Leaves to the pool: when to start one and whom to give it.
 * Invariants:
 * 1. `ask` settles within its limit, a grace of 100 ms and the time of a terminate (about 3 ms).
 * 2. After a time-out, an abort, or `end`, no code of the submission runs any more when the promise settles.
 * 3. A box that has answered all of its commands leaves its thread to another box; any other takes its thread with it.
 */
import { isErrno, messageOf } from '@switchyard/core';
import type { BoxVerdict } from '../harness/verdict.ts';
import type { StepUsage } from '../port.ts';
import type { BoxCommand, BoxReply } from './box-messages.ts';
import type { BoxThread, Guest } from './box-thread.ts';
import type { WasmLanguage } from './languages.ts';
import type { SpareThreads } from './spare-threads.ts';

/** How long an engine that can interrupt itself has for it, milliseconds; it can then tell the line. */
const GRACE_MS = 100;

export interface BoxAnswer {
  readonly verdict: BoxVerdict;
  readonly durationMs: number;
  /** None of a box that could not tell any more. */
  readonly usage?: StepUsage;
}

type Ending = Omit<BoxAnswer, 'durationMs'>;

type State = { kind: 'starting' } | { kind: 'parked' } | { kind: 'asked' } | { kind: 'ended' };

export class Box implements Guest {
  readonly memoryMb: number;
  /** Resolves when the box waits for its job; rejects when it did not start. */
  readonly parked: Promise<void>;
  readonly #threads: SpareThreads;
  readonly #thread: BoxThread;
  readonly #started = Promise.withResolvers<void>();
  #state: State = { kind: 'starting' };
  #settle: (ending: Ending) => void = () => undefined;
  #ending: Promise<void> | undefined;

  /** @param memoryMb what the box may have at most, MiB; a job may set less. */
  constructor(language: WasmLanguage, threads: SpareThreads, memoryMb: number) {
    this.memoryMb = memoryMb;
    this.parked = this.#started.promise;
    // Whoever takes the box awaits it; a box that nobody took may fail unheard.
    this.parked.catch(() => undefined);
    this.#threads = threads;
    this.#thread = threads.take(language);
    this.#thread.host(this, memoryMb);
  }

  onReply(reply: BoxReply): void {
    if (reply.kind === 'answered') return this.#answered(reply, reply.alive);
    this.#state = { kind: 'parked' };
    this.#started.resolve();
  }

  onGone(error?: unknown): void {
    this.#started.reject(error ?? new Error('the box ended while it started'));
    const verdict = error === undefined ? ENDED : verdictOfWorkerError(error);
    this.#answered({ verdict }, false);
  }

  get language(): WasmLanguage {
    return this.#thread.language;
  }

  get isParked(): boolean {
    return this.#state.kind === 'parked';
  }

  /** True while the box takes commands. */
  get isAlive(): boolean {
    return this.#state.kind !== 'ended';
  }

  /** Sends one command and waits for its end, `limitMs` at most. Rejects with the signal's reason when aborted. */
  async ask(command: BoxCommand, limitMs: number, signal: AbortSignal): Promise<BoxAnswer> {
    signal.throwIfAborted();
    if (!this.isAlive) return { verdict: { kind: 'lost', reason: 'the box had ended' }, durationMs: 0 };
    const answered = Promise.withResolvers<Ending>();
    this.#settle = answered.resolve;
    this.#state = { kind: 'asked' };
    const onAbort = () => answered.resolve({ verdict: { kind: 'lost', reason: 'aborted' } });
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => answered.resolve({ verdict: { kind: 'timed-out' } }), limitMs + this.#graceMs());
    const start = performance.now();
    try {
      this.#thread.send(command);
      const { verdict, usage } = await answered.promise;
      const durationMs = performance.now() - start;
      if (verdict.kind === 'timed-out' || signal.aborted) await this.end();
      signal.throwIfAborted();
      return { verdict, durationMs, ...(usage === undefined ? {} : { usage }) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Throws the box away, whatever it does. */
  end(): Promise<void> {
    const isIdle = this.#state.kind === 'parked';
    this.#state = { kind: 'ended' };
    this.#ending ??= isIdle ? this.#threads.giveBack(this.#thread) : this.#thread.end();
    return this.#ending;
  }

  #graceMs(): number {
    return this.language === 'javascript' || this.language === 'typescript' ? GRACE_MS : 0;
  }

  #answered(ending: Ending, alive: boolean): void {
    if (this.#state.kind !== 'ended') this.#state = alive ? { kind: 'parked' } : { kind: 'ended' };
    this.#settle(ending);
    this.#settle = () => undefined;
  }
}

const ENDED: BoxVerdict = { kind: 'lost', reason: 'the box ended' };

function verdictOfWorkerError(error: unknown): BoxVerdict {
  if (isErrno(error, 'ERR_WORKER_OUT_OF_MEMORY')) return { kind: 'out-of-memory' };
  return { kind: 'lost', reason: `the box broke down (${messageOf(error)})` };
}
