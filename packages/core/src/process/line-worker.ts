/**
 * A program that is started once and asked many times: one line to its stdin, one line back on its stdout.
 *
 *     const worker = new LineWorker('python3', ['-m', 'worker', '--serve'], { environment });
 *     const result = await worker.request(JSON.stringify(input), { timeLimitMs: 300_000, signal, onStderrLine });
 *     if (result.status === 'answered') parse(result.line);   // else: how it ended, as runProcess tells it
 *     await worker.close();
 *
 * Owns one process at a time, from the first request to `close()`. Leaves to its user what lines mean, whether to ask
 * again, and (`LineWorkerPool`) having several. POSIX only.
 *
 * Invariants:
 * 1. One question at a time, and an answer belongs to the question before it: a worker that was not waited for to the end
 *    (time limit, abort, too long an answer), or that speaks unasked, is ended, and the next request starts another.
 * 2. A request starts at most one process, and never repeats a question: a worker that dies over it is a result.
 * 3. Memory is bounded whatever it writes, and no secret reaches a result or `onStderrLine`.
 * 4. The environment, the group and what is left of it are dealt with as in `runProcess`.
 * 5. After `close()`, and after any result but an answer, nothing that was started is left alive.
 */
import { setImmediate as pollPhaseOver } from 'node:timers/promises';
import { LineProcess, type LineProcessLimits } from './line-process.ts';
import {
  type LineRequestOptions,
  type LineResult,
  LineWorkerBusy,
  LineWorkerClosed,
  type LineWorkerOptions,
  WorkerLineInvalid,
} from './line-worker-options.ts';
import { childLimits, notNegative } from './process-options.ts';
import type { ProcessResult } from './process-result.ts';
import { type Cause, endedResult, neverStarted, spawnFailure } from './result-of.ts';
import { type NotStarted, onAbort, pauseUntil, startChild } from './start-child.ts';

const DEFAULT_MAX_ANSWER_BYTES = 1_048_576;

export class LineWorker {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #options: LineWorkerOptions;
  readonly #limits: LineProcessLimits;
  readonly #closing = new AbortController();
  /** Those that must not be asked any more and are not gone yet. */
  readonly #leaving = new Set<Promise<unknown>>();
  #process: LineProcess | null = null;
  #request: Promise<unknown> | null = null;

  /**
   * Starts nothing yet.
   *
   * @param command looked up in the PATH of `options.environment`, which is empty by default
   * @throws ProcessOptionInvalid for a number outside its range
   */
  constructor(command: string, args: readonly string[], options: LineWorkerOptions = {}) {
    this.#command = command;
    this.#args = args;
    this.#options = options;
    const maxAnswerBytes = options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
    this.#limits = notNegative({ ...childLimits(options), maxAnswerBytes });
  }

  /** The process id of the worker that would be asked now; null while none runs. */
  get pid(): number | null {
    return this.#process?.usable ? this.#process.pid : null;
  }

  /**
   * Asks, and starts the worker where none runs. A bad end is a value, see `LineResult`.
   *
   * @param line one line, without its ending
   * @throws WorkerLineInvalid, LineWorkerBusy, LineWorkerClosed, ProcessOptionInvalid; what `onStderrLine` threw
   */
  async request(line: string, options: LineRequestOptions): Promise<LineResult> {
    notNegative({ timeLimitMs: options.timeLimitMs });
    const lineBreak = line.search(/[\n\r]/);
    if (lineBreak >= 0) throw new WorkerLineInvalid(lineBreak);
    return await this.#alone(() => this.#serve(line, options));
  }

