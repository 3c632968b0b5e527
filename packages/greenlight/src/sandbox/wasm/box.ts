/**
 * One box: a worker thread that runs one job's submission and is then thrown away.
 *
 * Owns: the thread, its limits. Leaves to the pool: when to start one and whom to give it.
 * Invariants:
 * 1. `ask` settles within its limit, a grace of 100 ms and the time of a terminate (about 3 ms).
 * 2. After a time-out, an abort, or `end`, no code of the submission runs any more when the promise settles.
 */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { isErrno, messageOf } from '@switchyard/core';
import type { BoxVerdict } from '../harness/verdict.ts';
import type { StepUsage } from '../port.ts';
import type { BoxCommand, BoxReply } from './box-messages.ts';
import type { WasmLanguage } from './languages.ts';
import { BOX_LIMITS } from './limits.ts';
import type { PythonSnapshot } from './python/snapshot.ts';
import { launchWorker, type WorkerSources } from './worker-launch.ts';

/** How long an engine that can interrupt itself has for it, milliseconds; it can then tell the line. */
const GRACE_MS = 100;

/** What boxes are made of, compiled and read once. */
export interface BoxBlueprint {
  readonly sources: WorkerSources;
  readonly python: PythonSnapshot;
  readonly javascript: WebAssembly.Module;
  readonly javascriptHarness: string;
  readonly nodeModules: string;
}

export interface BoxAnswer {
  readonly verdict: BoxVerdict;
  readonly durationMs: number;
  /** None of a box that could not tell any more. */
  readonly usage?: StepUsage;
}

type Ending = Omit<BoxAnswer, 'durationMs'>;

type State = { kind: 'starting' } | { kind: 'parked' } | { kind: 'asked' } | { kind: 'ended' };

export class Box {
  readonly language: WasmLanguage;
  readonly memoryMb: number;
  /** Resolves when the box waits for its job; rejects when it did not start. */
  readonly parked: Promise<void>;
  readonly #worker: Worker;
  readonly #send: (command: BoxCommand) => void;
  #state: State = { kind: 'starting' };
  #settle: (ending: Ending) => void = () => undefined;
  #ending: Promise<void> | undefined;

  /** @param memoryMb what the box may have at most, MiB; a job may set less. */
  constructor(language: WasmLanguage, blueprint: BoxBlueprint, memoryMb: number) {
    this.language = language;
    this.memoryMb = memoryMb;
    const { worker, send } = start(language, blueprint, memoryMb);
    this.#worker = worker;
    this.#send = send;
    const started = Promise.withResolvers<void>();
    this.parked = started.promise;
    // Whoever takes the box awaits it; a box that nobody took may fail unheard.
    this.parked.catch(() => undefined);
    worker.on('message', (reply: BoxReply) => {
      if (reply.kind === 'answered') return this.#answered(reply, reply.alive);
      this.#state = { kind: 'parked' };
      started.resolve();
    });
    worker.on('error', (error) => {
      started.reject(error);
      this.#answered({ verdict: verdictOfWorkerError(error) }, false);
    });
    worker.on('exit', () => {
      started.reject(new Error('the box ended while it started'));
      this.#answered({ verdict: { kind: 'lost', reason: 'the box ended' } }, false);
    });
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
      this.#send(command);
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

  /** Ends the thread, whatever it does. */
  end(): Promise<void> {
    this.#state = { kind: 'ended' };
    this.#ending ??= this.#worker.terminate().then(() => undefined);
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

interface Started {
  readonly worker: Worker;
  readonly send: (command: BoxCommand) => void;
}

function start(language: WasmLanguage, blueprint: BoxBlueprint, memoryMb: number): Started {
  switch (language) {
    case 'python':
      return startPython(blueprint, memoryMb);
    case 'javascript':
    case 'typescript':
      return startJavaScript(blueprint, memoryMb, language);
    case 'bash':
      return startPlain(blueprint, new URL('./bash/worker.ts', import.meta.url), language);
    case 'sql':
      return startPlain(blueprint, new URL('./sql/worker.ts', import.meta.url), language);
  }
}

/** A worker that needs nothing but its sources. */
function startPlain({ sources }: BoxBlueprint, entry: URL, name: WasmLanguage): Started {
  const worker = launchWorker(sources, entry, {}, { resourceLimits: BOX_LIMITS, name });
  return { worker, send: (command) => worker.postMessage(command, []) };
}

function startPython(blueprint: BoxBlueprint, memoryMb: number): Started {
  const wake = new SharedArrayBuffer(4);
  const { port1, port2 } = new MessageChannel();
  const entry = new URL('./python/worker.ts', import.meta.url);
  const data = { snapshot: blueprint.python, memoryMb, wake, port: port2 };
  const options = { transferList: [port2], resourceLimits: BOX_LIMITS, name: 'python' };
  const worker = launchWorker(blueprint.sources, entry, data, options);
  worker.on('exit', () => port1.close());
  return { worker, send: (command) => wakeUp(port1, wake, command) };
}

function wakeUp(port: MessagePort, wake: SharedArrayBuffer, command: BoxCommand): void {
  port.postMessage(command);
  const counter = new Int32Array(wake);
  Atomics.add(counter, 0, 1);
  Atomics.notify(counter, 0);
}

function startJavaScript(blueprint: BoxBlueprint, memoryMb: number, language: 'javascript' | 'typescript'): Started {
  const entry = new URL('./javascript/worker.ts', import.meta.url);
  const { javascript: module, javascriptHarness: harness, nodeModules } = blueprint;
  const data = { module, memoryMb, harness, nodeModules, stripsTypes: language === 'typescript' };
  const worker = launchWorker(blueprint.sources, entry, data, { resourceLimits: BOX_LIMITS, name: language });
  return { worker, send: (command) => worker.postMessage(command, []) };
}

function verdictOfWorkerError(error: unknown): BoxVerdict {
  if (isErrno(error, 'ERR_WORKER_OUT_OF_MEMORY')) return { kind: 'out-of-memory' };
  return { kind: 'lost', reason: `the box broke down (${messageOf(error)})` };
}
