/**
 * Threads whose box was thrown away, kept for the next one: at most four of a language, and until `letGo`, which the pool calls every
 * so often, so that an idle pool keeps none.
 */
import { type BoxBlueprint, BoxThread } from './box-thread.ts';
import type { WasmLanguage } from './languages.ts';

/** Kept for one language at most; what is beyond is ended. */
const MOST_SPARE = 4;

export class SpareThreads {
  readonly #blueprint: BoxBlueprint;
  readonly #spare: BoxThread[] = [];
  #isClosed = false;

  constructor(blueprint: BoxBlueprint) {
    this.#blueprint = blueprint;
  }

  /** One that hosts nothing: a spare one, else a new one. */
  take(language: WasmLanguage): BoxThread {
    const at = this.#spare.findLastIndex((thread) => thread.language === language && !thread.isSpent);
    const [thread] = at === -1 ? [] : this.#spare.splice(at, 1);
    return thread ?? new BoxThread(language, this.#blueprint);
  }

  /** Takes back one whose box waits for a command; the box is dropped. */
  async giveBack(thread: BoxThread): Promise<void> {
    const alike = this.#spare.filter(({ language }) => language === thread.language).length;
    if (this.#isClosed || thread.isSpent || alike >= MOST_SPARE) return thread.end();
    thread.drop();
    this.#spare.push(thread);
  }

  /** Ends those that are spare now. */
  async letGo(): Promise<void> {
    await Promise.all(this.#spare.splice(0).map((thread) => thread.end()));
  }

  /** Ends all of them, and those that are given back from then on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.letGo();
  }
}
