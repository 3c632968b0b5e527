/** Items between two looks at the clock: a look costs about as much as an item. */
const ITEMS_BETWEEN_LOOKS = 64;
const TURN_EVERY_MS = 10;

/**
 * Lets timers and sockets have a turn of the event loop every 10 ms. Without it, handlers that resolve at once would keep
 * them waiting until a queue is empty, however long it is.
 */
export class EventLoopTurns {
  #itemsUntilLook = ITEMS_BETWEEN_LOOKS;
  #lastTurnAt = 0;
  #turn: Promise<void> | null = null;

  /** To be called after each item; what it returns is to be awaited, by every worker that is given it. */
  afterItem(): Promise<void> | null {
    this.#itemsUntilLook -= 1;
    return this.#itemsUntilLook > 0 ? null : this.#look();
  }

  #look(): Promise<void> | null {
    if (this.#turn !== null) return this.#turn;
    if (performance.now() - this.#lastTurnAt < TURN_EVERY_MS) {
      this.#itemsUntilLook = ITEMS_BETWEEN_LOOKS;
      return null;
    }
    this.#turn = new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = null;
        this.#itemsUntilLook = ITEMS_BETWEEN_LOOKS;
        this.#lastTurnAt = performance.now();
        resolve();
      });
    });
    return this.#turn;
  }
}
