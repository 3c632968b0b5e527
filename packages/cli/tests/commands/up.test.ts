import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { taskViewSchema } from '@switchyard/orchestrator/contract';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { fakeIo } from '../support/fake-io.ts';
import { parsed } from '../support/json.ts';
import { portOf } from '../support/port-of.ts';
import { testFolder } from '../support/test-folder.ts';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'switchyard.js');
const PATH = { PATH: process.env['PATH'] ?? '' };
const SLOW = 90_000;

describe('up', { timeout: SLOW }, () => {
  it('runs everything that the other commands need, and drains when it is asked to stop', async () => {
    await using folder = await testFolder();
    const io = fakeIo({ cwd: folder.path, env: PATH });
    const running = main(['up', '--port', '0', '--data-dir', 'data', '--log-level', 'warn'], io);
    const url = (await io.saw(/^ready (http:\/\/127\.0\.0\.1:\d+)\n$/))[1] ?? '';
    expect(io.err()).toContain(`${url}/docs`);
    const run = async (...argv: string[]) => {
      const client = fakeIo({ cwd: folder.path, env: PATH });
      return { code: await main([...argv, '--server', url], client), out: client.out(), err: client.err() };
    };

    const waited = await run('submit', 'say hello', '--wait', '--json');
    expect(waited.code).toBe(0);
    const { task_id: id } = taskViewSchema.parse(parsed(waited.out));
    expect(parsed((await run('task', id, '--json')).out)).toMatchObject({ task_id: id, status: 'completed' });
    expect((await run('watch', id)).out).toMatch(/task-submitted[^]*task-started[^]*task-completed/);
    const late = await run('cancel', id);
    expect(late.code).toBe(1);
    expect(late.err).toContain('already ended');
    expect((await run('submit', 'my SSN is 536-90-4399')).code).toBe(4);
    expect((await run('tasks', '--status', 'completed')).out).toContain(id);

    // With a port of its own, and with that of the first.
    for (const port of ['0', new URL(url).port]) {
      const second = fakeIo({ cwd: folder.path, env: PATH });
      expect(await main(['up', '--port', port, '--data-dir', 'data'], second)).toBe(1);
      expect(second.err()).toMatch(new RegExp(`data is in use by process ${process.pid}\\b`));
      expect(second.out()).toBe('');
    }
    const elsewhere = fakeIo({ cwd: folder.path, env: PATH });
    expect(await main(['up', '--port', new URL(url).port, '--data-dir', 'other'], elsewhere)).toBe(1);
    expect(elsewhere.err()).toContain('is in use by another program');
    const other = fakeIo({ cwd: folder.path, env: { ...PATH, PORT: '1' } });
    expect(await main(['tasks', '--data-dir', 'data'], other)).toBe(0);
    expect(other.out()).toContain(id);
    expect(other.err()).toBe('');

    const worker = fakeIo({ cwd: folder.path, env: PATH });
    const working = main(['worker', '--data-dir', 'data', '--arm', 'generalist', '--log-level', 'warn'], worker);
    await worker.saw(/^ready worker \d+\n$/);
    expect(worker.err()).not.toMatch(/postgresql:\/\/|greenlight/);
    worker.send('SIGTERM');
    expect(await working).toBe(0);

    io.send('SIGTERM');
    expect(await running).toBe(0);
    expect(io.err()).toMatch(/stopping[^]*stopped\n$/);
    expect([io.listeners(), worker.listeners()]).toEqual([0, 0]);
  });

  it('that cannot leave word of its address stops what it has started', async () => {
    await using folder = await testFolder();
    await mkdir(join(folder.path, 'data', 'server.json'), { recursive: true });
    const up = () => fakeIo({ cwd: folder.path, env: PATH });
    const [first, second] = [up(), up()];
    const argv = ['up', '--port', '0', '--data-dir', 'data', '--log-level', 'silent'];
    expect(await main(argv, first)).toBe(1);
    expect(first.err()).toContain('server.json');
    await rmdir(join(folder.path, 'data', 'server.json'));
    const running = main(argv, second);
    await second.saw(/^ready /);
    second.send('SIGTERM');
    expect(await running).toBe(0);
  });

  it('as a process ends with 0 after SIGTERM, and a busy port is told with 1', async () => {
    await using folder = await testFolder();
    const launch = (...argv: string[]) =>
      spawn(process.execPath, [LAUNCHER, 'up', ...argv], {
        cwd: folder.path,
        env: PATH,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const up = launch('--port', '0', '--log-level', 'silent');
    expect(await once(createInterface({ input: up.stdout }), 'line')).toEqual([
      expect.stringMatching(/^ready http:\/\/127\.0\.0\.1:\d+$/),
    ]);
    let said = '';
    const saidSoon = (pattern: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const look = (text = ''): void => {
          said += text;
          if (pattern.test(said)) resolve();
        };
        up.stderr.on('data', look);
        look();
      });
    up.stderr.setEncoding('utf8');
    const configured = (settings: object) =>
      writeFile(join(folder.path, 'switchyard.config.json'), JSON.stringify(settings));
    await configured({ port: 1, arms: { mine: { type: 'process', command: ['true'] } } });
    up.kill('SIGHUP');
    // The port is a flag's here: what the file says of it changes nothing.
    await saidSoon(/configuration reloaded; arms added: mine\n/);
    await configured({ arms: { mine: { type: 'process', command: 'true' } } });
    up.kill('SIGHUP');
    await saidSoon(/not reloaded, the one before stays:\n[^]*\/arms\/mine\/command in .*was "true"/);
    await configured({});
    up.kill('SIGTERM');
    expect(await once(up, 'exit')).toEqual([0, null]);

    const squatter = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const port = portOf(squatter);
    const busy = launch('--port', String(port), '--log-level', 'silent');
    let message = '';
    busy.stderr.setEncoding('utf8').on('data', (text: string) => {
      message += text;
    });
    expect(await once(busy, 'close')).toEqual([1, null]);
    expect(message).toContain(`port ${port}`);
    expect(message).not.toMatch(/\n\s+at /);
    squatter.close();
  });
});

describe('without a server', { timeout: SLOW }, () => {
  it('a command starts one for itself and stops it again', async () => {
    await using folder = await testFolder();
    // A port where nobody is, and nobody comes.
    const env = { ...PATH, PORT: '1' };
    const run = async (...argv: string[]) => {
      const io = fakeIo({ cwd: folder.path, env });
      return { code: await main(argv, io), out: io.out(), err: io.err() };
    };
    const stored = await run('submit', 'say hello');
    expect(stored.code).toBe(0);
    expect(stored.err).toMatch(/starting one for this command[^]*once a server runs/);
    const id = stored.out.trim();
    expect(parsed((await run('task', id, '--json')).out)).toMatchObject({ task_id: id, status: 'pending' });
    const watched = await run('watch', id);
    expect([watched.code, watched.out]).toEqual([0, expect.stringContaining('task-completed')]);
    expect(await run('task', 'unknown')).toMatchObject({ code: 1, out: '' });
  });

  it('a worker has nothing to work for, and says so', async () => {
    await using folder = await testFolder();
    const io = fakeIo({ cwd: folder.path, env: PATH });
    expect(await main(['worker'], io)).toBe(1);
    expect(io.err()).toMatch(/no system runs on .*start one there \(switchyard up\)/);
  });

  it('an interrupted command stops what it started', async () => {
    await using folder = await testFolder();
    const io = fakeIo({ cwd: folder.path, env: { ...PATH, PORT: '1' } });
    const running = main(['submit', 'nightly', '--wait', '--json'], io);
    await io.saw(/starting one for this command/, 'err');
    io.send('SIGINT');
    expect(await running).toBe(130);
    expect(io.out()).toBe('');
  });
});
