import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SandboxSaturated } from '../../../src/sandbox/index.ts';
import { compileError } from '../../../src/sandbox/native/compile-messages.ts';
import { seccompFilter } from '../../../src/sandbox/native/seccomp.ts';
import { call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import { boxesOfOurs, eventually } from './boxes-of-ours.ts';
import { missingHere } from './missing-here.ts';
import { openedSandboxes } from './opened-sandboxes.ts';

const missing = await missingHere('python', 'c');
const LONG = { cpuMs: 60_000, wallMs: 60_000 };
const ENDLESS = job('python', 'while True: pass', [call('f')], LONG);
const HONEST = job('python', 'def f():\n    return 1', [call('f')]);

describe.skipIf(missing !== '')(`the life of the native sandbox${missing}`, () => {
  const open = openedSandboxes();

  it('beyond the bound of its line a run is refused with the time to wait, and an abort frees the place', async () => {
    const sandbox = await open({ maxConcurrent: 1, maxWaiting: 1 });
    const controller = new AbortController();
    const first = sandbox.run(ENDLESS, controller.signal);
    const second = sandbox.run(HONEST);
    const refused = await sandbox.run(HONEST).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SandboxSaturated);
    expect(refused).toMatchObject({ code: 'sandbox_saturated', kind: 'transient', retryAfterSeconds: 1 });
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await second).toMatchObject({ status: 'ran' });
  });

  it('close ends what runs, and nothing runs after it', async () => {
    const sandbox = await open();
    const running = sandbox.run(ENDLESS);
    const settled = running.catch((error: unknown) => error);
    await sandbox.close();
    expect(await settled).toMatchObject({ code: 'sandbox_fault' });
    await expect(sandbox.run(HONEST)).rejects.toMatchObject({ code: 'sandbox_fault' });
  });

  it('the process that starts boxes killed, what runs is lost, nothing of it stays, and the next run has a new one', async () => {
    const sandbox = await open({ parkedAtLeast: 0 });
    const running = sandbox.run(
      job('python', 'import os\ndef f():\n    os.fork()\n    while True: pass', [call('f')], LONG),
    );
    const before = await eventually(boxesOfOurs, (found) => found.launchers.length === 1 && found.boxes.length > 0);
    for (const launcher of before.launchers) process.kill(launcher, 'SIGKILL');
    expect(await running).toMatchObject({ status: 'ran', outcomes: [{ status: 'lost' }] });
    const isGone = (pid: number) => !existsSync(`/proc/${pid}`);
    await eventually(
      async () => before.boxes.filter((pid) => !isGone(pid)),
      (left) => left.length === 0,
    );
    expect(await outcomeOf(sandbox, HONEST)).toMatchObject({ status: 'returned', value: { value: '1' } });
  });

  it('what a step used is told', async () => {
    const sandbox = await open();
    const source =
      'def f():\n    kept = bytearray(50_000_000)\n    for _ in range(2_000_000): pass\n    return len(kept)';
    const { usage, durationMs } = await outcomeOf(sandbox, job('python', source, [call('f')]));
    expect(usage?.cpuMs).toBeGreaterThan(5);
    expect(usage?.cpuMs).toBeLessThanOrEqual(durationMs + 50);
    expect(usage?.peakMemoryMb).toBeGreaterThan(48);
  });

  it('waiting is bounded by the wall, computing by the processor', async () => {
    const sandbox = await open();
    const source = 'import time\ndef f(): time.sleep(0.6)\ndef g():\n    while True: pass';
    const [waited, computed] = await outcomesOf(
      sandbox,
      job('python', source, [call('f'), call('g')], { cpuMs: 300, wallMs: 5000 }),
    );
    expect(waited).toMatchObject({ status: 'returned' });
    expect(computed).toMatchObject({ status: 'timed-out', limitMs: 300, line: 4 });
  });

  it('a compile error of C has line and column, and the compiler’s own words', async () => {
    const sandbox = await open();
    const run = await sandbox.run(job('c', 'int main(void) {\n  return x;\n}\n', [{ kind: 'program' }]));
    expect(run).toMatchObject({
      status: 'syntax-error',
      error: { type: 'CompileError', file: 'solution.c', line: 2, column: 10 },
    });
    expect(run.status === 'syntax-error' && run.output).toContain('solution.c:2:10: error: ‘x’ undeclared');
  });

  it('random programs neither crash it nor change what the next one answers', { timeout: 120_000 }, async () => {
    const sandbox = await open();
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (source) => {
        const limits = { cpuMs: 300, wallMs: 600 };
        const run = await sandbox.run(job('python', source.replaceAll('\0', ''), [call('f', 1), call('g')], limits));
        if (run.status === 'ran') expect(run.outcomes).toHaveLength(2);
        expect(await outcomeOf(sandbox, HONEST)).toMatchObject({ status: 'returned', value: { value: '1' } });
      }),
      { numRuns: 40 },
    );
  });

  it('two hundred runs in a row leave as many boxes as before', { timeout: 120_000 }, async () => {
    const sandbox = await open({ parkedAtLeast: 1 });
    for (let round = 0; round < 50; round += 1) {
      await Promise.all([HONEST, HONEST, HONEST, HONEST].map((submitted) => outcomeOf(sandbox, submitted)));
    }
    expect(sandbox.status().busy).toBe(0);
    expect(sandbox.status().parked).toBeLessThanOrEqual(64);
  });
});

