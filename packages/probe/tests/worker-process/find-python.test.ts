import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPythonRuntime, findPython, type LogLine, type PythonHealth, PythonUnusable } from '../../src/index.ts';
import { LazyHealth } from '../../src/worker-process/lazy-health.ts';
import { INPUT, python, withoutPython } from './with-python.ts';

let folder = '';

/** A program in the folder. */
async function program(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-python-'));
});

afterAll(() => rm(folder, { recursive: true }));

const OLD = `echo '{"success": false, "error": {"message": "Python is 3.8.1; it may be 3.10 or later", "code": "VALIDATION_ERROR"}}'`;

describe.skipIf(withoutPython)('a Python for the workers', () => {
  it('is found, with what the health check says of it', async () => {
    const health = await findPython({
      env: { PATH: process.env['PATH'], XAI_API_KEY: 'secret-of-mine', OPENAI_API_KEY: ' ' },
    });
    expect(health.python).toMatch(/^3\.\d\d/);
    expect(health.keys).toMatchObject({ XAI_API_KEY: true, OPENAI_API_KEY: false });
    expect(Object.keys(health.packages)).toEqual(['tiktoken']);
    expect(JSON.stringify(health)).not.toContain('secret-of-mine');
  });

  it('warns where no provider has a key', async () => {
    const { warnings } = await findPython({ env: { PATH: process.env['PATH'] } });
    expect(warnings.join()).toContain('no provider has a key; set one of OPENAI_API_KEY');
  });

  it('is the configured one and no other', async () => {
    const configured = await program('configured', `exec ${python} "$@"`);
    expect(await findPython({ env: { PYTHON_WORKER_COMMAND: configured } })).toMatchObject({ executable: configured });
    const broken = await program('broken', 'echo it is broken >&2; exit 1');
    const error = await findPython({ env: { PATH: process.env['PATH'], PYTHON_WORKER_COMMAND: broken } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(PythonUnusable);
    expect(String(error)).toMatch(
      /PYTHON_WORKER_COMMAND:\n {2}.*broken: .*exit code 1; its last words:\nit is broken/s,
    );
  });

  it('is that of the active virtual environment before that of the system', async () => {
    await mkdir(join(folder, 'bin'));
    await program('bin/python3', `exec ${python} "$@"`);
    const env = { PATH: process.env['PATH'], VIRTUAL_ENV: folder };
    expect(await findPython({ env })).toMatchObject({ executable: join(folder, 'bin', 'python3') });
  });

  it('is not one that is too old: the next is tried', async () => {
    const env = { PATH: process.env['PATH'], VIRTUAL_ENV: join(folder, 'old') };
    await mkdir(join(folder, 'old', 'bin'), { recursive: true });
    await program('old/bin/python3', OLD);
    expect(await findPython({ env })).not.toMatchObject({ executable: join(env.VIRTUAL_ENV, 'bin', 'python3') });
  });
});

describe('without a usable Python', () => {
  it('each that was tried is named, with its reason', async () => {
    const old = await program('python3', OLD);
    const error = await findPython({ env: { PATH: folder }, platform: 'nowhere' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PythonUnusable);
    expect(error).toMatchObject({ code: 'python_unusable', kind: 'terminal' });
    expect(String(error)).toContain('  python3: Python is 3.8.1; it may be 3.10 or later');
    await rm(old);
  });

  it('the runtime says so at the first conversation and not before, and looks again at the next', async () => {
    const counter = join(folder, 'count');
    const missing = await program('python-later', `echo asked >> ${counter}; ${OLD}`);
    const runtime = createPythonRuntime({ env: { PATH: process.env['PATH'], PYTHON_WORKER_COMMAND: missing } });
    await expect(runtime.run(INPUT)).rejects.toBeInstanceOf(PythonUnusable);
    if (python !== null) {
      await program('python-later', `exec ${python} "$@"`);
      expect(await runtime.run(INPUT)).toMatchObject({ success: false, error: { code: 'MISSING_API_KEY' } });
    }
    await runtime.close();
  });
});

describe('the health check', () => {
  const passing: PythonHealth = {
    python: '3.12.1',
    executable: 'python3',
    packages: {},
    keys: {},
    warnings: [],
    notes: [],
  };

  it('is made once for all who ask at the same time, and kept when it passed', async () => {
    let checks = 0;
    const check = Promise.withResolvers<PythonHealth>();
    const health = new LazyHealth(() => {
      checks += 1;
      return check.promise;
    });
    expect([health.passed, checks]).toEqual([null, 0]);
    const both = Promise.all([health.ensure(), health.ensure()]);
    check.resolve(passing);
    expect(await both).toEqual([passing, passing]);
    await health.ensure();
    expect([health.passed, checks]).toEqual([passing, 1]);
  });

  it('that failed is made again', async () => {
    const outcomes = [() => Promise.reject(new Error('not yet')), () => Promise.resolve(passing)];
    const health = new LazyHealth(() => outcomes.shift()?.() ?? Promise.reject(new Error('once too often')));
    await expect(health.ensure()).rejects.toThrow('not yet');
    expect(await health.ensure()).toBe(passing);
  });

  it('is not waited for by who aborts, and goes on for the others', async () => {
    const check = Promise.withResolvers<PythonHealth>();
    const health = new LazyHealth(() => check.promise);
    const abort = new AbortController();
    const aborted = health.ensure(abort.signal);
    const waiting = health.ensure();
    abort.abort(new Error('cancelled'));
    await expect(aborted).rejects.toThrow('cancelled');
    await expect(health.ensure(abort.signal)).rejects.toThrow('cancelled');
    check.resolve(passing);
    expect(await waiting).toBe(passing);
  });
});

describe.skipIf(withoutPython)('the Python runtime', () => {
  it('logs the warnings and notes of the health check once', async () => {
    const log: LogLine[] = [];
    const runtime = createPythonRuntime({ env: { PATH: process.env['PATH'] }, onLog: (line) => log.push(line) });
    expect(log).toEqual([]);
    await runtime.run(INPUT);
    await runtime.run(INPUT);
    const { warnings, notes } = await runtime.health();
    expect(log.filter(({ context }) => context === 'health_check')).toMatchObject([
      ...warnings.map((msg) => ({ level: 'warn', msg })),
      ...notes.map((msg) => ({ level: 'info', msg })),
    ]);
    await runtime.close();
  });
});
