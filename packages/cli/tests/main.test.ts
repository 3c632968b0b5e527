import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { main } from '../src/index.ts';
import { fakeIo } from './support/fake-io.ts';
import { parsedLines } from './support/json.ts';

const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'switchyard.js');
const COMMANDS = [
  'up',
  'worker',
  'submit',
  'task',
  'tasks',
  'watch',
  'cancel',
  'retry',
  'grade',
  'demo',
  'doctor',
  'config',
];

async function run(...argv: string[]) {
  const io = fakeIo();
  return { code: await main(argv, io), out: io.out(), err: io.err() };
}

describe('the command line', () => {
  it('lists every command in its help, with examples first', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toMatch(/^Examples:\n/);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    expect(out).toContain('Exit status: 0 done');
  });

  it.each([[], ...COMMANDS.map((command) => [command]), ['schedules', 'add'], ['atoms', 'new'], ['reflex']])(
    'has a help that fits a terminal of 80 characters, but for examples that are to be copied: %s %s',
    async (...argv) => {
      const io = fakeIo({ terminal: { columns: 80 } });
      expect(await main([...argv, '--help'], io)).toBe(0);
      const wide = io
        .out()
        .split('\n')
        .filter((line) => line.length > 80 && !line.startsWith('  $ '));
      expect(wide).toEqual([]);
    },
  );

  it.each(COMMANDS)('%s has a help that begins with an example', async (command) => {
    const { code, out, err } = await run(command, '--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^Examples:\n {2}\\$ [^\n]*switchyard ${command}`));
  });

  it('prints its version', async () => {
    const { code, out, err } = await run('--version');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [[], /Usage: switchyard/],
    [['sumbit', 'x'], /unknown command 'sumbit'\n\(Did you mean submit\?\)/],
    [['tasks', '--stauts', 'failed'], /unknown option '--stauts'\n\(Did you mean --status\?\)/],
    [['task'], /missing required argument 'id'/],
    [['up', '--port'], /argument missing/],
    [['config'], /Usage: switchyard config/],
    [['config', 'lits'], /unknown command 'lits'/],
    [
      ['schedules', 'delete', 'nightly'],
      /there is no "schedules delete"; it may be: list, add, show, change, pause, resume, run, remove\n/,
    ],
    [['tasks', '--status', 'done'], /'done' is invalid. Allowed choices are pending, processing, completed, failed/],
    [['tasks', '--limit', '201'], /'201' is invalid. It may be a whole number from 1 to 200/],
    [['submit', 'x', '--max-time', 'long'], /'long' is invalid. It may be a number of seconds from 1 to 3600/],
  ])('%j is a wrong use: exit status 2, nothing on stdout', async (argv, message) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  it('tells all that is wrong with the configuration', async () => {
    const io = fakeIo({ env: { PORT: 'http', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://u:hunter2@h' } });
    expect(await main(['config', 'list'], io)).toBe(2);
    expect(io.err()).toMatch(/wrong in 3 places[^]*PORT \(environment\) was "http"[^]*DATABASE_URL[^]*LOG_LEVEL/);
    expect(io.err()).not.toContain('hunter2');
  });

  it('lists the configuration with where each value is from', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-cli-test-'));
    await writeFile(join(folder, 'switchyard.config.json'), '{"port": 8123}');
    const env = { DATABASE_URL: 'postgres://u:hunter2@h/db' };
    const io = fakeIo({ cwd: folder, env });
    expect(await main(['config', 'list'], io)).toBe(0);
    expect(io.out()).toMatch(/port +│ 8123 +│ project: /);
    expect(io.out()).toMatch(/host +│ "127\.0\.0\.1" +│ default/);
    expect(io.out()).not.toContain('hunter2');
    const machine = fakeIo({ cwd: folder, env });
    await main(['config', 'list', '--json'], machine);
    expect(parsedLines(machine.out())).toContainEqual({
      name: 'databaseUrl',
      value: 'postgres://u:***@h/db',
      origin: { from: 'environment', name: 'DATABASE_URL' },
    });
    await rm(folder, { recursive: true });
  });

  it('ends the process with the same status', async () => {
    const launch = promisify(execFile);
    const failed = await launch(process.execPath, [LAUNCHER, 'nope']).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    const { stdout } = await launch(process.execPath, [LAUNCHER, '--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
