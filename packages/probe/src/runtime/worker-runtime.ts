/** Runtimes that hold the conversation in another process, by the worker contract (docs/workers.md). */
import { join } from 'node:path';
import { LineWorkerClosed } from '@switchyard/core';
import type { CallGate } from '../calls/call-gate.ts';
import type { WorkerInput } from '../worker-contract/input.ts';
import type { WorkerOutput } from '../worker-contract/output.ts';
import type { LogLine } from '../worker-contract/stderr-lines.ts';
import type { Environment } from '../worker-process/environment.ts';
import { timeLimitOf } from '../worker-process/environment.ts';
import { findPython, type PythonHealth } from '../worker-process/find-python.ts';
import { KeptWorkers } from '../worker-process/kept-workers.ts';
import { LazyHealth } from '../worker-process/lazy-health.ts';
import { askOnce, isoNow, PYTHON_WORKERS, workerName } from '../worker-process/spawn-worker.ts';
import type { WorkerListeners } from '../worker-process/stderr-line.ts';
import { type Answered, readOutput } from '../worker-process/worker-answer.ts';
import { gatedConversation } from './gated-conversation.ts';
import type { ProbeRuntime, RunOptions, RuntimeName } from './port.ts';

type Command = readonly [string, ...string[]];

export interface WorkerRuntimeOptions extends Pick<WorkerListeners, 'onLog'> {
  /** Keys, addresses, settings. A worker gets of it what it needs. */
  readonly env: Environment;
  /** False: a process for each conversation. Default true: processes are kept. */
  readonly keep?: boolean | undefined;
  /** Most kept processes for each provider. Default 4. */
  readonly size?: number | undefined;
  /** Milliseconds for one conversation. Default `PYTHON_WORKER_TIMEOUT` of `env`, else 300,000. */
  readonly timeLimitMs?: number | undefined;
  readonly graceMs?: number | undefined;
  /** What conversations with a provider pass, so that no more are held at once than it puts up with. Default: none. */
  readonly gate?: CallGate | undefined;
}

export interface PythonRuntime extends ProbeRuntime {
  /** What the health check found; it is made where it has not passed yet. @throws PythonUnusable */
  health(signal?: AbortSignal): Promise<PythonHealth>;
}

/** Our Python worker. The health check runs before the first conversation; what it warns of and notes is logged once. */
export function createPythonRuntime(options: WorkerRuntimeOptions): PythonRuntime {
  const { env, onLog } = options;
  const health = new LazyHealth(async () => {
    const found = await findPython({ env });
    for (const msg of found.warnings) onLog?.({ level: 'warn', time: isoNow(), context: 'health_check', msg });
    for (const msg of found.notes) onLog?.({ level: 'info', time: isoNow(), context: 'health_check', msg });
    return found;
  });
  const workers = new Workers(options);
  return {
    name: 'python',
    async run(input, run = {}) {
      const { executable } = await health.ensure(run.signal);
      return await workers.run([executable, join(PYTHON_WORKERS, 'probe.py')], input, run);
    },
    health: (signal) => health.ensure(signal),
    close: () => workers.close(),
  };
}

/** Our TypeScript worker, as a process of its own. */
export function createNodeRuntime(options: WorkerRuntimeOptions): ProbeRuntime {
  const program = join(import.meta.dirname, '..', 'node-worker', 'main.ts');
  return createCommandRuntime('node', [process.execPath, '--disable-warning=ExperimentalWarning', program], options);
}

/** Any program that keeps the worker contract, with `--serve` where processes are kept. */
export function createCommandRuntime(name: RuntimeName, command: Command, options: WorkerRuntimeOptions): ProbeRuntime {
  const workers = new Workers(options);
  return { name, run: (input, run = {}) => workers.run(command, input, run), close: () => workers.close() };
}

/** The processes of one runtime, kept or started for each conversation. */
class Workers {
  readonly #options: WorkerRuntimeOptions;
  readonly #timeLimitMs: number;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #kept: KeptWorkers | null = null;

  /** @throws WorkerSettingInvalid */
  constructor(options: WorkerRuntimeOptions) {
    this.#options = options;
    this.#timeLimitMs = options.timeLimitMs ?? timeLimitOf(options.env);
  }

  async run(command: Command, input: WorkerInput, { signal, onProgress }: RunOptions): Promise<WorkerOutput> {
    signal?.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    const { env, gate, onLog } = this.#options;
    const hold = async (learn: (line: LogLine) => void): Promise<WorkerOutput> => {
      const listeners: WorkerListeners = {
        onProgress,
        onLog: (line) => {
          learn(line);
          onLog?.(line);
        },
      };
      const answered = await this.#ask(command, input, signal, listeners);
      return readOutput(workerName(command), answered, input, { onLog: listeners.onLog, now: isoNow });
    };
    const running = gatedConversation({ input, env, gate, signal: this.#eitherOf(signal), hold });
    const settled: Promise<void> = running.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.add(settled);
    void settled.then(() => this.#underWay.delete(settled));
    return await running;
  }

  async close(): Promise<void> {
    this.#closing.abort(new LineWorkerClosed());
    await this.#kept?.close();
    await Promise.all(this.#underWay);
  }

  async #ask(
    command: Command,
    input: WorkerInput,
    signal: AbortSignal | undefined,
    listeners: WorkerListeners,
  ): Promise<Answered> {
    this.#closing.signal.throwIfAborted();
    const { env, keep = true, size, graceMs } = this.#options;
    const timeLimitMs = this.#timeLimitMs;
    if (keep) {
      this.#kept ??= new KeptWorkers(command, { env, size, timeLimitMs, graceMs });
      return await this.#kept.ask(input, { signal, ...listeners });
    }
    return await askOnce(command, input, { env, timeLimitMs, graceMs, signal: this.#eitherOf(signal), ...listeners });
  }

  /** Aborts with the caller's signal and when the runtime is closed. */
  #eitherOf(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
  }
}
