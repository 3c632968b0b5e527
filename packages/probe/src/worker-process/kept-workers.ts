/**
 * Workers that are started once and asked many times (`--serve`), so that a job does not pay for a start.
 *
 * Owns one pool of processes for each provider: the processes of one know that provider's key and no other. Leaves to
 * `LineWorkerPool` how many there are, who waits, and replacing those that fail.
 *
 * 1. Every question has an `id` that its answer must repeat; a worker that answers otherwise is ended.
 * 2. After `close()` nothing that was started is left alive.
 */
import { LineWorkerClosed, LineWorkerPool } from '@switchyard/core';
import type { Provider } from '../providers/provider-table.ts';
import { type Environment, timeLimitOf, workerEnvironment } from './environment.ts';
import { WorkerOutOfStep } from './errors.ts';
import { isoNow, LONGEST_OUTPUT_BYTES, providerOfInput, workerName } from './spawn-worker.ts';
import { tellLine, type WorkerListeners } from './stderr-line.ts';
import { type Answered, parseAnswer, readAnswer } from './worker-answer.ts';

export interface KeptWorkersOptions {
  readonly env: Environment;
  /** Most processes for each provider; they are started when they are needed. Default 4. */
  readonly size?: number | undefined;
  /** Milliseconds. Default `PYTHON_WORKER_TIMEOUT` of `env`, else 300,000. */
  readonly timeLimitMs?: number | undefined;
  readonly graceMs?: number | undefined;
  /** A process that was not asked for so long is ended, in ms. Default 60,000. */
  readonly idleMs?: number | undefined;
  /** A process is replaced after so many answers. Default 1,000. */
  readonly maxAnswers?: number | undefined;
  readonly maxOutputBytes?: number | undefined;
}

export interface AskOptions extends WorkerListeners {
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_SIZE = 4;
/** Of stderr, in the message about an answer that is none. */
const LAST_LINES = 50;

export class KeptWorkers {
  readonly #command: readonly [string, ...string[]];
  readonly #options: KeptWorkersOptions;
  readonly #timeLimitMs: number;
  readonly #pools = new Map<string, LineWorkerPool>();
  #asked = 0;
  #closed = false;

  /** @throws WorkerSettingInvalid, ProcessOptionInvalid */
  constructor(command: readonly [string, ...string[]], options: KeptWorkersOptions) {
    this.#command = command;
    this.#options = options;
    this.#timeLimitMs = options.timeLimitMs ?? timeLimitOf(options.env);
    // What is wrong with an option shows now, not at the first question.
    this.#pool(null);
  }

  /**
   * As `spawnWorker`, of a process that is there already.
   *
   * @throws LineWorkersBusy, LineWorkerClosed and WorkerOutOfStep besides
   */
  async ask(input: object, options: AskOptions = {}): Promise<Answered> {
    if (this.#closed) throw new LineWorkerClosed();
    this.#asked += 1;
    const id = String(this.#asked);
    const worker = workerName(this.#command);
    const lastLines: string[] = [];
    const result = await this.#pool(providerOfInput(input)).request(JSON.stringify({ ...input, id }), {
      timeLimitMs: this.#timeLimitMs,
      signal: options.signal,
      onStderrLine: (line) => {
        lastLines.push(line);
        if (lastLines.length > LAST_LINES) lastLines.shift();
        tellLine(line, options, isoNow);
      },
      // What comes after an answer that is none could pass for the answer to the next question.
      checkAnswer: (line) => {
        if (parseAnswer(worker, line, lastLines.join('\n'))['id'] !== id) throw new WorkerOutOfStep(worker);
      },
    });
    return readAnswer(worker, result, true);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #pool(provider: Provider | null): LineWorkerPool {
    const key = provider?.id ?? '';
    const found = this.#pools.get(key);
    if (found !== undefined) return found;
    const {
      env,
      size = DEFAULT_SIZE,
      graceMs,
      idleMs,
      maxAnswers,
      maxOutputBytes = LONGEST_OUTPUT_BYTES,
    } = this.#options;
    const [program, ...args] = this.#command;
    const pool = new LineWorkerPool(program, [...args, '--serve'], {
      ...workerEnvironment(provider, env, this.#timeLimitMs),
      size,
      graceMs,
      idleMs,
      maxRequests: maxAnswers,
      maxAnswerBytes: maxOutputBytes,
    });
    this.#pools.set(key, pool);
    return pool;
  }
}
