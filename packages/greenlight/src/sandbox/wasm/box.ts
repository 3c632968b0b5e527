/**
 * One box: an engine of its own in a thread, which runs one job's submission and is then thrown away.
 *
 * Owns: the box's thread while it lives. Leaves to the pool: when to start one and whom to give it.
 * Invariants:
 * 1. `next` settles within its limit, a grace of 100 ms, 20 ms for what was used, and the time of a terminate (about 3 ms).
 * 2. After a time-out, an abort, or `end`, no code of the submission runs any more when the promise settles.
 * 3. A box that has answered all of its commands leaves its thread to another box; any other takes its thread with it.
 */
import { isErrno, messageOf } from '@switchyard/core';
import type { BoxVerdict } from '../harness/verdict.ts';
import type { StepUsage } from '../port.ts';
import type { BoxCommand, BoxReply } from './box-messages.ts';
import type { BoxThread, Guest } from './box-thread.ts';
import type { WasmLanguage } from './languages.ts';
import { begunIn, type CapturedOutput, lineIn, NO_OUTPUT, outputIn, prepareRoom } from './output.ts';
import type { SpareThreads } from './spare-threads.ts';

/** How long an engine that can interrupt itself has for it, milliseconds; it can then tell the line. */
const GRACE_MS = 100;

export interface BoxAnswer {
  readonly verdict: BoxVerdict;
  /** Whether the box took another command after it. */
  readonly alive: boolean;
  readonly durationMs: number;
  readonly output: CapturedOutput;
  /** None of a box that could not tell any more. */
  readonly usage?: StepUsage;
}

interface Ending {
  readonly verdict: BoxVerdict;
  readonly alive: boolean;
  /** As the box's thread has measured it, where it could. */
  readonly wallMs?: number | undefined;
  readonly usage?: StepUsage | undefined;
  /** As the box's thread told it; of a command without an answer it is what it has left in its room. */
  readonly output?: CapturedOutput;
}

interface Arrival extends Ending {
  readonly at: number;
}

type State = 'starting' | 'started' | 'ended';

