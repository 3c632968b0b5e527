import { describe, expect, it } from 'vitest';
import { assertion, call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

/** What only holds where there is no operating system at all in the box. */
export function attacksOnWasm(under: SandboxUnderTest): void {
  describe('attacks on a box without a system', () => {
    it('no file of the host can be read or written', async () => {
      const source =
        'import os\ndef f(path):\n    return open(path).read()\ndef w(path):\n    open(path, "w").write("x")\ndef ls():\n    return sorted(os.listdir("/box"))';
      const paths = [
        '/etc/passwd',
        '/etc/shadow',
        '/proc/self/environ',
        '/proc/1/cmdline',
        '../etc/passwd',
        '/box/../etc/passwd',
      ];
      const reads = await outcomesOf(
        under(),
        job(
          'python',
          source,
          paths.map((path) => call('f', path)),
        ),
      );
      for (const outcome of reads) expect(outcome).toMatchObject({ status: 'raised' });
      const writes = await outcomesOf(
        under(),
        job('python', source, [call('w', '/box/x'), call('w', 'solution.py'), call('w', '/tmp/x')]),
      );
      for (const outcome of writes) expect(outcome).toMatchObject({ status: 'raised' });
    });

    it('there is no network, no process, no thread and no native code', async () => {
      const attempts = [
        'import socket; socket.socket().connect(("127.0.0.1", 5432))',
        'import urllib.request; urllib.request.urlopen("http://127.0.0.1:8000/")',
        'import os; os.fork()',
        'import os; os.kill(os.getppid(), 9)',
        'import subprocess; subprocess.run(["id"])',
        'import threading; threading.Thread(target=print).start()',
        'import ctypes',
        'import os; os.system("id")',
      ];
      const outcomes = await Promise.all(
        attempts.map((attempt) => outcomeOf(under(), job('python', 'x = 1', [assertion(attempt)]))),
      );
      for (const outcome of outcomes) expect(outcome.status).toBe('raised');
    });

    it('the environment and the arguments tell nothing of the host', async () => {
      const outcome = await outcomeOf(
        under(),
        job('python', 'import os, sys\ndef f():\n    return [dict(os.environ), sys.argv]', [call('f')]),
      );
      expect(outcome).toMatchObject({ value: { items: [{ type: 'map', entries: [] }, { items: [{ value: '' }] }] } });
    });

    it('nothing of the host is in reach by a constructor, a getter or an error', async () => {
      const attempts = [
        'process',
        'globalThis.constructor.constructor("return process")()',
        'console.log.constructor("return process")()',
        'require.constructor("return process")()',
        'setTimeout.constructor.constructor("return process")().mainModule.require("child_process")',
        'require("./solution.js"); require("child_process")',
        'await import("node:fs")',
        'fetch("http://127.0.0.1")',
        'new WebAssembly.Memory({ initial: 1 })',
        'new Worker("x")',
        'std.open("/etc/passwd")',
        'os.exec(["id"])',
        '(() => { try { null.x } catch (e) { return e.constructor.constructor("return process")() } })()',
      ];
      const outcomes = await Promise.all(
        attempts.map((attempt) => outcomeOf(under(), job('javascript', '', [assertion(attempt)]))),
      );
      const escaped = attempts.filter((_, index) => outcomes[index]?.status !== 'raised');
      expect(escaped).toEqual([]);
    });

    it('no module of the engine is there', async () => {
      expect(await outcomeOf(under(), job('javascript', "const fs = require('fs')", [call('f')]))).toMatchObject({
        status: 'raised',
        error: { message: "Cannot find module 'fs': only the submission's own files can be required" },
      });
      expect(
        await outcomeOf(under(), job('javascript', "import fs from 'node:fs'\nexport const f = () => fs", [call('f')])),
      ).toMatchObject({ status: 'raised' });
    });
  });
}