/** Parts that put together do much harm, or nothing. */
const PIECES = [
  'import os\n',
  'import sys\n',
  'def f(x):\n    return x\n',
  'def g():\n    return f\n',
  'while True: pass\n',
  'os._exit(3)\n',
  'sys.stdout.close()\n',
  'os.closerange(0, 99)\n',
  'os.fork()\n',
  'os.kill(os.getpid(), 11)\n',
  'print("x" * 100000)\n',
  'raise KeyboardInterrupt\n',
  'x = [0] * 10**9\n',
  'sys.setrecursionlimit(10**6)\n',
  'f = lambda *a: f(*a)\n',
  'import ctypes; ctypes.string_at(0)\n',
  'del __builtins__\n',
  'sys.modules.clear()\n',
  'class f:\n    def __new__(cls, *a): os.abort()\n',
];

describe('what compilers write', () => {
  it.each([
    [
      'cpp',
      'solution.cpp:3:5: error: expected ‘;’',
      { file: 'solution.cpp', line: 3, column: 5, message: 'expected ‘;’' },
    ],
    ['c', 'solution.c:1:10: fatal error: x.h: No such file', { line: 1, column: 10, message: 'x.h: No such file' }],
    ['c', "/usr/bin/ld: in function `_start': undefined reference to `main'", { message: '"main" is not defined' }],
    ['rust', 'solution.rs:2:5: error[E0425]: cannot find value `x`', { file: 'solution.rs', line: 2, column: 5 }],
    ['go', './solution.go:4:2: undefined: x', { file: 'solution.go', line: 4, column: 2, message: 'undefined: x' }],
    [
      'java',
      "Solution.java:3: error: ';' expected\n    int x = 1\n             ^\n1 error",
      { line: 3, column: 14, message: "';' expected" },
    ],
    ['bash', "solution.sh: line 3: syntax error near unexpected token `done'", { type: 'SyntaxError', line: 3 }],
    ['c', 'cc1: out of memory', { message: 'cc1: out of memory' }],
  ] as const)('of %s %j is told by its place', (language, output, error) => {
    expect(compileError(language, output)).toMatchObject(error);
  });
});

describe('the filter of system calls', () => {
  it('is a whole number of instructions for known machines, and none for others', () => {
    for (const arch of ['x64', 'arm64']) expect((seccompFilter(arch)?.length ?? 1) % 8).toBe(0);
    expect(seccompFilter('mips')).toBeUndefined();
  });
});
