/**
 * Callers that wait in a line, first come first served, and may leave it at any time by their AbortSignal.
 *
 * Owns the waiting promises and their abort listeners; leaves to its user when to serve whom.
 *
 * Invariants:
 * 1. A caller is settled exactly once; none of its listeners outlives that.
 * 2. Joining, leaving and serving are O(1) however long the line is.
 */
export class WaitingLine<Ask, Answer> {
  #first: Waiter<Ask, Answer> | null = null;
  #last: Waiter<Ask, Answer> | null = null;
  #length = 0;
  readonly #onLeave: (() => void) | undefined;

  /** @param onLeave called after a caller left by its signal: those behind it may be served now */
  constructor(onLeave?: () => void) {
    this.#onLeave = onLeave;
  }

  get length(): number {
    return this.#length;
  }

  /** What the first in the line asks for; null when nobody waits. */
  first(): { readonly ask: Ask } | null {
    return this.#first;
  }

  /** Joins the end of the line. Rejects with the signal's reason as soon as it aborts. */
  join(ask: Ask, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#unlink(waiter);
        reject(signal?.reason);
        this.#onLeave?.();
      };
      const stopListening = (): void => signal?.removeEventListener('abort', onAbort);
      const waiter: Waiter<Ask, Answer> = { ask, resolve, reject, stopListening, previous: this.#last, next: null };
      if (this.#last === null) this.#first = waiter;
      else this.#last.next = waiter;
      this.#last = waiter;
      this.#length += 1;
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Serves the first in the line; false when nobody waits. */
  serve(answer: Answer): boolean {
    const waiter = this.#leaveFirst();
    waiter?.resolve(answer);
    return waiter !== null;
  }

  serveAll(answer: Answer): void {
    while (this.serve(answer));
  }

  refuseAll(error: Error): void {
    for (let waiter = this.#leaveFirst(); waiter !== null; waiter = this.#leaveFirst()) waiter.reject(error);
  }

  #leaveFirst(): Waiter<Ask, Answer> | null {
    const waiter = this.#first;
    if (waiter === null) return null;
    this.#unlink(waiter);
    waiter.stopListening();
    return waiter;
  }

  #unlink(waiter: Waiter<Ask, Answer>): void {
    if (waiter.previous === null) this.#first = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === null) this.#last = waiter.previous;
    else waiter.next.previous = waiter.previous;
    this.#length -= 1;
  }
}

interface Waiter<Ask, Answer> {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  readonly stopListening: () => void;
  previous: Waiter<Ask, Answer> | null;
  next: Waiter<Ask, Answer> | null;
}