  /**
   * Starts the worker ahead of its first request; does nothing where one runs.
   *
   * @returns null, or why it could not be started
   * @throws LineWorkerBusy, LineWorkerClosed
   */
  async start(): Promise<ProcessResult | null> {
    const startedAt = performance.now();
    const process = await this.#alone(() => this.#usableProcess());
    if (!('code' in process)) return null;
    return neverStarted(spawnFailure(process, this.#options.secrets), performance.now() - startedAt);
  }

  /** Ends the worker (SIGTERM, SIGKILL after the grace); a request under way ends `aborted`. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closing.abort(new LineWorkerClosed());
    await this.#request;
    await this.#process?.stop();
    await Promise.all(this.#leaving);
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing.signal.aborted) throw new LineWorkerClosed();
    if (this.#request !== null) throw new LineWorkerBusy();
    const request = work();
    this.#request = request.catch(() => {});
    try {
      return await request;
    } finally {
      this.#request = null;
    }
  }

  async #serve(line: string, options: LineRequestOptions): Promise<LineResult> {
    const startedAt = performance.now();
    const elapsed = (): number => performance.now() - startedAt;
    const { signal } = options;
    if (signal?.aborted) return neverStarted({ status: 'aborted', reason: signal.reason }, 0);
    const process = await this.#usableProcess();
    if ('code' in process) return neverStarted(spawnFailure(process, this.#options.secrets), elapsed());
    for (const { aborted, reason } of [signal ?? this.#closing.signal, this.#closing.signal]) {
      if (aborted) return neverStarted({ status: 'aborted', reason }, elapsed());
    }
    return await this.#exchange(process, line, options, elapsed);
  }

  async #usableProcess(): Promise<LineProcess | NotStarted> {
    if (this.#process?.usable) return this.#process;
    if (this.#process !== null) this.#letGo(this.#process);
    const start = await startChild(this.#command, this.#args, this.#options, 'pipe');
    if ('code' in start) return start;
    this.#process = new LineProcess(start, this.#limits, this.#options.secrets ?? []);
    return this.#process;
  }

  #letGo(process: LineProcess): void {
    this.#process = null;
    const gone = process.stop().finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
  }

  async #exchange(
    process: LineProcess,
    line: string,
    { timeLimitMs, signal, onStderrLine, checkAnswer }: LineRequestOptions,
    elapsed: () => number,
  ): Promise<LineResult> {
    const over = new AbortController();
    const ending = Promise.withResolvers<null>();
    const seen: { cause: Cause | null } = { cause: null };
    const end = (why: Cause): void => {
      seen.cause ??= why;
      ending.resolve(null);
    };
    try {
      void pauseUntil(over.signal)(timeLimitMs - elapsed()).then(() => end({ status: 'timed-out', timeLimitMs }));
      onAbort(signal, over.signal, (reason) => end({ status: 'aborted', reason }));
      onAbort(this.#closing.signal, over.signal, (reason) => end({ status: 'aborted', reason }));
      const reply = process.ask(line, guarded(onStderrLine, end));
      const first = await Promise.race([reply, ending.promise, process.over.then(() => null)]);
      // What it said before it answered comes through another pipe, in the same turn of the event loop.
      if (first !== null) await pollPhaseOver();
      if (first?.is === 'too-long') end({ status: 'output-limit', maxStdoutBytes: this.#limits.maxAnswerBytes });
      if (first?.is === 'answer') guarded(checkAnswer, end)(first.line);
      if (first?.is === 'answer' && seen.cause?.status !== 'listener-failed') {
        const { stderr, stderrTruncated } = process.settle();
        return { status: 'answered', line: first.line, stderr, stderrTruncated, durationMs: elapsed() };
      }
      const exit = await process.stop();
      return endedResult(seen.cause, exit, process.settle(), elapsed());
    } finally {
      over.abort();
    }
  }
}

/** The listener, called until it throws, which ends the request. */
function guarded(listener: ((line: string) => void) | undefined, end: (why: Cause) => void): (line: string) => void {
  let failed = false;
  return (line) => {
    if (failed) return;
    try {
      listener?.(line);
    } catch (error) {
      failed = true;
      end({ status: 'listener-failed', error });
    }
  };
}
