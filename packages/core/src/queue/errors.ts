import { SwitchyardError } from '../errors.ts';

/** An item was put into a queue that accepts no more. */
export class QueueClosed extends SwitchyardError {
  constructor() {
    super('queue_closed', 'conflict', 'The queue is closed and accepts no more items; this one was not added.');
  }
}

/** A queue with the policy `reject` has no room. */
export class QueueFull extends SwitchyardError {
  /** How many items were inside. */
  readonly size: number;
  /** What they were said to weigh, in bytes; 0 where the queue does not count bytes. */
  readonly bytes: number;

  constructor(size: number, bytes: number) {
    const weight = bytes > 0 ? ` of ${bytes} bytes` : '';
    super(
      'queue_full',
      'transient',
      `The queue is full (${size} items${weight}) and rejects more; put the item again once some are taken.`,
    );
    this.size = size;
    this.bytes = bytes;
  }
}

/** An item can never be queued: it is larger than the whole queue, or its size is not a number of bytes. */
export class QueueItemUnfit extends SwitchyardError {
  /** What `sizeOf` said. */
  readonly bytes: number;
  readonly maxBytes: number;

  constructor(bytes: number, maxBytes: number) {
    super(
      'queue_item_unfit',
      'invalid',
      bytes > maxBytes
        ? `The item has ${bytes} bytes and the whole queue holds at most ${maxBytes}; make the item smaller or raise maxBytes.`
        : `sizeOf said ${bytes}, which is not a number of bytes; it must return a whole number of 0 or more.`,
    );
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }
}

/** A queue or an executor was made with an option outside its range. */
export class QueueOptionInvalid extends SwitchyardError {
  readonly option: string;

  constructor(option: string, value: unknown, expected: string) {
    super('queue_option_invalid', 'invalid', `The option ${option} is ${String(value)}; it must be ${expected}.`);
    this.option = option;
  }
}

/** `start` was called on an executor that has been stopped; its queue is closed. */
export class ExecutorStopped extends SwitchyardError {
  constructor() {
    super(
      'executor_stopped',
      'conflict',
      'The executor was stopped and its queue is closed; make a new executor with a new queue.',
    );
  }
}

/** Handlers that went on after their signal aborted, longer than `stop` was told to wait for them. */
export class ExecutorBusy extends SwitchyardError {
  /** How many handlers still run. */
  readonly running: number;

  constructor(running: number, graceMs: number) {
    super(
      'executor_busy',
      'terminal',
      `${running} handlers still run ${graceMs} ms after they were aborted; let them heed the signal that they are given.`,
    );
    this.running = running;
  }
}
