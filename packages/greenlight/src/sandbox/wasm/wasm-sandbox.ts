/**
 * The sandbox as its user sees it: a bounded queue before a pool process that may die and is started again.
 *
 * Owns: the queue, the runs under way, the pool process. Leaves to the pool: boxes, limits, outcomes.
 * Invariants:
 * 1. At most `maxConcurrent` runs are in the pool and `maxWaiting` before it; the next is refused.
 * 2. A run settles once: with its result, its signal's reason, or a SandboxError.
 * 3. A death of the pool process costs the runs in it (SandboxFault); those that wait go to the next one.
 * 4. After `close` no process is left and every run has settled.
 */

import { LanguageUnsupported, SandboxFault, SandboxSaturated, StepUnsupported } from '../errors.ts';
import type { SandboxPoolSettings } from '../pool-options.ts';
import type { Language, Sandbox, SandboxJob, SandboxRun, SandboxStatus, Step } from '../port.ts';
import { isWasmLanguage, WASM_LANGUAGES } from './languages.ts';
import type { PoolReply } from './messages.ts';
import { PoolProcessHandle } from './pool-process-handle.ts';

const NAME = 'wasm';

/** What the pool may need beyond the limits of a run's steps before it is taken for hung, milliseconds. */
const HUNG_AFTER_MS = 20_000;

/** How often the pool process may die within `DEATH_WINDOW_MS` before it is left dead for a while. */
const MAX_DEATHS = 5;
const DEATH_WINDOW_MS = 30_000;

interface Run {
  readonly id: number;
  readonly job: SandboxJob;
  readonly settle: (outcome: { readonly run: SandboxRun } | { readonly error: unknown }) => void;
  /** Set when its signal aborted: how it settles once the pool has let go of it. */
  aborted?: { readonly reason: unknown };
  watchdog?: NodeJS.Timeout;
}

export class WasmSandbox implements Sandbox {
  readonly name = NAME;
  readonly languages: readonly Language[] = WASM_LANGUAGES;
  readonly #settings: SandboxPoolSettings;
  readonly #waiting = new Set<Run>();
  readonly #running = new Map<number, Run>();
  readonly #deaths: number[] = [];
  #pool: PoolProcessHandle | undefined;
  #parked = 0;
  #lastId = 0;
  #lastDeath = '';
  #closing: Promise<void> | undefined;

  constructor(settings: SandboxPoolSettings) {
    this.#settings = settings;
    this.#pool = this.#startPool();
  }

  /** The pool's process id, while there is one. */
  get poolPid(): number | undefined {
    return this.#pool?.pid;
  }

