/**
 * The node's own connection to the database: its liveness, and the signals between nodes.
 *
 * Owns: one dedicated connection that LISTENs and holds the node's liveness lock; both end with the connection, so a
 * process that was killed is seen to be gone at once. Leaves to its users: polling as the floor under lost signals.
 * Invariants:
 * 1. While connected, the advisory lock (NODE_LOCK_CLASS, node id) is held.
 * 2. A connection that breaks or does not answer within `PING_TIMEOUT_MS` is replaced, with growing waits, until `close`.
 * 3. Signals travel in NOTIFYs on this connection, outside of every transaction (one inside would serialise commits) and without
 *    waiting for the disk: a signal may be lost.
 * 4. A node does not hear its own NOTIFYs: its listeners were called when it published.
 */
import { sleep } from '@switchyard/core';
import pg from 'pg';
import type { Logger } from '../../ports/logger.ts';
import type { Signal, Signals } from '../../ports/signals.ts';
import type { NodeIdentity } from '../../ports/store.ts';
import { connectionSettings } from './database.ts';
import { translated } from './failures.ts';
import { createSignalPublisher, readPayload } from './signal-publisher.ts';

/** First half of the two-part advisory lock key of every node's liveness lock. */
export const NODE_LOCK_CLASS = 7_349_202;
/** Ids of the nodes that hold their liveness lock, as a subquery. */
export const LIVE_NODES = `
  SELECT objid::bigint FROM pg_locks
   WHERE locktype = 'advisory' AND classid = ${NODE_LOCK_CLASS} AND objsubid = 2 AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const CHANNEL = 'switchyard_signals';
const PING_EVERY_MS = 5_000;
const PING_TIMEOUT_MS = 5_000;
/** Well under the grace after which a node without its lock is taken for dead. */
const LONGEST_WAIT_MS = 1_000;
/** A connection that does not answer cannot say goodbye either. */
const END_TIMEOUT_MS = 1_000;

export interface NodeConnection extends Signals {
  readonly connected: boolean;
  close(): Promise<void>;
}

export interface NodeConnectionOptions {
  readonly url: string;
  readonly node: NodeIdentity;
  readonly logger: Logger;
}

/** Resolves once connected for the first time. @throws DatabaseUnavailable */
export async function openNodeConnection(options: NodeConnectionOptions): Promise<NodeConnection> {
  const listeners = createListeners();
  const publisher = createSignalPublisher(options, notify);
  const closing = new AbortController();
  let client: pg.Client | null = await connect(options, listeners.deliver);
  const ended = keepConnected();

  async function notify(payload: string): Promise<void> {
    if (client === null) throw new Error('not connected');
    await client.query({ name: 'notify', text: 'SELECT pg_notify($1, $2)', values: [CHANNEL, payload] });
  }

  async function keepConnected(): Promise<void> {
    while (!closing.signal.aborted) {
      if (client !== null) await untilBroken(client, closing.signal);
      await end(client);
      client = null;
      if (closing.signal.aborted) return;
      client = await reconnect(options, listeners.deliver, closing.signal);
      if (client !== null && !closing.signal.aborted) listeners.reconnected();
    }
    await end(client);
    client = null;
  }

  return {
    get connected() {
      return client !== null;
    },
    publish: (signals) => {
      for (const signal of signals) listeners.call(signal.topic, signal.key);
      publisher.publish(signals);
    },
    subscribe: listeners.subscribe,
    onReconnected: listeners.onReconnected,
    close: async () => {
      closing.abort(new Error('closing'));
      await publisher.close();
      await ended;
    },
  };
}

function createListeners() {
  const byTopic = new Map<Signal['topic'], Set<(key: string) => void>>();
  const onReconnect = new Set<() => void>();
  const call = (topic: Signal['topic'], key: string): void => {
    for (const listener of byTopic.get(topic) ?? []) listener(key);
  };
  return {
    call,
    deliver: (signals: readonly Signal[]): void => {
      for (const signal of signals) call(signal.topic, signal.key);
    },
    reconnected: (): void => {
      for (const listener of onReconnect) listener();
    },
    subscribe: (topic: Signal['topic'], listener: (key: string) => void): (() => void) => {
      const ofTopic = byTopic.get(topic) ?? new Set();
      byTopic.set(topic, ofTopic);
      ofTopic.add(listener);
      return () => ofTopic.delete(listener);
    },
    onReconnected: (listener: () => void): (() => void) => {
      onReconnect.add(listener);
      return () => onReconnect.delete(listener);
    },
  };
}

async function connect(
  { url, node }: NodeConnectionOptions,
  deliver: (signals: readonly Signal[]) => void,
): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionSettings(url, 'switchyard node'),
    idle_in_transaction_session_timeout: 0,
    query_timeout: PING_TIMEOUT_MS,
  });
  // Until someone waits for the break, an error must not be thrown into the process.
  client.on('error', () => undefined);
  client.on('notification', (message) => deliver(readPayload(message.payload ?? '', node.id)));
  try {
    await client.connect();
    // It writes nothing but notifications, and each would be a flush of the log.
    await client.query('SET synchronous_commit = off');
    await takeLivenessLock(client, node.id);
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  } catch (error) {
    await end(client);
    throw translated(error);
  }
}

/**
 * The id is this node's alone, so another session that holds its lock is a former connection of ours which the server
 * still takes for alive (half-open). It is ended: else the lock would go with it later, and this node count as dead.
 */
async function takeLivenessLock(client: pg.Client, nodeId: number): Promise<void> {
  const key = [NODE_LOCK_CLASS, nodeId];
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND objsubid = 2 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    key,
  );
  await client.query('SELECT pg_advisory_lock($1, $2)', key);
}

async function reconnect(
  options: NodeConnectionOptions,
  deliver: (signals: readonly Signal[]) => void,
  signal: AbortSignal,
): Promise<pg.Client | null> {
  options.logger.warn({}, 'the connection to the database was lost; reconnecting');
  for (let waitMs = 50; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      const client = await connect(options, deliver);
      options.logger.info({}, 'connected to the database again');
      return client;
    } catch {
      await sleep(waitMs, signal).catch(() => undefined);
    }
  }
  return null;
}

/** Resolves when the connection ended, a ping failed, or the signal fired. */
function untilBroken(client: pg.Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let pinging = false;
    const ping = (): void => {
      if (pinging) return;
      pinging = true;
      client.query('SELECT 1').then(
        () => {
          pinging = false;
        },
        () => settle(),
      );
    };
    const timer = setInterval(ping, PING_EVERY_MS);
    const settle = (): void => {
      clearInterval(timer);
      client.removeListener('end', settle);
      client.removeListener('error', settle);
      signal.removeEventListener('abort', settle);
      resolve();
    };
    client.on('end', settle);
    client.on('error', settle);
    signal.addEventListener('abort', settle, { once: true });
    if (signal.aborted) settle();
  });
}

async function end(client: pg.Client | null): Promise<void> {
  if (client === null) return;
  const enough = new AbortController();
  const late = sleep(END_TIMEOUT_MS, enough.signal).catch(() => undefined);
  await Promise.race([client.end().catch(() => undefined), late]);
  enough.abort();
}
