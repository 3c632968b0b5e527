import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { loadConfig } from '@switchyard/orchestrator/config';
import { describe, expect, it } from 'vitest';
import { checkArms } from '../../src/doctor/arms.ts';
import { checkDataDirectory } from '../../src/doctor/data-directory.ts';
import { checkDatabaseAddress } from '../../src/doctor/database-address.ts';
import { checkMachine, checkNode } from '../../src/doctor/machine.ts';
import { checkPython } from '../../src/doctor/python.ts';
import { checkServer } from '../../src/doctor/server.ts';
import { main } from '../../src/main.ts';
import { fakeIo } from '../support/fake-io.ts';
import { fakeServer, json } from '../support/fake-server.ts';
import { parsed } from '../support/json.ts';
import { portOf } from '../support/port-of.ts';
import { testFolder } from '../support/test-folder.ts';

const never = new AbortController().signal;
const PATH = { PATH: process.env['PATH'] ?? '' };

function answers(ready: boolean) {
  const timestamp = '2026-01-02T03:04:05.000Z';
  const parts = ['database', 'queue', 'reflex_layer', 'arms'];
  return fakeServer((request, response) => {
    if (request.url === '/health') json(response, 200, { status: 'healthy', timestamp, version: '0.1.0' });
    else {
      const checks = Object.fromEntries(parts.map((part) => [part, ready || part !== 'queue']));
      const details = Object.fromEntries(parts.map((part) => [part, `of ${part}`]));
      json(response, ready ? 200 : 503, { ready, checks, details, timestamp });
    }
  });
}

