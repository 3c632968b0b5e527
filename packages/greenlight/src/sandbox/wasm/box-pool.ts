/**
 * The boxes of one pool process: those of `ParkedBoxes`, started from one blueprint.
 *
 * Leaves to the sandbox in the parent: how many jobs run at once. Refilled after the job that took a box, one at a time, so that
 * starting does not slow running.
 */
import { ParkedBoxes } from '../parked-boxes.ts';
import { Box } from './box.ts';
import type { BoxBlueprint } from './box-thread.ts';
import { USUAL_LANGUAGES, WASM_LANGUAGES, type WasmLanguage } from './languages.ts';
import { USUAL_MEMORY_MB } from './limits.ts';
import { SpareThreads } from './spare-threads.ts';

export interface BoxPoolSettings {
  /** Boxes of Python and of JavaScript that wait even when nobody asks. */
  readonly parkedAtLeast: number;
  /** Boxes of one language that wait at most. */
  readonly parkedAtMost: number;
  /** Milliseconds without a request after which a language's further boxes are let go. */
  readonly idleMs: number;
}

export class BoxPool {
  readonly #threads: SpareThreads;
  readonly #boxes: ParkedBoxes<WasmLanguage, Box>;
  readonly #idleTimer: NodeJS.Timeout;

  /** @param changed told whenever the number of parked boxes may have changed. */
  constructor(blueprint: BoxBlueprint, settings: BoxPoolSettings, changed: () => void = () => undefined) {
    this.#threads = new SpareThreads(blueprint);
    this.#boxes = new ParkedBoxes({
      keys: WASM_LANGUAGES,
      start: (language) => new Box(language, this.#threads, USUAL_MEMORY_MB),
      atLeast: (language) => (USUAL_LANGUAGES.includes(language) ? settings.parkedAtLeast : 0),
      atMost: settings.parkedAtMost,
      startsAtOnce: 1,
      idleMs: settings.idleMs,
      changed,
    });
    this.#idleTimer = setInterval(() => void this.#threads.letGo(), settings.idleMs);
    this.#idleTimer.unref();
  }

  /** Boxes that wait for a job, now. */
  get parked(): number {
    return this.#boxes.parked;
  }

  /** A parked box that has run nothing, with room for `memoryMb` MiB. Rejects when it does not start. */
  take(language: WasmLanguage, memoryMb: number): Promise<Box> {
    return this.#boxes.take(
      language,
      (box) => box.memoryMb >= memoryMb,
      () => new Box(language, this.#threads, memoryMb),
    );
  }

  /** Ends a box that was taken. */
  discard(box: Box): Promise<void> {
    return this.#boxes.discard(box);
  }

  /** Starts boxes until enough are parked, in the background. */
  refill(): void {
    this.#boxes.refill();
  }

  /** Ends every box. */
  async close(): Promise<void> {
    clearInterval(this.#idleTimer);
    await Promise.all([this.#threads.close(), this.#boxes.close()]);
  }
}
