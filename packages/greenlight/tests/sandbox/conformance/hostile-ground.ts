/** Where attacks on native boxes are tried from: a host with a secret, a neighbour, and a look at what is left. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import type { JsonValue, Language, Limits, Sandbox, Step, StepOutcome } from '../../../src/sandbox/index.ts';
import { call, job, outcomeOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

export const SECRET = 'a-secret-of-the-host';
export const SECRET_VARIABLE = 'SWITCHYARD_TEST_SECRET';
export const PROGRAM: Step = { kind: 'program' };
/** Processes of one parked box: bubblewrap, its process 1, six stages. A job at its end has no more. */
export const PROCESSES_OF_A_BOX = 8;

/** What the attacks in Python begin with. */
export const PYTHON = `import os, signal, socket, sys
def refused(work):
    try:
        result = work()
    except (OSError, RuntimeError):
        return "refused"
    return "done " + repr(result)
`;

export interface HostileGround {
  /** A file of the host that everybody may read. */
  readonly secretFile: string;
  /** Where the host listens. */
  readonly port: () => number;
  /** The attack's outcome; an honest neighbour ran beside it and was right. */
  readonly attack: (language: Language, source: string, step: Step, limits?: Partial<Limits>) => Promise<StepOutcome>;
  /** An attack by the function `f` of a Python source, with these arguments. */
  readonly python: (body: string, ...values: JsonValue[]) => Promise<StepOutcome>;
}

/** To be called inside a `describe`: after each of its tests nobody has reached the host, and no box holds more than it should. */
export function hostileGround(under: SandboxUnderTest): HostileGround {
  const folder = join(tmpdir(), `switchyard-attack-${randomUUID()}`);
  const secretFile = join(folder, 'secret');
  const server = createServer((socket) => socket.end(SECRET));
  const abstract = createServer((socket) => socket.end(SECRET));
  let port = 0;
  let reached = 0;
  beforeAll(async () => {
    mkdirSync(folder);
    writeFileSync(secretFile, SECRET, { mode: 0o644 });
    process.env[SECRET_VARIABLE] = SECRET;
    server.on('connection', () => (reached += 1)).listen(0, '127.0.0.1');
    abstract.on('connection', () => (reached += 1)).listen(`\0${SECRET_VARIABLE}-${process.pid}`);
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
    delete process.env[SECRET_VARIABLE];
    server.close();
    abstract.close();
  });
  afterEach(async () => {
    expect(reached).toBe(0);
    await vi.waitUntil(() => boxesOnHost().every((count) => count <= PROCESSES_OF_A_BOX), { timeout: 10_000 });
  });

  const attack: HostileGround['attack'] = async (language, source, step, limits = {}) => {
    const generous = { cpuMs: 10_000, wallMs: 20_000 };
    const honest = job('python', 'def f(x):\n    return x + 1', [call('f', 1)], generous);
    const [outcome, neighbour] = await Promise.all([
      outcomeOf(under(), job(language, source, [step], limits)),
      outcomeOf(under(), honest),
    ]);
    expect(neighbour).toMatchObject({ status: 'returned', value: { value: '2' } });
    return outcome;
  };
  const python: HostileGround['python'] = (body, ...values) => attack('python', PYTHON + body, call('f', ...values));
  return { secretFile, port: () => port, attack, python };
}

/** After `close` nothing is left: a control group can be removed only when no process is in it. */
export async function expectNothingLeft(sandbox: Sandbox): Promise<void> {
  await sandbox.close();
  expect(boxesOnHost()).toEqual([]);
}

/** How many processes are in each box of this process's sandboxes; none where control groups cannot be read. */
function boxesOnHost(): number[] {
  const root = '/sys/fs/cgroup/pids';
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => name.startsWith(`switchyard-${process.pid}-`))
    .flatMap((name) => readdirSync(join(root, name)).map((box) => join(root, name, box, 'cgroup.procs')))
    .filter((path) => existsSync(path))
    .map(
      (path) =>
        readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => line !== '').length,
    );
}

export function valuesOf(outcome: StepOutcome): unknown[] {
  if (outcome.status !== 'returned' || outcome.value.type !== 'list') throw new Error(JSON.stringify(outcome));
  return outcome.value.items.map((item) => ('value' in item ? item.value : item.type));
}
