import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BoxPool } from '../../../src/sandbox/wasm/box-pool.ts';
import { loadBlueprint } from '../../../src/sandbox/wasm/load-blueprint.ts';
import { runJob } from '../../../src/sandbox/wasm/run-job.ts';
import { call, job } from '../jobs.ts';

const signal = new AbortController().signal;

describe('a job over its boxes', () => {
  let pool: BoxPool;
  beforeAll(async () => {
    pool = new BoxPool(await loadBlueprint(), { parkedAtLeast: 1, parkedAtMost: 1, idleMs: 60_000 });
    pool.refill();
    pool.refill();
    await vi.waitUntil(() => pool.parked === 2, { timeout: 20_000 });
  });
  afterAll(() => pool.close());

  it('takes a parked box and never parks it again', async () => {
    await runJob(pool, job('javascript', 'const f = () => 1', [call('f')]), signal);
    expect(pool.parked).toBe(1);
  });

  it('goes on in a fresh box after a loss, and skips after two (3)', async () => {
    const source = 'import os\ndef f(x):\n    if x: os._exit(x)\n    return x';
    const run = await runJob(
      pool,
      job(
        'python',
        source,
        [1, 0, 2, 0].map((x) => call('f', x)),
      ),
      signal,
    );
    expect(run).toMatchObject({
      status: 'ran',
      outcomes: [
        { status: 'exited', exitCode: 1 },
        { status: 'returned' },
        { status: 'exited', exitCode: 2 },
        { status: 'skipped' },
      ],
    });
  });

  it('a step that breaks a box which another step was in gets a fresh one', async () => {
    const source = 'import sys\ndef f():\n    sys.monitoring.free_tool_id(4)\ndef g():\n    return 2';
    const run = await runJob(pool, job('python', source, [call('f'), call('g')]), signal);
    expect(run).toMatchObject({ status: 'ran', outcomes: [{}, { status: 'returned', value: { value: '2' } }] });
  });

  it.each([
    ['javascript', '\nfor (;;) {}', 2],
    ['javascript', 'const f = () => {\n  let n = 0\n  while (true) {\n    n = Math.abs(n)\n  }\n}', 3],
    ['python', 'def f():\n    n = 0\n    while True:\n        n += 1\n', 3],
    [
      'python',
      'def f():\n    for x in [1, 2]:\n        pass\n    while x:\n        for y in range(3):\n            g(y)\n\ndef g(y):\n    return sum(i for i in range(y))',
      4,
    ],
    ['python', 'def f():\n    while True: pass', 2],
    [
      'python',
      'def g():\n    for x in iter(int, 1):\n        x += 1\n\ndef f():\n    for y in range(9):\n        g()',
      2,
    ],
  ] as const)('a time-out in %s tells the line of its loop', async (language, source, line) => {
    const run = await runJob(pool, job(language, source, [call('f')], { cpuMs: 200 }), signal);
    expect(run).toMatchObject({ outcomes: [{ status: 'timed-out', limitMs: 200, line }] });
  });

  it('jobs in a row with the most output that is kept hold no more memory for it', async () => {
    const submitted = job('python', 'def f(x):\n    print(x)\n    return x', [call('f', 1), call('f', 2)], {
      outputKb: 1024,
    });
    await runJob(pool, submitted, signal);
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 30; round += 1) {
      expect(await runJob(pool, submitted, signal)).toMatchObject({ outcomes: [{ stdout: '1\n' }, { stdout: '2\n' }] });
    }
    // Of the threads that may have been started meanwhile, not 2 MiB for each of ninety commands.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1_048_576);
  });

  it("what a step wrote before its time was over, or its box was lost, is its own and no other step's", async () => {
    const source = [
      'import os, sys',
      'def f(how):',
      '    print("of", how, flush=True)',
      '    if how == "endless":',
      '        while True: pass',
      '    if how == "exits": os._exit(3)',
    ].join('\n');
    const steps = ['first', 'endless', 'exits', 'never'].map((how) => call('f', how));
    const run = await runJob(pool, job('python', source, steps, { cpuMs: 300 }), signal);
    expect(run).toMatchObject({
      outcomes: [
        { status: 'returned', stdout: 'of first\n' },
        { status: 'timed-out', stdout: 'of endless\n', line: 5 },
        { status: 'exited', stdout: 'of exits\n' },
        { status: 'skipped', stdout: '' },
      ],
    });
  });

  it('every ending has its outcome', async () => {
    const steps = [
      'throw new Error("e")',
      'for (;;) console.log("x".repeat(1e6))',
      'const a = []; for (;;) a.push(new Array(1e4).fill(1))',
    ];
    for (const [index, status] of ['raised', 'output-limit', 'out-of-memory'].entries()) {
      const run = await runJob(
        pool,
        job('javascript', `const f = () => { ${steps[index]} }`, [call('f')], { memoryMb: 64 }),
        signal,
      );
      expect(run).toMatchObject({ outcomes: [{ status }] });
    }
    expect(await runJob(pool, job('python', 'def', [call('f')]), signal)).toMatchObject({ status: 'syntax-error' });
  });

  it('an abort ends the box and rejects with its reason (5)', async () => {
    const controller = new AbortController();
    const running = runJob(pool, job('python', 'while True: pass', [call('f')]), controller.signal);
    setTimeout(() => controller.abort(new Error('stop')), 20);
    await expect(running).rejects.toThrow('stop');
  });
});
