import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/adapters/postgres/database.ts';
import {
  NODE_LOCK_CLASS,
  type NodeConnection,
  openNodeConnection,
} from '../../../src/adapters/postgres/node-connection.ts';
import type { Signal } from '../../../src/ports/signals.ts';
import { silentLogger, testDatabase } from '../../../testing/index.ts';
import { eventually } from '../../eventually.ts';

const server = testDatabase();
let database: Database;
const opened: (() => Promise<void>)[] = [];

beforeEach(() => {
  database = openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test' });
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  await database.close();
});

async function openNode(id: number): Promise<NodeConnection> {
  const node = { id, pid: process.pid };
  const connection = await openNodeConnection({ url: server.databaseUrl, node, logger: silentLogger });
  opened.push(() => connection.close());
  return connection;
}

async function openClient(applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.databaseUrl, application_name: applicationName });
  client.on('error', () => undefined);
  await client.connect();
  opened.push(() => client.end().catch(() => undefined));
  return client;
}

/** Process id of the session that holds the liveness lock of a node. */
async function holderOf(nodeId: number): Promise<number | undefined> {
  const { rows } = await database.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted`,
    [NODE_LOCK_CLASS, nodeId],
  );
  return rows[0]?.pid;
}

async function breakConnection(nodeId: number): Promise<void> {
  await database.query('SELECT pg_terminate_backend($1)', [await holderOf(nodeId)]);
}

/** What a node hears on a topic, in order. */
function hear(node: NodeConnection, topic: Signal['topic']): string[] {
  const keys: string[] = [];
  node.subscribe(topic, (key) => keys.push(key));
  return keys;
}

describe('the connection of a node', () => {
  it('holds the liveness lock for as long as it lives', async () => {
    const node = await openNode(101);
    expect(await holderOf(101)).toBeTypeOf('number');
    expect(node.connected).toBe(true);
    await node.close();
    expect(await holderOf(101)).toBeUndefined();
  });

  it('comes back after it was cut, with its lock, and says so', async () => {
    const node = await openNode(102);
    const before = await holderOf(102);
    const back = new Promise<void>((resolve) => {
      node.onReconnected(resolve);
    });
    await breakConnection(102);
    await back;
    expect(node.connected).toBe(true);
    const after = await holderOf(102);
    expect(after).toBeTypeOf('number');
    expect(after).not.toBe(before);
  });

  it('hears signals again after it was cut', async () => {
    const sender = await openNode(103);
    const listener = await openNode(104);
    const heard = hear(listener, 'task');
    const back = new Promise<void>((resolve) => {
      listener.onReconnected(resolve);
    });
    await breakConnection(104);
    await back;
    sender.publish([{ topic: 'task', key: 'after' }]);
    await eventually('the signal', () => heard.includes('after'));
  });

  it('takes its lock from a former connection that the server still believes in', async () => {
    const node = await openNode(105);
    // What waits for the lock gets it when the connection is cut: as if that one were only half gone.
    const former = await openClient('half-open');
    const granted = former.query('SELECT pg_advisory_lock($1, $2)', [NODE_LOCK_CLASS, 105]).catch(() => undefined);
    const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 105 AND NOT granted`;
    await eventually('the wait for the lock', async () => (await database.query(waiting)).rowCount === 1);
    const back = new Promise<void>((resolve) => {
      node.onReconnected(resolve);
    });
    const gone = new Promise<void>((resolve) => {
      former.once('end', resolve);
    });
    await breakConnection(105);
    await granted;
    await back;
    await gone;
    const { rows } = await database.query<{ name: string }>(
      'SELECT application_name AS name FROM pg_stat_activity WHERE pid = $1',
      [await holderOf(105)],
    );
    expect(rows).toEqual([{ name: 'switchyard node' }]);
  });

  it('closes also while it is cut off, and a second time', async () => {
    const node = await openNode(106);
    await breakConnection(106);
    await node.close();
    await node.close();
    expect(node.connected).toBe(false);
    await eventually('the end of the session', async () => (await holderOf(106)) === undefined);
  });
});

describe('signals', () => {
  it('reach the other nodes under their topic', async () => {
    const [sender, listener] = [await openNode(111), await openNode(112)];
    const tasks = hear(listener, 'task');
    const jobs = hear(listener, 'jobs');
    const cancels = hear(listener, 'cancel');
    sender.publish([
      { topic: 'jobs', key: 'generalist' },
      { topic: 'task', key: 'a' },
      { topic: 'cancel', key: 'b' },
    ]);
    await eventually('all three', () => tasks.length + jobs.length + cancels.length >= 3);
    expect({ tasks, jobs, cancels }).toEqual({ tasks: ['a'], jobs: ['generalist'], cancels: ['b'] });
  });

  it('reach their publisher at once and only once', async () => {
    const [sender, listener] = [await openNode(113), await openNode(114)];
    const own = hear(sender, 'task');
    const others = hear(listener, 'task');
    sender.publish([{ topic: 'task', key: 'a' }]);
    expect(own).toEqual(['a']);
    await eventually('the other node', () => others.length === 1);
    // By the time a later signal of the other node has come, the echo of the first would be there too.
    listener.publish([{ topic: 'task', key: 'b' }]);
    await eventually('the answer', () => own.includes('b'));
    expect(own).toEqual(['a', 'b']);
  });

  it('are not heard any more by who stopped listening', async () => {
    const node = await openNode(115);
    const keys: string[] = [];
    const stop = node.subscribe('task', (key) => keys.push(key));
    stop();
    node.publish([{ topic: 'task', key: 'a' }]);
    expect(keys).toEqual([]);
  });

  it('in great number travel together, in parts that a notification can hold, none twice', async () => {
    const [sender, listener] = [await openNode(116), await openNode(117)];
    const raw = await openClient('raw listener');
    const payloads: string[] = [];
    raw.on('notification', ({ payload }) => payloads.push(payload ?? ''));
    await raw.query('LISTEN switchyard_signals');
    const heard = hear(listener, 'task');
    const ids = Array.from({ length: 600 }, () => crypto.randomUUID());
    for (const key of ids)
      sender.publish([
        { topic: 'task', key },
        { topic: 'task', key },
      ]);
    await eventually('all of them', () => heard.length >= ids.length);
    expect(heard).toEqual(ids);
    await eventually('the raw payloads', () => payloads.join('').includes(ids.at(-1) ?? ''));
    expect(payloads.length).toBeLessThan(20);
    for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThan(8_000);
  });

  it('of strangers on the channel are left aside', async () => {
    const [sender, listener] = [await openNode(118), await openNode(119)];
    const heard = hear(listener, 'task');
    for (const payload of ['', 'x', '5 nonsense', '5 weather:fine', '5 task:']) {
      await database.query('SELECT pg_notify($1, $2)', ['switchyard_signals', payload]);
    }
    sender.publish([{ topic: 'task', key: 'real' }]);
    await eventually('the real one', () => heard.includes('real'));
    expect(heard.filter((key) => key !== '')).toEqual(['real']);
  });
});
