import type { Signal, Signals } from '../src/ports/signals.ts';

export interface LocalSignals extends Signals {
  /** Everything published so far, in order. */
  readonly published: readonly Signal[];
  /** How many listeners there are now, of all topics and of `onReconnected`. */
  readonly listeners: number;
  /** As after a lost connection is back. */
  reconnect(): void;
}

/** Signals within one test: a publisher's listeners hear them at once. */
export function createLocalSignals(): LocalSignals {
  const published: Signal[] = [];
  const listeners = new Set<{ readonly topic: Signal['topic']; readonly hear: (key: string) => void }>();
  const reconnected = new Set<{ readonly hear: () => void }>();
  return {
    published,
    get listeners() {
      return listeners.size + reconnected.size;
    },
    publish: (signals) => {
      for (const { topic, key } of signals) {
        published.push({ topic, key });
        for (const listener of [...listeners]) if (listener.topic === topic) listener.hear(key);
      }
    },
    subscribe: (topic, hear) => {
      const listener = { topic, hear };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onReconnected: (hear) => {
      const listener = { hear };
      reconnected.add(listener);
      return () => reconnected.delete(listener);
    },
    reconnect: () => {
      for (const { hear } of [...reconnected]) hear();
    },
  };
}
