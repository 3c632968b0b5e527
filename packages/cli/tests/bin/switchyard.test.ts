import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const launcher = join(import.meta.dirname, '../../bin/switchyard.js');

/** Makes a process believe that it runs on an older Node; the one that it starts does not inherit this. */
const asOldNode = `--import=data:text/javascript,${encodeURIComponent(
  `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } });`,
)}`;

/** A command that does what its first argument says. */
const commandSource = `
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'die') process.kill(process.pid, 'SIGKILL');
  if (argv[0] === 'wait') {
    const ended = new Promise<number>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        process.once(signal, () => {
          process.stdout.write(signal);
          resolve(9);
          clearInterval(timer);
        });
      }
    });
    const timer = setInterval(() => {}, 1_000);
    process.stdout.write('ready ');
    return ended;
  }
  process.stdout.write(JSON.stringify(argv));
  return argv.length;
}
`;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the launcher', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchyard-launcher-'));
    await mkdir(join(folder, 'packages/cli/src'), { recursive: true });
    await cp(launcher, join(folder, 'packages/cli/bin/switchyard.js'));
    await writeFile(join(folder, 'packages/cli/package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(join(folder, 'packages/cli/src/main.ts'), commandSource);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function install(): Promise<void> {
    await mkdir(join(folder, 'node_modules/@switchyard/core'), { recursive: true });
    await mkdir(join(folder, 'node_modules/node/bin'), { recursive: true });
    await symlink(process.execPath, join(folder, 'node_modules/node/bin/node'));
  }

  function launch(
    nodeOptions: readonly string[],
    args: readonly string[],
    started?: (child: ChildProcess) => void,
  ): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [...nodeOptions, join(folder, 'packages/cli/bin/switchyard.js'), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        if (stdout === 'ready ') started?.(child);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
  }

  describe.each([
    ['Node 24 or later', []],
    ['an older Node', [asOldNode]],
  ])('on %s', (_, nodeOptions) => {
    it('hands over the arguments, exits with the command’s code and prints nothing of its own', async () => {
      await install();
      expect(await launch(nodeOptions, ['a b', '--c'])).toEqual({
        code: 2,
        signal: null,
        stdout: '["a b","--c"]',
        stderr: '',
      });
    });

    it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('lets the command end on its own terms at %s', async (signal) => {
      await install();
      const ended = await launch(nodeOptions, ['wait'], (child) => child.kill(signal));
      expect(ended).toEqual({ code: 9, signal: null, stdout: `ready ${signal}`, stderr: '' });
    });

    it('ends by the signal that ended the command', async () => {
      await install();
      expect((await launch(nodeOptions, ['die'])).signal).toBe('SIGKILL');
    });

    it('asks for npm install where nothing is installed', async () => {
      const { code, stdout, stderr } = await launch(nodeOptions, []);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toContain('npm install');
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    });
  });
});
