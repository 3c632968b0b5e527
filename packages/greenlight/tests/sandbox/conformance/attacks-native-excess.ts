import { describe, expect, it } from 'vitest';
import type { Language, Step } from '../../../src/sandbox/index.ts';
import { call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';
import { hostileGround, PROCESSES_OF_A_BOX, PROGRAM, PYTHON } from './hostile-ground.ts';

/** What only a box with a system in it can try to use up, leave behind or end. */
export function excessesInNative(under: SandboxUnderTest): void {
  describe('excesses in a box with a system', () => {
    const { attack, python } = hostileGround(under);

    it('a flood of files ends with the box', async () => {
      const body =
        'def f():\n    n = 0\n    while True:\n        n += 1\n        os.close(os.open("/tmp/" + "x" * 200 + str(n), os.O_CREAT))';
      const outcome = await attack('python', PYTHON + body, call('f'), { cpuMs: 1500, wallMs: 3000 });
      expect(outcome.status).not.toBe('returned');
    });

    it.each<[string, Language, string, Step]>([
      [
        'Python',
        'python',
        'import os\ndef f():\n    while True:\n        try: os.fork()\n        except OSError: pass',
        call('f'),
      ],
      ['bash', 'bash', ':(){ :|:& };: ; wait; while :; do :; done', PROGRAM],
      [
        'Node',
        'javascript',
        "const f = () => { const { spawn } = require('node:child_process'); for (;;) spawn(process.execPath, ['-e', '0']).on('error', () => {}) }",
        call('f'),
      ],
      ['C', 'c', '#include <unistd.h>\nint main(void) { for (;;) fork(); }', PROGRAM],
    ])('a fork bomb in %s ends with its step', async (_, language, source, step) => {
      const outcome = await attack(language, source, step, { cpuMs: 1000, wallMs: 2000 });
      expect(['timed-out', 'exited', 'lost', 'out-of-memory']).toContain(outcome.status);
    });

    it('a thread bomb is refused at its limit', async () => {
      const body =
        'import threading, time\ndef f():\n    n = 0\n    try:\n        while True:\n            threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n            n += 1\n    except RuntimeError:\n        return n < 100';
      expect(await python(body)).toMatchObject({ status: 'returned', value: { value: true } });
    });

    it.each<[string, Language, string, Step]>([
      ['one process', 'python', 'def f():\n    return len(bytearray(10**10))', call('f')],
      [
        'many processes',
        'python',
        'import os\ndef f():\n    for _ in range(20):\n        if os.fork() == 0:\n            kept = [bytearray(10**7) for _ in range(10)]\n            while True: pass\n    while True: pass',
        call('f'),
      ],
      [
        'Node',
        'javascript',
        'const f = () => { const kept = []; for (;;) kept.push(Buffer.alloc(1e7, 1)) }',
        call('f'),
      ],
      [
        'C',
        'c',
        '#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) { char *p = malloc(1 << 24); if (p) memset(p, 1, 1 << 24); else return 9; } }',
        PROGRAM,
      ],
    ])('memory without end in %s is held', async (_, language, source, step) => {
      const outcome = await attack(language, source, step, { cpuMs: 3000, wallMs: 6000, memoryMb: 128 });
      // Whoever outlives the children that were killed for it goes on to the time limit.
      expect(outcome.status === 'exited' ? outcome.exitCode : outcome.status).not.toBe(0);
      expect(['out-of-memory', 'timed-out', 'exited']).toContain(outcome.status);
    });

    it('whoever ignores SIGTERM, makes a daemon or a session of its own is gone with its step', async () => {
      const body = `import time
def f():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True: time.sleep(1)
        os._exit(0)
    os.wait()
    return 1
def g():
    return len([name for name in os.listdir("/proc") if name.isdigit()])`;
      const [first, second] = await outcomesOf(under(), job('python', PYTHON + body, [call('f'), call('g')]));
      expect(first).toMatchObject({ status: 'returned' });
      // Process 1, the step itself, and stages that wait.
      expect(
        second?.status === 'returned' &&
          second.value.type === 'integer' &&
          Number(second.value.value) < PROCESSES_OF_A_BOX,
      ).toBe(true);
      const bash = await attack(
        'bash',
        'trap "" TERM; (setsid sleep 1000 >/dev/null 2>&1 &) ; nohup sleep 1000 >/dev/null 2>&1 & echo done',
        PROGRAM,
      );
      expect(bash).toMatchObject({ status: 'exited', exitCode: 0, stdout: 'done\n' });
    });

    it('a signal reaches nobody but its own step', async () => {
      const body = `def f():
    for pid in (1, os.getppid()):
        for sign in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGUSR1):
            try: os.kill(pid, sign)
            except OSError: pass
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for sign in (signal.SIGTERM, signal.SIGSTOP): os.kill(-1, sign)
    return 1
def g():
    return 2
def h():
    os.kill(-1, signal.SIGKILL)
    return 3`;
      const outcomes = await outcomesOf(
        under(),
        job('python', PYTHON + body, [call('f'), call('g'), call('h'), call('g')]),
      );
      expect(outcomes[0]).toMatchObject({ status: 'returned' });
      expect(outcomes[1]).toMatchObject({ status: 'returned', value: { value: '2' } });
      expect(outcomes[3]).toMatchObject({ status: 'returned', value: { value: '2' } });
      const inNode =
        "const f = () => { try { process.kill(1, 'SIGKILL') } catch {} try { process.kill(-1, 'SIGCONT') } catch {} return 1 }";
      expect(await attack('javascript', inNode, call('f'))).toMatchObject({ status: 'returned' });
    });

    it.each([
      ['a handler', 'signal.signal(signal.SIGUSR1, woken)'],
      ['a thread', 'threading.Thread(target=lambda: (time.sleep(0.05), woken()), daemon=True).start()'],
    ])('nothing of a step that has answered goes on when a later one continues it: %s', async (_, left) => {
      const body = `import threading, time
def woken(*_): open("/tmp/woken", "w").close()
def f():
    ${left}
    return 1
def g():
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    for sign in (signal.SIGCONT, signal.SIGUSR1): os.kill(-1, sign)
    time.sleep(0.2)
    return os.listdir("/tmp")`;
      const [first, second] = await outcomesOf(under(), job('python', PYTHON + body, [call('f'), call('g')]));
      expect(first).toMatchObject({ status: 'returned' });
      expect(second).toMatchObject({ status: 'returned', value: { type: 'list', items: [] } });
    });

    it('a crash below the interpreter is the step’s own', async () => {
      const body =
        'import ctypes\ndef f(how):\n    if how == 0: ctypes.string_at(0)\n    if how == 1: os.abort()\n    if how == 2: os.kill(os.getpid(), signal.SIGSTOP)\n    return how';
      const outcomes = await outcomesOf(
        under(),
        job('python', PYTHON + body, [call('f', 0), call('f', 3), call('f', 1)]),
      );
      expect(outcomes).toMatchObject([{ status: 'lost' }, { status: 'returned' }, { status: 'lost' }]);
      expect(await attack('python', PYTHON + body, call('f', 2), { cpuMs: 500, wallMs: 700 })).toMatchObject({
        status: 'timed-out',
      });
      expect(
        await attack(
          'c',
          'int f(int n) { volatile char a[4096]; a[0] = n; return f(n + 1) + a[0]; }\nint main(void) { return f(0); }',
          PROGRAM,
        ),
      ).toMatchObject({ status: 'exited', exitCode: 139 });
      expect(await attack('c', '#include <stdlib.h>\nint main(void) { abort(); }', PROGRAM)).toMatchObject({
        status: 'exited',
        exitCode: 134,
      });
    });

    it('a forged or a second frame on the result channel voids the step, in Node too', async () => {
      const forge = `const fs = require('node:fs'); const f = (frame) => { fs.writeSync(3, frame + '\\n'); return 1 }; const g = () => 2`;
      for (const frame of [
        '{"passed":true}',
        'x',
        '{"returned":["f",1]}',
        '{"returned":["f",42]}\n{"returned":["f",42]}',
        '{"returned":["l",1]}',
      ]) {
        // What is left of it in the channel is not taken for the answer of the next step.
        const steps = [call('f', frame), call('g')];
        expect(await outcomesOf(under(), job('javascript', forge, steps))).toMatchObject([
          { status: 'lost' },
          { status: 'returned', value: { value: 2 } },
        ]);
      }
      const closing = `const fs = require('node:fs'); const f = () => { for (let n = 0; n < 64; n += 1) try { fs.closeSync(n) } catch {} ; return 1 }; const g = () => 2`;
      const outcomes = await outcomesOf(
        under(),
        job('javascript', closing, [call('f'), call('g')], { cpuMs: 1000, wallMs: 2000 }),
      );
      expect(outcomes[0]?.status).not.toBe('returned');
      expect(outcomes[1]).toMatchObject({ status: 'returned', value: { value: 2 } });
    });

    it('exit before the tests is no pass in Node, and a patched realm is its own step’s', async () => {
      const exit = 'process.exit(0)';
      expect(await attack('javascript', exit, call('f'))).toMatchObject({ status: 'exited', exitCode: 0 });
      const patch =
        "process.constructor.constructor('return globalThis')().JSON.stringify = () => 'forged'; const f = () => [1, { a: 2 }]";
      const outcomes = await outcomesOf(under(), job('javascript', patch, [call('f'), call('f')]));
      for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'returned', value: { type: 'list' } });
    });

    it('ten hostile jobs at once, and an honest one in each language is right', { timeout: 60_000 }, async () => {
      const hostile = [
        'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass',
        'x = []\nwhile True: x.append(bytearray(10**6))',
        'import os, signal\nos.kill(-1, signal.SIGKILL)',
        'while True: print("x" * 100000)',
        'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()',
      ];
      const attacks = Array.from({ length: 10 }, (_, index) =>
        outcomeOf(under(), job('python', hostile[index % 5] ?? '', [call('f')], { cpuMs: 1000, wallMs: 2000 })),
      );
      const honest: [Language, string, Step][] = [
        ['python', 'def f(x):\n    return x + 1', call('f', 1)],
        ['javascript', 'const f = (x) => x + 1', call('f', 1)],
        ['typescript', 'const f = (x: number): number => x + 1', call('f', 1)],
      ];
      const generous = { cpuMs: 10_000, wallMs: 20_000 };
      const answers = await Promise.all(
        honest.map(([language, source, step]) => outcomeOf(under(), job(language, source, [step], generous))),
      );
      for (const answer of answers) expect(answer).toMatchObject({ status: 'returned' });
      for (const outcome of await Promise.all(attacks)) expect(outcome.status).not.toBe('returned');
    });
  });
}