export class Box implements Guest {
  readonly memoryMb: number;
  /** Resolves when the box waits for its job; rejects when it did not start. */
  readonly parked: Promise<void>;
  readonly #threads: SpareThreads;
  readonly #thread: BoxThread;
  readonly #started = Promise.withResolvers<void>();
  readonly #arrived: Arrival[] = [];
  #state: State = 'starting';
  /** Commands without an answer yet. */
  #unanswered = 0;
  /** Commands that `next` has given the answers to. */
  #answers = 0;
  /** When what is worked on now was posted, and the durations of what has been answered since. */
  #since = 0;
  /** What the thread had computed by the box's last answer, milliseconds. */
  #cpuMsBefore: number | undefined;
  #settle: (ending?: Ending) => void = () => undefined;
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
    if (reply.kind === 'answered') {
      this.#cpuMsBefore = reply.threadCpuMs;
      return this.#answered(reply);
    }
    this.#state = 'started';
    this.#started.resolve();
  }

  onGone(error?: unknown): void {
    this.#started.reject(error ?? new Error('the box ended while it started'));
    const verdict = error === undefined ? ENDED : verdictOfWorkerError(error);
    this.#answered({ verdict, alive: false });
  }

  get language(): WasmLanguage {
    return this.#thread.language;
  }

  get isParked(): boolean {
    return this.#state === 'started' && this.#unanswered === 0;
  }

  /** True while the box takes commands. */
  get isAlive(): boolean {
    return this.#state !== 'ended';
  }

  /** Where the box's commands are to write to, with `outputKb` KiB of each stream at most. Called once, before they are posted. */
  roomFor(outputKb: number): SharedArrayBuffer {
    return prepareRoom(this.#thread.room, outputKb);
  }

  /** Sends commands, which the box does one after the other; `next` has the answer to each. */
  post(commands: readonly BoxCommand[]): void {
    if (this.#unanswered === 0) this.#since = performance.now();
    this.#unanswered += commands.length;
    this.#thread.send(commands);
  }

  /** The next answer, within `limitMs` of the one before it or else as a time-out. Rejects with the signal's reason when aborted. */
  async next(limitMs: number, signal: AbortSignal): Promise<BoxAnswer> {
    signal.throwIfAborted();
    const ending = this.#arrived.shift() ?? (await this.#arrival(limitMs, signal));
    const { at, verdict, alive, wallMs, usage } = ending;
    // Answers to short commands come together: all their times are never more than what has passed here.
    const durationMs = Math.min(wallMs ?? Number.POSITIVE_INFINITY, at - this.#since);
    this.#since += durationMs;
    const isOver = verdict.kind === 'timed-out' || signal.aborted;
    const used = usage ?? (verdict.kind === 'timed-out' ? await this.#usedSoFar() : undefined);
    if (isOver) await this.end();
    signal.throwIfAborted();
    this.#answers += 1;
    const told = ending.output === undefined ? this.#left(verdict) : { verdict, output: ending.output };
    return { ...told, alive: alive && !isOver, durationMs, ...(used === undefined ? {} : { usage: used }) };
  }

  /** Throws the box away, whatever it does. */
  end(): Promise<void> {
    const isIdle = this.isParked;
    this.#state = 'ended';
    this.#ending ??= isIdle ? this.#threads.giveBack(this.#thread) : this.#thread.end();
    return this.#ending;
  }

  /** What a command without an answer has left behind: its output, and of one that timed out, the line that it was at. */
  #left(verdict: BoxVerdict): Pick<BoxAnswer, 'verdict' | 'output'> {
    const { room } = this.#thread;
    // Its thread may have begun the next one just as its time was over.
    if (begunIn(room) !== this.#answers) return { verdict, output: NO_OUTPUT };
    const line = verdict.kind === 'timed-out' ? lineIn(room) : undefined;
    const placed: BoxVerdict = line === undefined ? verdict : { kind: 'timed-out', line };
    return { verdict: placed, output: outputIn(room) };
  }

  /** Of the command that does not end. */
  async #usedSoFar(): Promise<StepUsage | undefined> {
    const before = this.#cpuMsBefore;
    const cpuMs = before === undefined ? undefined : await this.#thread.cpuMs();
    return cpuMs === undefined || before === undefined ? undefined : { cpuMs: cpuMs - before };
  }

  async #arrival(limitMs: number, signal: AbortSignal): Promise<Arrival> {
    if (!this.isAlive) return { ...lost('the box had ended'), at: this.#since };
    const woken = Promise.withResolvers<Ending | undefined>();
    this.#settle = woken.resolve;
    const onAbort = () => woken.resolve(lost('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => woken.resolve(TIMED_OUT), limitMs + this.#graceMs());
    try {
      const ending = await woken.promise;
      return this.#arrived.shift() ?? { ...(ending ?? lost('the box ended')), at: performance.now() };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.#settle = () => undefined;
    }
  }

  #graceMs(): number {
    return this.language === 'javascript' || this.language === 'typescript' ? GRACE_MS : 0;
  }

  #answered(ending: Ending): void {
    if (!ending.alive) this.#state = 'ended';
    if (this.#unanswered === 0) return;
    this.#unanswered -= 1;
    this.#arrived.push({ ...ending, at: performance.now() });
    this.#settle();
  }
}

const ENDED: BoxVerdict = { kind: 'lost', reason: 'the box ended' };
const TIMED_OUT: Ending = { verdict: { kind: 'timed-out' }, alive: false };

function lost(reason: string): Ending {
  return { verdict: { kind: 'lost', reason }, alive: false };
}

function verdictOfWorkerError(error: unknown): BoxVerdict {
  if (isErrno(error, 'ERR_WORKER_OUT_OF_MEMORY')) return { kind: 'out-of-memory' };
  return { kind: 'lost', reason: `the box broke down (${messageOf(error)})` };
}
