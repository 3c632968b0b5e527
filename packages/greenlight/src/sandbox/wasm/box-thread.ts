/**
 * A thread that hosts boxes, one after the other: starting a thread costs ten times what starting an engine in it does.
 *
 * Owns: the worker and how it is talked to. Leaves to the box: what is asked, limits, when to end.
 * Invariants:
 * 1. One box at a time. What the thread says goes to that box, and to nobody once it was dropped.
 * 2. Nothing of a dropped box is left but the engine's own code: its memory, files and descriptors are made anew for the next one.
 * 3. A thread that did not answer, or whose engine broke, is ended and hosts nothing more.
 */
import { setTimeout } from 'node:timers/promises';
import { MessageChannel, type Worker } from 'node:worker_threads';
import type { BoxCommand, BoxOrder, BoxReply } from './box-messages.ts';
import type { WasmLanguage } from './languages.ts';
import { BOX_LIMITS } from './limits.ts';
import { outputRoom } from './output.ts';
import type { PythonSnapshot } from './python/snapshot.ts';
import { launchWorker, type WorkerSources } from './worker-launch.ts';

/**
 * Languages all of whose code is run in an instance of its own. The shell, SQLite and what strips TypeScript are the thread's own, and
 * a text can break them.
 */
const RENEWED: readonly WasmLanguage[] = ['python', 'javascript'];

/** Boxes after which a thread is ended, whatever it may have gathered. */
const MOST_BOXES = 100;

/** How long a thread has to tell what it has used, milliseconds. */
const ANSWER_MS = 20;

/** What boxes are made of, compiled and read once. */
export interface BoxBlueprint {
  readonly sources: WorkerSources;
  readonly python: PythonSnapshot;
  readonly javascript: WebAssembly.Module;
  readonly javascriptHarness: string;
  readonly nodeModules: string;
}

/** The box that a thread hosts. */
export interface Guest {
  onReply(reply: BoxReply): void;
  /** The thread is gone; `error` when it was not ended. */
  onGone(error?: unknown): void;
}

export class BoxThread {
  readonly language: WasmLanguage;
  /** What its boxes write, one step after the other: read by the pool also once the thread has been ended. */
  readonly room = outputRoom();
  readonly #worker: Worker;
  readonly #send: Started['send'];
  #guest: Guest | undefined;
  #boxes = 0;
  #isGone = false;
  #ending: Promise<void> | undefined;

  constructor(language: WasmLanguage, blueprint: BoxBlueprint) {
    this.language = language;
    const { worker, send } = start(language, blueprint);
    this.#worker = worker;
    this.#send = send;
    worker.on('message', (reply: BoxReply) => this.#guest?.onReply(reply));
    worker.on('error', (error: unknown) => this.#gone(error));
    worker.on('exit', () => this.#gone());
  }

  /** Whether it can host another box. */
  get isSpent(): boolean {
    return this.#isGone || this.#ending !== undefined || this.#boxes >= MOST_BOXES || !RENEWED.includes(this.language);
  }

  /** Starts a box, with `memoryMb` MiB at most. */
  host(guest: Guest, memoryMb: number): void {
    this.#guest = guest;
    this.#boxes += 1;
    this.#worker.postMessage({ kind: 'start', memoryMb } satisfies BoxOrder, []);
  }

  send(commands: readonly BoxCommand[]): void {
    this.#send({ kind: 'do', commands });
  }

  /** Lets go of its box, which waits for a command. */
  drop(): void {
    this.#guest = undefined;
    this.#send({ kind: 'drop' });
  }

  /**
   * What it has computed since it began, milliseconds: also of one that computes without end, which is asked by an interrupt. Undefined when
   * it does not answer at once, or where Node has no way to ask (before 24.6).
   */
  async cpuMs(): Promise<number | undefined> {
    if (typeof this.#worker.cpuUsage !== 'function') return undefined;
    const late = new AbortController();
    try {
      const asked = this.#worker.cpuUsage().then(({ user, system }) => (user + system) / 1000);
      return await Promise.race([asked, setTimeout(ANSWER_MS, undefined, { signal: late.signal })]);
    } catch {
      // It has ended meanwhile.
      return undefined;
    } finally {
      late.abort();
    }
  }

  /** Ends the thread, whatever it does. Idempotent. */
  end(): Promise<void> {
    this.#ending ??= this.#worker.terminate().then(() => undefined);
    return this.#ending;
  }

  #gone(error?: unknown): void {
    this.#isGone = true;
    this.#guest?.onGone(error);
  }
}

interface Started {
  readonly worker: Worker;
  /** Orders to the box that it hosts. */
  readonly send: (order: Exclude<BoxOrder, { kind: 'start' }>) => void;
}

function start(language: WasmLanguage, blueprint: BoxBlueprint): Started {
  switch (language) {
    case 'python':
      return startPython(blueprint);
    case 'javascript':
    case 'typescript':
      return startPlain(blueprint, new URL('./javascript/worker.ts', import.meta.url), language, {
        module: blueprint.javascript,
        harness: blueprint.javascriptHarness,
        nodeModules: blueprint.nodeModules,
        stripsTypes: language === 'typescript',
      });
    case 'bash':
      return startPlain(blueprint, new URL('./bash/worker.ts', import.meta.url), language, {});
    case 'sql':
      return startPlain(blueprint, new URL('./sql/worker.ts', import.meta.url), language, {});
  }
}

/** A worker that takes its commands from its event loop. */
function startPlain({ sources }: BoxBlueprint, entry: URL, name: WasmLanguage, data: object): Started {
  const worker = launchWorker(sources, entry, data, { resourceLimits: BOX_LIMITS, name });
  return { worker, send: (order) => worker.postMessage(order, []) };
}

/** A worker that waits for its commands inside of the instance. */
function startPython({ sources, python: snapshot }: BoxBlueprint): Started {
  const wake = new SharedArrayBuffer(4);
  const { port1, port2 } = new MessageChannel();
  const entry = new URL('./python/worker.ts', import.meta.url);
  const options = { transferList: [port2], resourceLimits: BOX_LIMITS, name: 'python' };
  const worker = launchWorker(sources, entry, { snapshot, wake, port: port2 }, options);
  worker.on('exit', () => port1.close());
  const counter = new Int32Array(wake);
  const send: Started['send'] = (order) => {
    port1.postMessage(order);
    Atomics.add(counter, 0, 1);
    Atomics.notify(counter, 0);
  };
  return { worker, send };
}
