/** What `get` answers: an item, or the end of a queue that is closed and empty. */
export type QueueGet<T> = { readonly done: false; readonly item: T } | { readonly done: true };

/** How a call that may have to wait is called off. */
export interface QueueWaitOptions {
  /** Ends the wait: the call rejects with the signal's reason and has changed nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** Items in, items out, first in first out. Several callers may put and get at the same time. */
export interface Queue<T> {
  /**
   * Adds an item at the end. Resolves when the queue has accepted it, which a full queue may delay.
   *
   * @throws QueueClosed after `close`; the queue's own error where a bound refuses the item; the signal's reason.
   */
  put(item: T, options?: QueueWaitOptions): Promise<void>;

  /**
   * Takes the oldest item, waiting for one while the queue is empty and open. Each item goes to one caller; callers are
   * served in the order in which they asked.
   *
   * @throws the signal's reason.
   */
  get(options?: QueueWaitOptions): Promise<QueueGet<T>>;

  /**
   * Accepts no more items. What is inside can still be taken; then every `get`, waiting or new, answers `{done: true}`.
   * A second call does nothing.
   */
  close(): Promise<void>;

  /** How many items are inside now. */
  size(): number;

  /**
   * `get` without the wait: null when the queue is open and empty. Optional; where it is offered, `TaskExecutor` saves
   * itself a promise for every item.
   */
  tryGet?(): QueueGet<T> | null;
}
