/**
 * Gathers signals into NOTIFYs.
 *
 * Owns: what waits to be sent, and when. Leaves to its caller: the connection. Invariants:
 * 1. One NOTIFY is under way at a time; what is published in one turn of the event loop goes together.
 * 2. A job or a cancel goes as soon as no NOTIFY is under way, and takes all that waits with it. News of tasks waits until
 *    `NEWS_EVERY_MS` after the NOTIFY before: where hundreds of tasks a second change, telling of each would cost more than the change.
 * 3. At most `WAITING_LIMIT` signals wait; further ones are dropped.
 */
import { messageOf } from '@switchyard/core';
import type { Logger } from '../../ports/logger.ts';
import type { Signal } from '../../ports/signals.ts';
import type { NodeIdentity } from '../../ports/store.ts';

/** A NOTIFY holds less than 8,000 bytes. */
const PAYLOAD_LIMIT = 7_500;
/** More signals than this waiting (the database is away): dropped, since everyone looks again on reconnect. */
const WAITING_LIMIT = 10_000;
const NEWS_EVERY_MS = 20;

export interface SignalPublisher {
  publish(signals: readonly Signal[]): void;
  /** Sends what still waits. */
  close(): Promise<void>;
}

export interface SignalPublisherOptions {
  readonly node: Pick<NodeIdentity, 'id'>;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly elapsed?: () => number;
}

/** @param notify sends one payload; where it rejects, the signals in it are lost */
export function createSignalPublisher(
  { node, logger, elapsed = () => performance.now() }: SignalPublisherOptions,
  notify: (payload: string) => Promise<void>,
): SignalPublisher {
  const waiting = new Set<string>();
  let urgent = false;
  let newsAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | null = null;

  const send = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // Everything that this turn of the event loop publishes goes together.
    await Promise.resolve();
    urgent = false;
    const due = new Set(waiting);
    waiting.clear();
    while (due.size > 0) {
      try {
        await notify(takePayload(due, node.id));
      } catch (error) {
        logger.debug({ error: messageOf(error) }, 'signals were lost; listeners look again on their own');
      }
    }
    newsAt = elapsed() + NEWS_EVERY_MS;
    sending = null;
    sendInTime();
  };

  const sendInTime = (): void => {
    if (waiting.size === 0 || sending !== null) return;
    const waitMs = urgent ? 0 : newsAt - elapsed();
    if (waitMs <= 0) sending = send();
    else {
      timer ??= setTimeout(() => {
        sending ??= send();
      }, waitMs);
    }
  };

  return {
    publish: (signals) => {
      for (const { topic, key } of signals) {
        if (waiting.size >= WAITING_LIMIT) break;
        waiting.add(`${topic}:${key}`);
        urgent ||= topic !== 'task';
      }
      sendInTime();
    },
    close: async () => {
      await sending;
      if (waiting.size > 0) await (sending ?? send());
      clearTimeout(timer);
    },
  };
}

/** `<node> <topic>:<key> <topic>:<key> …`; keys are arm names and task ids, which hold no space. */
function takePayload(due: Set<string>, nodeId: number): string {
  let payload = String(nodeId);
  for (const one of due) {
    if (payload.length + 1 + one.length > PAYLOAD_LIMIT) break;
    payload += ` ${one}`;
    due.delete(one);
  }
  return payload;
}

/** What a payload holds; nothing where the node itself has sent it. */
export function readPayload(payload: string, ownNodeId: number): Signal[] {
  const [sender, ...parts] = payload.split(' ');
  if (sender === String(ownNodeId)) return [];
  return parts.flatMap((part): Signal[] => {
    const [topic, key] = part.split(':');
    return key !== undefined && (topic === 'jobs' || topic === 'task' || topic === 'cancel') ? [{ topic, key }] : [];
  });
}
