import type { Queue, QueueGet } from '../../src/queue/base.ts';

/** A queue as someone else may write it: only what the port asks for. */
export class PlainQueue<T> implements Queue<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((answer: QueueGet<T>) => void)[] = [];
  #closed = false;
  #error: Error | null = null;

  breakWith(error: Error): void {
    this.#error = error;
  }

  async put(item: T): Promise<void> {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting({ done: false, item });
  }

  async get(): Promise<QueueGet<T>> {
    if (this.#error !== null) throw this.#error;
    for (const item of this.#items.splice(0, 1)) return { done: false, item };
    if (this.#closed) return { done: true };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true });
  }

  size(): number {
    return this.#items.length;
  }
}
