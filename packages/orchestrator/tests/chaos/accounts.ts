/** What the tables say when all is over: the law that every run is held to. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { NODE_LOCK_CLASS } from '../../src/adapters/postgres/node-connection.ts';

export interface Facts {
  readonly tasks: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly workerDeaths: number;
  readonly effects: number;
  /** What is wrong; empty when the law held. */
  readonly breaches: readonly string[];
}

interface Account {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly failures: number;
  readonly worker_deaths: number;
  readonly last_event: number;
  readonly events: number;
  readonly highest: number;
  readonly started: number;
  readonly terminal: number;
  readonly terminal_last: boolean;
  readonly results: number;
  readonly held: boolean;
}

const ACCOUNTS = `
  SELECT t.id, t.status, t.attempt, t.failures, t.worker_deaths, t.last_event,
         t.node_id IS NOT NULL OR t.job_id IS NOT NULL AS held,
         count(e.number)::int AS events, max(e.number) AS highest,
         count(*) FILTER (WHERE e.type = 'task-started')::int AS started,
         count(*) FILTER (WHERE e.type IN ('task-completed', 'task-failed', 'task-cancelled'))::int AS terminal,
         bool_or(e.number = t.last_event AND e.type = 'task-' || t.status) AS terminal_last,
         (SELECT count(*)::int FROM switchyard.task_results AS r WHERE r.task_id = t.id) AS results
    FROM switchyard.tasks AS t LEFT JOIN switchyard.task_events AS e ON e.task_id = t.id
   GROUP BY t.id`;

const OPEN = `
  SELECT (SELECT count(*)::int FROM switchyard.tasks WHERE status IN ('pending', 'processing')) AS tasks,
         (SELECT count(*)::int FROM pgboss.job WHERE state < 'completed') AS jobs`;

const LEASES = `SELECT count(*)::int AS leases FROM pg_locks WHERE locktype = 'advisory' AND classid = $1`;

/** How many tasks have not ended and how many jobs wait or are held. */
export async function openWork(url: string): Promise<{ readonly tasks: number; readonly jobs: number }> {
  const [row] = await rowsOf<{ tasks: number; jobs: number }>(url, OPEN);
  if (row === undefined) throw new Error('the count has no row');
  return row;
}

/** Once all has ended and every process was stopped. */
export async function account(url: string, effectsFolder: string, acknowledged: readonly string[]): Promise<Facts> {
  const accounts = await rowsOf<Account>(url, ACCOUNTS);
  const effects = await readEffects(effectsFolder);
  const breaches = accounts.flatMap((one) => breachesOf(one, effects.get(one.id) ?? []));
  const known = new Set(accounts.map(({ id }) => id));
  for (const id of acknowledged) if (!known.has(id)) breaches.push(`${id} was acknowledged and is lost`);
  if (new Set(acknowledged).size !== acknowledged.length) breaches.push('two submissions were given the same task');
  if (accounts.length !== acknowledged.length)
    breaches.push(`there are ${accounts.length} tasks for ${acknowledged.length} submissions`);
  for (const id of effects.keys()) if (!known.has(id)) breaches.push(`an effect of ${id}, which is no task`);
  const [locks] = await rowsOf<{ leases: number }>(url, LEASES, [NODE_LOCK_CLASS]);
  if (locks?.leases !== 0) breaches.push(`${locks?.leases} leases of nodes are left`);
  const open = await openWork(url);
  if (open.tasks + open.jobs > 0) breaches.push(`${open.tasks} tasks and ${open.jobs} jobs are open`);
  return {
    tasks: accounts.length,
    byStatus: Object.fromEntries(
      [...Map.groupBy(accounts, ({ status }) => status)].map(([status, some]) => [status, some.length]),
    ),
    attempts: accounts.reduce((sum, { attempt }) => sum + attempt, 0),
    workerDeaths: accounts.reduce((sum, { worker_deaths }) => sum + worker_deaths, 0),
    effects: [...effects.values()].reduce((sum, { length }) => sum + length, 0),
    breaches,
  };
}

function breachesOf(one: Account, effects: readonly number[]): string[] {
  const { id, status, attempt } = one;
  const laws: readonly (readonly [boolean, string])[] = [
    [status === 'completed' || status === 'failed' || status === 'cancelled', `is ${status}`],
    [one.terminal === 1 && one.terminal_last, `has ${one.terminal} terminal events, or something after them`],
    [one.results === 1, `has ${one.results} results`],
    [one.events === one.last_event && one.highest === one.last_event, 'has gaps in its events'],
    [one.started === attempt, `began ${one.started} times and counts ${attempt} attempts`],
    [!one.held, 'is still held'],
    [effects.length <= attempt, `took effect ${effects.length} times in ${attempt} attempts`],
    [new Set(effects).size === effects.length, `took effect twice in one attempt (${effects.join()})`],
    [effects.every((number) => number <= attempt), `took effect in an attempt that it never had (${effects.join()})`],
    [status !== 'completed' || effects.includes(attempt), 'is completed without the effect of its last attempt'],
    [
      status !== 'failed' || one.worker_deaths >= 3,
      `failed with ${one.failures} failures and ${one.worker_deaths} deaths`,
    ],
  ];
  return laws.flatMap(([holds, what]) => (holds ? [] : [`${id} ${what}`]));
}

/** The attempts in which each task took effect. A line that was cut by a kill is an effect that did not come to be. */
async function readEffects(folder: string): Promise<Map<string, number[]>> {
  const effects = new Map<string, number[]>();
  for (const file of await readdir(folder)) {
    for (const line of (await readFile(join(folder, file), 'utf8')).split('\n')) {
      const [, id, attempt] = /^([0-9a-f-]{36})\/(\d+)$/.exec(line) ?? [];
      if (id === undefined) continue;
      effects.set(id, [...(effects.get(id) ?? []), Number(attempt)]);
    }
  }
  return effects;
}

export async function rowsOf<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that goes away fails the query; the event would fail the run besides.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
