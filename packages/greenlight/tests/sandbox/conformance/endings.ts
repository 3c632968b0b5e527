import { describe, expect, it } from 'vitest';
import { assertion, call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

const SHORT = { cpuMs: 400, wallMs: 400 };

/** Time to fill the memory with, a small piece at a time, on a loaded machine. */
const SLOW = { cpuMs: 20_000, wallMs: 20_000 };

export function endings(under: SandboxUnderTest): void {
  describe('endings', () => {
    it('an endless loop ends at its limit with what it printed, and the next step runs (3)', async () => {
      const python = 'def f(x):\n    print("in", x)\n    while x:\n        pass\n    return x';
      const javascript = 'function f(x) {\n  console.log("in", x)\n  while (x) {}\n  return x\n}';
      for (const submitted of [
        job('python', python, [call('f', 1), call('f', 0)], SHORT),
        job('javascript', javascript, [call('f', 1), call('f', 0)], SHORT),
      ]) {
        const [first, second] = await outcomesOf(under(), submitted);
        expect(first).toMatchObject({ status: 'timed-out', limitMs: 400, stdout: 'in 1\n' });
        expect(second).toMatchObject({ status: 'returned' });
      }
    });

    it('a step may have a shorter limit of its own', async () => {
      const step = { ...call('f'), timeoutMs: 100 };
      expect(await outcomeOf(under(), job('python', 'def f():\n    while True: pass', [step]))).toMatchObject({
        status: 'timed-out',
        limitMs: 100,
      });
    });

    it('a sleep ends at its limit, and a short one takes its time', async () => {
      const source =
        'import time\ndef f(seconds):\n    start = time.monotonic()\n    time.sleep(seconds)\n    return time.monotonic() - start';
      const [short, long] = await outcomesOf(
        under(),
        job('python', source, [call('f', 0.05), call('f', 3600)], { cpuMs: 1000 }),
      );
      expect(short?.status).toBe('returned');
      if (short?.status === 'returned' && short.value.type === 'float')
        expect(short.value.value).toBeGreaterThanOrEqual(0.049);
      expect(long?.status).toBe('timed-out');
    });

    it('work that no interrupt reaches ends at its limit, too', async () => {
      const regex = 'import re\ndef f():\n    return re.match("(a+)+$", "a" * 40 + "b")';
      expect((await outcomeOf(under(), job('python', regex, [call('f')], SHORT))).status).toBe('timed-out');
      expect(
        (await outcomeOf(under(), job('python', 'def f():\n    return 7 ** (7 ** 12)', [call('f')], SHORT))).status,
      ).toBe('timed-out');
      expect(
        (
          await outcomeOf(
            under(),
            job('javascript', 'const f = () => /(a+)+$/.test("a".repeat(40) + "b")', [call('f')], SHORT),
          )
        ).status,
      ).toBe('timed-out');
      expect(
        (
          await outcomeOf(
            under(),
            job(
              'javascript',
              'const f = () => { let p = Promise.resolve(); const again = () => p.then(again); return again() }',
              [call('f')],
              SHORT,
            ),
          )
        ).status,
      ).not.toBe('returned');
    });

    it('an endless compile ends at its limit', async () => {
      const outcome = await outcomeOf(
        under(),
        job('python', `x = ${'('.repeat(150)}1${')'.repeat(150)}\n`.repeat(20_000), [call('f')], { cpuMs: 200 }),
      );
      expect(['timed-out', 'raised', 'out-of-memory']).toContain(outcome.status);
    });

    it('exit ends a step and not the next one (3)', async () => {
      const source =
        'import os, sys\ndef f(how):\n    if how == "sys": sys.exit(3)\n    if how == "os": os._exit(4)\n    if how == "text": sys.exit("bye")\n    return how';
      const outcomes = await outcomesOf(
        under(),
        job('python', source, [call('f', 'sys'), call('f', 'os'), call('f', 'text'), call('f', 'no')]),
      );
      expect(outcomes).toMatchObject([
        { status: 'exited', exitCode: 3 },
        { status: 'exited', exitCode: 4 },
        { status: 'exited', exitCode: 1, stderr: 'bye\n' },
        { status: 'returned' },
      ]);
    });

    it('an exit before the tests is the end of each of them, not a pass', async () => {
      const outcomes = await outcomesOf(
        under(),
        job('python', 'import os\nos._exit(0)', [call('f'), assertion('assert f() == 1'), call('f')]),
      );
      expect(outcomes).toMatchObject([
        { status: 'exited', exitCode: 0 },
        { status: 'exited', exitCode: 0 },
        { status: 'skipped' },
      ]);
    });

    it('memory beyond the limit is refused by its name', async () => {
      expect(
        (
          await outcomeOf(
            under(),
            job(
              'python',
              'def f():\n    x = []\n    while True:\n        x.append(bytearray(1_000_000))',
              [call('f')],
              SLOW,
            ),
          )
        ).status,
      ).toBe('out-of-memory');
      expect(
        (await outcomeOf(under(), job('python', 'def f():\n    return len(bytearray(10_000_000_000))', [call('f')])))
          .status,
      ).not.toBe('returned');
      expect(
        (
          await outcomeOf(
            under(),
            job(
              'javascript',
              'const f = () => { const x = []; for (;;) x.push(new Array(1000).fill(0)) }',
              [call('f')],
              SLOW,
            ),
          )
        ).status,
      ).toBe('out-of-memory');
      expect(
        (
          await outcomeOf(
            under(),
            job('javascript', 'const f = () => "x".repeat(2 ** 30 - 1).length + new ArrayBuffer(2 ** 31).byteLength', [
              call('f'),
            ]),
          )
        ).status,
      ).not.toBe('returned');
    });

    it('the memory limit is the job’s own', async () => {
      const source = 'def f():\n    return len(bytearray(60_000_000))';
      expect((await outcomeOf(under(), job('python', source, [call('f')], { memoryMb: 64 }))).status).toBe(
        'out-of-memory',
      );
      expect((await outcomeOf(under(), job('python', source, [call('f')], { memoryMb: 400 }))).status).toBe('returned');
      const javascript = 'const f = () => new Uint8Array(60_000_000).fill(1).length';
      expect((await outcomeOf(under(), job('javascript', javascript, [call('f')], { memoryMb: 64 }))).status).not.toBe(
        'returned',
      );
      expect((await outcomeOf(under(), job('javascript', javascript, [call('f')], { memoryMb: 400 }))).status).toBe(
        'returned',
      );
    });

    it('a recursion without end is an error of the submission', async () => {
      expect(await outcomeOf(under(), job('python', 'def f(n):\n    return f(n + 1)', [call('f', 0)]))).toMatchObject({
        status: 'raised',
        error: { type: 'RecursionError', line: 2 },
      });
      const raised = await outcomeOf(
        under(),
        job('python', 'import sys\nsys.setrecursionlimit(10**9)\ndef f(n):\n    return f(n + 1)', [call('f', 0)]),
      );
      expect(['raised', 'out-of-memory', 'timed-out']).toContain(raised.status);
      const constructors =
        'class A:\n    def __init__(self, n):\n        self.a = sorted([n], key=lambda m: A(m + 1))\ndef f():\n    A(0)';
      expect(await outcomeOf(under(), job('python', constructors, [call('f')]))).toMatchObject({
        status: 'raised',
        error: { type: 'RecursionError' },
      });
      expect(
        (await outcomeOf(under(), job('javascript', 'const f = (n) => f(n + 1) + 1', [call('f', 0)]))).status,
      ).toBe('raised');
    });

    it('a usual depth of recursion works', async () => {
      const python =
        'from functools import lru_cache\n@lru_cache(None)\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\ndef f():\n    return fib(150)';
      expect(await outcomeOf(under(), job('python', python, [call('f')]))).toMatchObject({
        value: { value: '9969216677189303386214405760200' },
      });
      expect(
        await outcomeOf(under(), job('javascript', 'const f = (n) => n === 0 ? 0 : 1 + f(n - 1)', [call('f', 2000)])),
      ).toMatchObject({ value: { value: 2000 } });
    });

    it('output is kept up to the limit, cut there, and said to be cut', async () => {
      const [small, large] = await outcomesOf(
        under(),
        job(
          'python',
          'import sys\ndef f(n):\n    print("é" * n)\n    print("e", file=sys.stderr)',
          [call('f', 3), call('f', 5000)],
          { outputKb: 2 },
        ),
      );
      expect(small).toMatchObject({ stdout: 'ééé\n', stderr: 'e\n', truncated: false });
      expect(large).toMatchObject({ truncated: true, stderr: 'e\n', stdout: 'é'.repeat(1024) });
      const javascript = await outcomeOf(
        under(),
        job('javascript', 'const f = () => { console.log("a", 1, [1]); console.error({ b: 2 }) }', [call('f')]),
      );
      expect(javascript).toMatchObject({ stdout: 'a 1 [ 1 ]\n', stderr: '{ b: 2 }\n', truncated: false });
    });

    it('a flood of output is cut', async () => {
      // Megabytes through a busy machine: the output is to end it, not the time.
      const roomy = { cpuMs: 15_000, wallMs: 20_000 };
      const python = 'def f():\n    line = "x" * 1_000_000\n    for _ in range(1000):\n        print(line)';
      expect(await outcomeOf(under(), job('python', python, [call('f')], roomy))).toMatchObject({
        status: 'output-limit',
        truncated: true,
      });
      const javascript =
        'const f = () => { const line = "x".repeat(1e6); for (let i = 0; i < 1000; i++) { try { console.log(line) } catch {} } }';
      expect(await outcomeOf(under(), job('javascript', javascript, [call('f')], roomy))).toMatchObject({
        status: 'output-limit',
        truncated: true,
      });
    });

    it('invalid UTF-8 is replaced, and control bytes are kept as text', async () => {
      const outcome = await outcomeOf(
        under(),
        job('python', 'import os\ndef f():\n    os.write(1, b"a\\xff\\x00\\x1b[31m")', [call('f')]),
      );
      expect(outcome).toMatchObject({ status: 'returned', stdout: 'a\ufffd\u0000\u001b[31m' });
    });

    it('after two lost boxes the rest is skipped (3)', async () => {
      const outcomes = await outcomesOf(
        under(),
        job('python', 'import os\ndef f():\n    os._exit(1)', [call('f'), call('f'), call('f'), call('f')]),
      );
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['exited', 'exited', 'skipped', 'skipped']);
    });
  });
}