describe('doctor', () => {
  it('finds that all works here, for people and for programs', { timeout: 90_000 }, async () => {
    await using folder = await testFolder();
    const env = { ...PATH, PORT: '8' };
    const io = fakeIo({ cwd: folder.path, env });
    const code = await main(['doctor', '--json', '--data-dir', 'data'], io);
    const found = parsed(io.out());
    for (const name of ['node', 'data directory', 'python sandbox', 'javascript sandbox', 'database']) {
      expect(found).toHaveProperty('checks', expect.arrayContaining([expect.objectContaining({ name, status: 'ok' })]));
    }
    expect(found).toHaveProperty('healthy', code === 0);
    // What is found stands in one column, beside names of at most 18 characters.
    expect(io.out()).not.toMatch(/"name":"[^"]{19,}"/);
  });

  it('says what is wrong and what to do, and ends with 1', { timeout: 90_000 }, async () => {
    await using folder = await testFolder();
    await writeFile(join(folder.path, 'file'), '');
    const env = { ...PATH, DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/db' };
    const io = fakeIo({ cwd: folder.path, env });
    expect(await main(['doctor', '--data-dir', 'file/data', '--server', 'http://127.0.0.1:1'], io)).toBe(1);
    expect(io.out()).toMatch(/✗ data directory +.*\n {2}→ /);
    expect(io.out()).toMatch(/✗ database +[^]*\n {2}→ /);
    expect(io.out()).toMatch(/✗ server +none answers at http:\/\/127\.0\.0\.1:1/);
    expect(io.out() + io.err()).not.toContain('hunter2');
    expect(io.err()).toContain('something needed does not work');
  });
});

describe('a check', () => {
  it('of node wants 24 or later', () => {
    expect(checkNode('20.1.0').status).toBe('failed');
    expect(checkNode('20.1.0').advice).toContain('npm install');
    expect(checkNode('24.0.0').status).toBe('ok');
  });

  it('of Python fails only where one was named that does not work', async () => {
    const named = await checkPython({ ...PATH, PYTHON_WORKER_COMMAND: 'no-such-python' }, never);
    expect(named.status).toBe('failed');
    expect(named.advice).toContain('PYTHON_WORKER_COMMAND');
    expect(named.detail).toContain('no-such-python: ');
    const any = await checkPython(PATH, never);
    expect(['ok', 'skipped']).toContain(any.status);
    expect(any.detail).toMatch(/^3\.\d+\.\d+ at .*python3, with|"runtime": "python"/);
  });

  it('of the arms tells which program or module is missing, and nothing where none is run', async () => {
    await using folder = await testFolder();
    await writeFile(join(folder.path, 'mine.mjs'), 'export default async () => null;');
    const checked = (arms: object) => {
      const options = { env: {}, cwd: folder.path, readFile: () => JSON.stringify({ arms }) };
      return checkArms(loadConfig(options).config.arms, PATH);
    };
    const sound = { shell: { type: 'process', command: ['sh'] }, mine: { type: 'module', module: './mine.mjs' } };
    expect(checked({ greenlight: { concurrency: 2 } })).toEqual([]);
    expect(checked(sound)).toMatchObject([
      { name: 'arms', status: 'ok', detail: 'what they run is there: shell, mine' },
    ]);
    const [found] = checked({
      ...sound,
      lost: { type: 'process', command: ['no-such-program'] },
      gone: { type: 'module', module: './gone.mjs' },
    });
    expect(found).toMatchObject({ name: 'arms', status: 'failed' });
    expect(found?.detail.split('\n')).toEqual([
      'lost: no-such-program is not on the PATH',
      `gone: ${join(folder.path, 'gone.mjs')}: there is no such file or folder`,
    ]);
  });

  it('of the machine wants memory', () => {
    expect(checkMachine(100 * 1024 * 1024).status).toBe('failed');
    expect(checkMachine(2 ** 32).status).toBe('ok');
  });

  it('of the data directory says whether it is there', async () => {
    await using folder = await testFolder();
    expect((await checkDataDirectory(folder.path)).detail).toContain('not in use');
    expect((await checkDataDirectory(join(folder.path, 'a', 'b'))).detail).toContain('made at the first start');
  });

  it('of DATABASE_URL says whether anything takes connections there, and shows no password', async () => {
    await using folder = await testFolder();
    const socketPath = join(folder.path, '.s.PGSQL.5432');
    const onSocket = createServer((socket) => socket.destroy()).listen(socketPath);
    await once(onSocket, 'listening');
    const bySocket = await checkDatabaseAddress(
      `postgresql://u:hunter2@/db?host=${encodeURIComponent(folder.path)}`,
      never,
    );
    expect(bySocket.status).toBe('ok');
    expect(bySocket.detail).toContain(socketPath);
    onSocket.close();
    const onPort = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(onPort, 'listening');
    const url = `postgres://u:hunter2@127.0.0.1:${portOf(onPort)}/db`;
    expect((await checkDatabaseAddress(url, never)).status).toBe('ok');
    onPort.close();
    await once(onPort, 'close');
    const gone = await checkDatabaseAddress(url, never);
    expect(gone).toMatchObject({ status: 'failed', name: 'database' });
    expect(`${gone.detail}${gone.advice ?? ''}`).not.toContain('hunter2');
  });

  it('of the port tells a free one, a stranger and a Switchyard apart', async () => {
    const squatter = createServer((socket) => socket.end('hello\n', () => socket.destroy())).listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const port = portOf(squatter);
    const address = { host: '127.0.0.1', port };
    const url = `http://127.0.0.1:${port}`;
    const [taken] = await checkServer(url, address, never);
    expect(taken).toMatchObject({ name: 'port', status: 'failed' });
    squatter.close();
    await once(squatter, 'close');
    expect(await checkServer(url, address, never)).toMatchObject([
      { name: 'port', status: 'ok' },
      { name: 'server', status: 'skipped' },
    ]);
    await using page = await fakeServer((_, response) => response.end('<html>'));
    const [stranger] = await checkServer(page.url, address, never);
    expect(stranger?.status).toBe('failed');
    expect(stranger?.detail).toContain('no Switchyard');
    await using good = await answers(true);
    expect(await checkServer(good.url, address, never)).toMatchObject([
      { status: 'ok' },
      { name: 'server', status: 'ok' },
    ]);
    await using bad = await answers(false);
    expect(await checkServer(bad.url, address, never)).toMatchObject([
      { status: 'ok' },
      { status: 'failed', detail: 'not ready: queue: of queue' },
    ]);
  });
});