  async run(job: SandboxJob, signal?: AbortSignal): Promise<SandboxRun> {
    signal?.throwIfAborted();
    if (!isWasmLanguage(job.language)) throw new LanguageUnsupported(job.language, WASM_LANGUAGES);
    const other = job.steps.find((step) => !runsStep(job.language, step.kind));
    if (other !== undefined) throw new StepUnsupported(other.kind, job.language, NAME);
    if (this.#closing !== undefined) throw new SandboxFault(NAME, 'it is closed');
    const isFull = this.#running.size >= this.#settings.maxConcurrent;
    if (isFull && this.#waiting.size >= this.#settings.maxWaiting) {
      throw new SandboxSaturated(NAME, this.#waiting.size, this.#retryAfterSeconds());
    }
    const result = Promise.withResolvers<SandboxRun>();
    const run = this.#newRun(job, (outcome) => {
      if ('run' in outcome) result.resolve(outcome.run);
      else result.reject(outcome.error);
    });
    const onAbort = () => this.#abort(run, signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(run);
    this.#advance();
    try {
      return await result.promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  status(): SandboxStatus {
    const problems = this.#isGivenUp()
      ? [`${this.#lastDeath}; it is started again after ${DEATH_WINDOW_MS / 1000} s`]
      : [];
    return {
      name: NAME,
      languages: WASM_LANGUAGES,
      parked: this.#parked,
      busy: this.#running.size,
      problems,
      refused: [],
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.end();
    this.#parked = 0;
    for (const run of [...this.#running.values(), ...this.#waiting]) {
      this.#finish(run, { error: new SandboxFault(NAME, 'it was closed while the run was under way') });
    }
  }

  #newRun(job: SandboxJob, settle: Run['settle']): Run {
    this.#lastId += 1;
    return { id: this.#lastId, job, settle };
  }

  /** Moves waiting runs to the pool while it has room. */
  #advance(): void {
    for (const run of this.#waiting) {
      if (this.#running.size >= this.#settings.maxConcurrent) return;
      if (this.#closing !== undefined) return;
      const pool = this.#ensurePool();
      if (pool === undefined) {
        this.#finish(run, { error: new SandboxFault(NAME, `${this.#lastDeath}, ${MAX_DEATHS} times in a row`) });
        continue;
      }
      this.#waiting.delete(run);
      this.#running.set(run.id, run);
      run.watchdog = setTimeout(() => pool.kill(), HUNG_AFTER_MS + longestOf(run.job));
      pool.send({ kind: 'run', id: run.id, job: run.job });
    }
  }

  #abort(run: Run, reason: unknown): void {
    if (this.#waiting.has(run)) return this.#finish(run, { error: reason });
    if (!this.#running.has(run.id)) return;
    run.aborted = { reason };
    this.#pool?.send({ kind: 'cancel', id: run.id });
  }

  #finish(run: Run, outcome: Parameters<Run['settle']>[0]): void {
    clearTimeout(run.watchdog);
    this.#waiting.delete(run);
    this.#running.delete(run.id);
    run.settle(run.aborted === undefined ? outcome : { error: run.aborted.reason });
    this.#advance();
  }

  #ensurePool(): PoolProcessHandle | undefined {
    if (this.#pool === undefined && !this.#isGivenUp()) this.#pool = this.#startPool();
    return this.#pool;
  }

  #startPool(): PoolProcessHandle {
    const pool: PoolProcessHandle = new PoolProcessHandle(this.#settings, {
      onReply: (reply) => this.#onReply(reply),
      onExit: (reason) => this.#onExit(pool, reason),
    });
    return pool;
  }

  #onReply(reply: PoolReply): void {
    if (reply.kind === 'status') {
      this.#parked = reply.parked;
      return;
    }
    const run = this.#running.get(reply.id);
    if (run === undefined) return;
    this.#finish(run, reply.kind === 'ran' ? { run: reply.run } : { error: new SandboxFault(NAME, reply.reason) });
  }

  #onExit(pool: PoolProcessHandle, reason: string): void {
    if (pool !== this.#pool) return;
    this.#pool = undefined;
    this.#parked = 0;
    this.#lastDeath = reason;
    this.#deaths.push(performance.now());
    if (this.#deaths.length > MAX_DEATHS) this.#deaths.shift();
    const inFlight = [...this.#running.values()];
    this.#ensurePool();
    for (const run of inFlight) this.#finish(run, { error: new SandboxFault(NAME, reason) });
    this.#advance();
  }

  /** True while the pool process has died too often of late. */
  #isGivenUp(): boolean {
    const [oldest] = this.#deaths;
    return this.#deaths.length >= MAX_DEATHS && oldest !== undefined && performance.now() - oldest < DEATH_WINDOW_MS;
  }

  /** A guess at when there is room: the longest that a run at the front may take, 1 to 30 s. */
  #retryAfterSeconds(): number {
    const longest = Math.max(...[...this.#running.values()].map((run) => longestOf(run.job)), 1000);
    return Math.min(Math.ceil(longest / 1000), 30);
  }
}

/** Shells run programs; SQL can also be called, for rows. */
function runsStep(language: Language, kind: Step['kind']): boolean {
  return language === 'bash' ? kind === 'program' : language !== 'sql' || kind === 'program' || kind === 'call';
}

/** The time that all steps of a job may take together, milliseconds. */
function longestOf(job: SandboxJob): number {
  return Math.min(job.limits.cpuMs, job.limits.wallMs) * (job.steps.length + 2);
}
