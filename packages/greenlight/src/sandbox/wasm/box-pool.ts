/**
 * The boxes of one pool process: some parked for each language, one taken for each job, none used twice.
 *
 * Owns: every box from its start to its end. Leaves to the sandbox in the parent: how many jobs run at once.
 * Invariants:
 * 1. A box that was taken is never parked again.
 * 2. Boxes are refilled one at a time, after the job that took one, so that starting does not slow running.
 */
import { Box, type BoxBlueprint } from './box.ts';
import { USUAL_LANGUAGES, type WasmLanguage } from './languages.ts';
import { USUAL_MEMORY_MB } from './limits.ts';

export class BoxPool {
  readonly #blueprint: BoxBlueprint;
  readonly #parkedPerLanguage: number;
  readonly #waiting: Box[] = [];
  readonly #taken = new Set<Box>();
  /** Languages that are parked. */
  readonly #wanted = new Set(USUAL_LANGUAGES);
  readonly #changed: () => void;
  #isRefilling = false;
  #isClosed = false;

  /** @param changed told whenever the number of parked boxes may have changed. */
  constructor(blueprint: BoxBlueprint, parkedPerLanguage: number, changed: () => void) {
    this.#blueprint = blueprint;
    this.#parkedPerLanguage = parkedPerLanguage;
    this.#changed = changed;
  }

  /** Boxes that wait for a job, now. */
  get parked(): number {
    return this.#waiting.filter((box) => box.isParked).length;
  }

  /**
   * A box that has run nothing, parked, with room for `memoryMb` MiB; started for this when none waits. Rejects when it
   * does not start.
   */
  async take(language: WasmLanguage, memoryMb: number): Promise<Box> {
    this.#wanted.add(language);
    const fitting = this.#waiting.filter((box) => box.language === language && box.memoryMb >= memoryMb);
    const box = fitting.find((other) => other.isParked) ?? fitting[0] ?? new Box(language, this.#blueprint, memoryMb);
    this.#forget(box);
    this.#taken.add(box);
    try {
      await box.parked;
      return box;
    } catch (error) {
      await this.discard(box);
      throw error;
    }
  }

  /** Ends a box that was taken. */
  async discard(box: Box): Promise<void> {
    this.#taken.delete(box);
    await box.end();
  }

  /** Starts boxes until enough are parked, in the background. */
  refill(): void {
    if (this.#isRefilling || this.#isClosed) return;
    this.#isRefilling = true;
    void this.#fill().finally(() => {
      this.#isRefilling = false;
    });
  }

  /** Ends every box. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#waiting.splice(0), ...this.#taken].map((box) => box.end()));
  }

  async #fill(): Promise<void> {
    for (let missing = this.#missing(); missing !== undefined; missing = this.#missing()) {
      const box = new Box(missing, this.#blueprint, USUAL_MEMORY_MB);
      this.#waiting.push(box);
      try {
        await box.parked;
      } catch {
        // The next job starts a box of its own and reports why it cannot.
        this.#forget(box);
        await box.end();
        return;
      }
      this.#changed();
    }
  }

  /** A language with too few boxes; the cheaper to start first. */
  #missing(): WasmLanguage | undefined {
    const count = (language: WasmLanguage) => this.#waiting.filter((box) => box.language === language).length;
    return [...this.#wanted].toReversed().find((language) => count(language) < this.#parkedPerLanguage);
  }

  #forget(box: Box): void {
    const at = this.#waiting.indexOf(box);
    if (at === -1) return;
    this.#waiting.splice(at, 1);
    this.#changed();
  }
}
