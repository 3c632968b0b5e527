/**
 * Wake-ups between the nodes of one system. A signal may be lost (a connection that breaks): whoever listens also polls
 * as a floor and looks again on `reconnected`. A publisher's own listeners hear it at once, without the way over the
 * database.
 */
export type Signal =
  /** A job of this arm may be fetched. */
  | { readonly topic: 'jobs'; readonly key: string }
  /** Something happened to this task. */
  | { readonly topic: 'task'; readonly key: string }
  /** A cancel was asked for this task. */
  | { readonly topic: 'cancel'; readonly key: string };

export interface Signals {
  publish(signals: readonly Signal[]): void;
  /** @returns how to stop listening */
  subscribe(topic: Signal['topic'], listener: (key: string) => void): () => void;
  /** Called after a lost connection is back: signals may have been missed. */
  onReconnected(listener: () => void): () => void;
}
