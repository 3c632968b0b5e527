import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SandboxFault, SandboxSaturated } from '../../../src/sandbox/index.ts';
import { type SandboxPoolOptions, settingsOf } from '../../../src/sandbox/pool-options.ts';
import { WasmSandbox } from '../../../src/sandbox/wasm/wasm-sandbox.ts';
import { call, job, outcomeOf, outcomesOf } from '../jobs.ts';

const LONG = { cpuMs: 60_000, wallMs: 60_000 };
const ENDLESS = job('javascript', 'for (;;) {}', [call('f')], LONG);
const HONEST = job('javascript', 'const f = () => 1', [call('f')]);

/** Process ids whose parent is `parent`, from /proc; elsewhere none. */
function childrenOf(parent: number): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the life of the wasm sandbox', () => {
  const opened: WasmSandbox[] = [];
  const open = (options: SandboxPoolOptions = {}) => {
    const sandbox = new WasmSandbox(settingsOf({ parkedAtLeast: 1, ...options }));
    opened.push(sandbox);
    return sandbox;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sandbox) => sandbox.close()));
  });

  it('boxes are parked in the background, and the status tells', async () => {
    const sandbox = open();
    expect(sandbox.status()).toEqual({
      name: 'wasm',
      languages: ['python', 'javascript', 'typescript', 'bash', 'sql'],
      parked: 0,
      busy: 0,
      problems: [],
      refused: [],
    });
    await vi.waitUntil(() => sandbox.status().parked === 2, { timeout: 20_000 });
    const running = sandbox.run(HONEST);
    expect(sandbox.status().busy).toBe(1);
    await running;
    expect(sandbox.status().busy).toBe(0);
  });

  it.runIf(process.platform === 'linux')(
    'the pool has nothing of our environment, and a bound on its allocator',
    async () => {
      const sandbox = open();
      await sandbox.run(HONEST);
      const names = readFileSync(`/proc/${sandbox.poolPid ?? 0}/environ`, 'utf8')
        .split('\0')
        .map((entry) => entry.split('=')[0]);
      // Node tells a fork of its channel.
      expect(names.filter((name) => name !== '' && name?.startsWith('NODE_') !== true)).toEqual(['MALLOC_ARENA_MAX']);
    },
  );

  it('beyond the bound of its queue a run is refused with the time to wait (1)', async () => {
    const sandbox = open({ maxConcurrent: 1, maxWaiting: 1 });
    const controller = new AbortController();
    const first = sandbox.run(ENDLESS, controller.signal);
    const second = sandbox.run(HONEST);
    const refused = await sandbox.run(HONEST).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SandboxSaturated);
    expect(refused).toMatchObject({ code: 'sandbox_saturated', kind: 'transient', retryAfterSeconds: 30 });
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await second).toMatchObject({ status: 'ran' });
  });

  it('a waiting run that is aborted leaves the queue', async () => {
    const sandbox = open({ maxConcurrent: 1, maxWaiting: 1 });
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = sandbox.run(ENDLESS, running.signal);
    const second = sandbox.run(HONEST, waiting.signal);
    waiting.abort(new Error('changed my mind'));
    await expect(second).rejects.toThrow('changed my mind');
    const third = sandbox.run(HONEST);
    running.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await third).toMatchObject({ status: 'ran' });
  });

  it('a pool process that is killed costs the runs in it, and another takes its place (3)', async () => {
    const sandbox = open({ maxConcurrent: 1 });
    await sandbox.run(HONEST);
    const pid = sandbox.poolPid ?? 0;
    const lost = sandbox.run(ENDLESS);
    const waiting = sandbox.run(HONEST);
    process.kill(pid, 'SIGKILL');
    await expect(lost).rejects.toThrow(SandboxFault);
    expect(await waiting).toMatchObject({ status: 'ran' });
    expect(sandbox.poolPid).not.toBe(pid);
    expect(isRunning(pid)).toBe(false);
  });

  it('a pool process that dies again and again is left dead for a while, and the status says so', async () => {
    const sandbox = open();
    for (let death = 0; death < 5; death += 1) {
      const pid = sandbox.poolPid ?? 0;
      process.kill(pid, 'SIGKILL');
      await vi.waitUntil(() => sandbox.poolPid !== pid);
    }
    expect(sandbox.poolPid).toBeUndefined();
    expect(sandbox.status().problems).toEqual([expect.stringContaining('the pool process ended by SIGKILL')]);
    await expect(sandbox.run(HONEST)).rejects.toThrow(SandboxFault);
  });

  it('close ends every run and the process, and may be called again (4)', async () => {
    const sandbox = open({ maxConcurrent: 1 });
    const pid = sandbox.poolPid ?? 0;
    const runs = [sandbox.run(ENDLESS), sandbox.run(HONEST)].map((run) => run.catch((error: unknown) => error));
    await Promise.all([sandbox.close(), sandbox.close()]);
    for (const error of await Promise.all(runs)) expect(error).toBeInstanceOf(SandboxFault);
    expect(isRunning(pid)).toBe(false);
    await expect(sandbox.run(HONEST)).rejects.toThrow('it is closed');
  });

  it('a language that it does not run is refused by name', async () => {
    const sandbox = open();
    await expect(sandbox.run(job('cpp', '', [{ kind: 'program' }]))).rejects.toThrow(
      'language "cpp" cannot be run here',
    );
  });

  it('boxes are kept of what is asked for, and let go when nobody asks any more', async () => {
    const sandbox = open({ parkedAtLeast: 0, idleMs: 4000 });
    expect(await outcomeOf(sandbox, HONEST)).toMatchObject({ status: 'returned' });
    await vi.waitUntil(() => sandbox.status().parked === 1, { timeout: 20_000 });
    await vi.waitUntil(() => sandbox.status().parked === 0, { timeout: 20_000 });
  });

  it('tells what of its limits a step used, by language', async () => {
    const sandbox = open();
    const jobs = [
      job('python', 'def f():\n    return sum(range(200_000))', [call('f')]),
      job('javascript', 'const f = () => Array.from({ length: 200_000 }, (_, n) => n).length', [call('f')]),
    ];
    for (const submitted of jobs) {
      const { usage, durationMs } = await outcomeOf(sandbox, submitted);
      expect(usage?.cpuMs).toBeGreaterThan(0);
      expect(usage?.cpuMs).toBeLessThan(durationMs + 50);
      expect(usage?.peakMemoryMb).toBeGreaterThan(10);
      expect(usage?.peakMemoryMb).toBeLessThan(100);
    }
  });

  it('a step that had to be ended tells what it computed until then', async () => {
    const sandbox = open();
    const source = 'import time\ndef f():\n    while True: pass\ndef g(): time.sleep(9)';
    const limits = { cpuMs: 500, wallMs: 500 };
    const [computed, waited] = await outcomesOf(sandbox, job('python', source, [call('f'), call('g')], limits));
    expect([computed?.status, waited?.status]).toEqual(['timed-out', 'timed-out']);
    expect(computed?.usage?.cpuMs).toBeGreaterThan(50);
    expect(waited?.usage?.cpuMs ?? 0).toBeLessThan(computed?.usage?.cpuMs ?? 0);
  });

  it('an option out of its bounds is told by its name', () => {
    expect(() => settingsOf({ maxConcurrent: 0 })).toThrow('maxConcurrent is 0; it must be an integer from 1 to 256');
    expect(() => settingsOf({ maxWaiting: 1.5 })).toThrow(RangeError);
    expect(settingsOf({})).toMatchObject({ parkedAtLeast: 1, maxWaiting: 64, idleMs: 60_000 });
  });

  it('a parent that is killed leaves no process behind', async () => {
    const fixture = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url));
    const parent: ChildProcess = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'inherit'] });
    const said: readonly unknown[] = parent.stdout === null ? [] : await once(parent.stdout, 'data');
    const poolPid = Number(String(said[0]));
    expect(isRunning(poolPid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitUntil(() => !isRunning(poolPid), { timeout: 5000 });
  });

  it('three hundred runs leave one process and no growth of threads', { timeout: 120_000 }, async () => {
    const sandbox = open({ idleMs: 1000 });
    await outcomeOf(sandbox, HONEST);
    const before = childrenOf(process.pid).length;
    const threads = (pid: number) => (process.platform === 'linux' ? readdirSync(`/proc/${pid}/task`).length : 0);
    const pid = sandbox.poolPid ?? 0;
    let most = 0;
    for (let round = 0; round < 75; round += 1) {
      await Promise.all([HONEST, HONEST, HONEST, HONEST].map((submitted) => outcomeOf(sandbox, submitted)));
      most = Math.max(most, threads(pid));
    }
    // One of each usual language is left once nobody asks.
    await vi.waitUntil(() => sandbox.status().parked === 2, { timeout: 60_000 });
    expect(childrenOf(process.pid)).toHaveLength(before);
    expect(sandbox.poolPid).toBe(pid);
    expect(threads(pid)).toBeLessThan(40);
    expect(most).toBeLessThan(60);
  });
});
