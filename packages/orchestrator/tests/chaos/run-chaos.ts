/** One run: a real system of several processes, clients that hand in work, trouble by plan, and the account at the end. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@switchyard/core';
import { eventually } from '../eventually.ts';
import { processesOf } from '../processes.ts';
import { account, type Facts, openWork, rowsOf } from './accounts.ts';
import { type Submitted, submitAll } from './client.ts';
import { type Node, openNode } from './nodes.ts';
import { FAULTS, type PlannedFault, planOf } from './plan.ts';
import type { Server } from './servers.ts';

const APIS = 2;
const WORKERS = 3;
const READY_WITHIN_MS = 60_000;
/** After the last trouble: missed heartbeats are noticed after some 13 s, thrice in a row for the unluckiest. */
const SETTLED_WITHIN_MS = 180_000;
const PAUSE_MS = 6_000;

export interface ChaosOptions {
  readonly seed: number;
  readonly tasks: number;
  readonly kills: number;
  readonly durationMs: number;
  readonly server: Server;
  readonly ownServer: boolean;
  readonly say: (line: string) => void;
}

export interface ChaosReport extends Facts, Pick<Submitted, 'repeated' | 'refused'> {
  readonly postgres: string;
  readonly faults: Readonly<Record<string, number>>;
  /** From the first submission to the end of the last task. */
  readonly seconds: number;
  /** Faults that could not be brought about: their victim was down. */
  readonly missed: number;
}

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { server, say } = options;
  const plan = planOf(options);
  const folder = await mkdtemp(join(tmpdir(), 'swy-chaos-'));
  const effects = join(folder, 'effects');
  await mkdir(effects);
  const nodes: Node[] = [];
  try {
    for (const role of [...Array<'api'>(APIS).fill('api'), ...Array<'worker'>(WORKERS).fill('worker')])
      nodes.push(await openNode({ role, server, effects, folder: join(folder, `${role}-${nodes.length}`) }));
    await within(Promise.all(nodes.map((node) => node.ready())), READY_WITHIN_MS, 'all processes are ready');
    const [version] = await rowsOf<{ server_version: string }>(server.adminUrl, 'SHOW server_version');
    say(`PostgreSQL ${version?.server_version}, ${APIS} API processes and ${WORKERS} workers`);
    const startedAt = performance.now();
    const ended = new AbortController();
    const urls = nodes.flatMap((node) => node.url ?? []);
    const troubles = bringAbout(plan.faults, nodes, options, startedAt);
    const submitting = submitAll({ calls: plan.calls, seed: options.seed, urls, signal: ended.signal });
    const [submitted, missed] = await Promise.all([submitting, troubles]).catch((error: unknown) => {
      ended.abort();
      throw error;
    });
    say(`${submitted.acknowledged.length} tasks are acknowledged, all trouble is over; waiting for the rest to end`);
    await settle(server.adminUrl, say);
    const seconds = (performance.now() - startedAt) / 1000;
    const facts = await stopAndAccount(nodes, options, folder, effects, submitted);
    return {
      postgres: version?.server_version ?? '',
      faults: countFaults(plan.faults),
      repeated: submitted.repeated,
      refused: submitted.refused,
      seconds,
      missed,
      ...facts,
    };
  } finally {
    for (const node of nodes) node.signal('SIGKILL');
    await Promise.all(nodes.map((node) => node.stop()));
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  }
}

function countFaults(faults: readonly PlannedFault[]): Record<string, number> {
  return Object.fromEntries(FAULTS.map((one) => [one, faults.filter(({ fault }) => fault === one).length]));
}

async function settle(url: string, say: (line: string) => void): Promise<void> {
  let told = performance.now();
  await eventually(
    'the end of all tasks and jobs',
    async () => {
      const { tasks, jobs } = await openWork(url);
      if (performance.now() - told > 10_000) {
        told = performance.now();
        say(`${tasks} tasks and ${jobs} jobs are open`);
      }
      return tasks + jobs === 0;
    },
    SETTLED_WITHIN_MS,
  );
}

/** Ends every process in order: each has to end well and leave nothing behind. */
async function stopAndAccount(
  nodes: Node[],
  { server }: ChaosOptions,
  folder: string,
  effects: string,
  { acknowledged }: Submitted,
): Promise<Facts> {
  const breaches: string[] = [];
  for (const [index, code] of (await Promise.all(nodes.splice(0).map((node) => node.stop()))).entries())
    if (code !== 0) breaches.push(`process ${index} ended with ${code}`);
  const left = await processesOf(folder);
  if (left.length > 0) breaches.push(`processes are left: ${left.join()}`);
  const facts = await account(server.adminUrl, effects, acknowledged);
  return { ...facts, breaches: [...breaches, ...facts.breaches] };
}

/** @returns how many could not be brought about */
async function bringAbout(
  faults: readonly PlannedFault[],
  nodes: readonly Node[],
  options: ChaosOptions,
  startedAt: number,
): Promise<number> {
  let missed = 0;
  let serverWork: Promise<void> = Promise.resolve();
  const others: Promise<void>[] = [];
  for (const planned of faults) {
    await delay(Math.max(0, startedAt + planned.atMs - performance.now()));
    const act = (): Promise<void> =>
      causeFault(planned, nodes, options.server).catch((error: unknown) => {
        missed += 1;
        options.say(`${planned.fault}: ${messageOf(error)}`);
      });
    // The server can be restarted only when it runs.
    if (planned.fault === 'restart-database' || planned.fault === 'crash-database') serverWork = serverWork.then(act);
    else others.push(act());
  }
  await Promise.all([serverWork, ...others]);
  await serverWork;
  return missed;
}

async function causeFault({ fault, dice }: PlannedFault, nodes: readonly Node[], server: Server): Promise<void> {
  const pick = (role?: Node['role']): Node => {
    const some = nodes.filter((node) => role === undefined || node.role === role);
    const node = some[dice % some.length];
    if (node === undefined) throw new Error('there is no such process');
    return node;
  };
  switch (fault) {
    case 'kill-worker':
      return pick('worker').signal('SIGKILL');
    case 'kill-api':
      return pick('api').signal('SIGKILL');
    case 'pause-worker': {
      const worker = pick('worker');
      worker.signal('SIGSTOP');
      await delay(PAUSE_MS);
      return worker.signal('SIGCONT');
    }
    case 'restart-database':
      return server.restart();
    case 'crash-database':
      return server.crash();
    case 'end-sessions':
      await rowsOf(
        server.adminUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'switchyard%' AND pid % 2 = $1`,
        [dice % 2],
      );
      return;
    case 'cut-connections':
      return pick().proxy.cut();
    case 'freeze-connections':
      return pick().proxy.freeze();
  }
}

async function within(promise: Promise<unknown>, ms: number, what: string): Promise<void> {
  const late = new AbortController();
  const timeout = delay(ms, undefined, { signal: late.signal }).then(
    () => Promise.reject(new Error(`after ${ms} ms there was still not: ${what}`)),
    () => undefined,
  );
  try {
    await Promise.race([promise, timeout]);
  } finally {
    late.abort();
  }
}
