const TURN_EVERY_MS = 10;

/**
 * Lets timers and sockets have a turn of the event loop every 10 ms. Without it, handlers that resolve at once would keep
 * them waiting until a queue is empty, however long it is.
 */
export class EventLoopTurns {
  #lastTurnAt = 0;
  #turn: Promise<void> | null = null;

  /** To be called every some items; what it returns is to be awaited, by every worker that is given it. */
  look(): Promise<void> | null {
    if (this.#turn !== null) return this.#turn;
    if (performance.now() - this.#lastTurnAt < TURN_EVERY_MS) return null;
    this.#turn = new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = null;
        this.#lastTurnAt = performance.now();
        resolve();
      });
    });
    return this.#turn;
  }
}
