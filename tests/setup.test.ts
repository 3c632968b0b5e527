import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = dirname(import.meta.dirname);

/**
 * What stands in for npm: notes that it was called, then does what FAKE_NPM says. `install` makes what the lockfile lists,
 * slowly enough for a second set-up to arrive meanwhile.
 */
const fakeNpm = `
const { appendFileSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
if (process.env.FAKE_NPM === 'disk-full') {
  console.error('npm error code ENOSPC\\nnpm error\\nnpm error     at write (fs.js:1)\\nnpm error no space left on device');
  process.exit(228);
}
const install = () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  if (process.env.FAKE_NPM !== 'no-scripts') {
    mkdirSync('node_modules/node/bin', { recursive: true });
    writeFileSync('node_modules/node/bin/node', '');
  }
  const listed = Object.entries(packages).filter(([path]) => path.startsWith('node_modules/'));
  const installed = process.env.FAKE_NPM === 'passes-over' ? listed.filter(([, entry]) => !entry.optional) : listed;
  for (const [path] of installed) mkdirSync(path, { recursive: true });
  writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: Object.fromEntries(installed) }));
};
setTimeout(install, 600);
`;

const lockfile = {
  packages: {
    '': { devDependencies: { node: '24.0.0' } },
    'packages/one': { dependencies: { left: '1.0.0' } },
    'node_modules/node': { version: '24.0.0' },
    'node_modules/left': { version: '1.0.0' },
    'node_modules/binary': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
  },
};

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

describe('the set-up', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchyard-setup-'));
    await cp(join(root, 'scripts/setup.mjs'), join(folder, 'scripts/setup.mjs'));
    await cp(join(root, 'scripts/setup'), join(folder, 'scripts/setup'), { recursive: true });
    await mkdir(join(folder, 'packages/one'), { recursive: true });
    await writeFile(join(folder, 'npm-cli.js'), fakeNpm);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ devDependencies: { node: '24.0.0' } }));
    await writeFile(join(folder, 'packages/one/package.json'), JSON.stringify({ dependencies: { left: '1.0.0' } }));
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lockfile));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  function setUp(fake = 'install'): Promise<Ended> {
    const env = { PATH: process.env['PATH'], CI: 'true', npm_execpath: join(folder, 'npm-cli.js'), FAKE_NPM: fake };
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(folder, 'scripts/setup.mjs')], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, said }));
    });
  }

  async function npmCalls(): Promise<readonly string[]> {
    const calls = await readFile(join(folder, 'npm-calls'), 'utf8').catch(() => '');
    return calls.split('\n').filter((call) => call !== '');
  }

  it('installs once and then has nothing to do or to say', async () => {
    expect((await setUp()).code).toBe(0);
    expect(await setUp()).toEqual({ code: 0, said: '' });
    expect(await npmCalls()).toEqual([expect.stringContaining('install --no-save --include=dev')]);
  });

  it('installs again when a package asks for something else', async () => {
    await setUp();
    await writeFile(
      join(folder, 'packages/one/package.json'),
      JSON.stringify({ name: 'one', dependencies: { left: '1.1.0' } }),
    );
    const packages = {
      ...lockfile.packages,
      'packages/one': { dependencies: { left: '1.1.0' } },
      'node_modules/left': { version: '1.1.0' },
    };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
    expect((await setUp()).code).toBe(0);
    expect(await npmCalls()).toHaveLength(2);
  });

  it('accepts what was installed by hand', async () => {
    await setUp();
    await rm(join(folder, 'node_modules/.switchyard-stamp'));
    expect(await setUp()).toEqual({ code: 0, said: '' });
    expect(await npmCalls()).toHaveLength(1);
  });

  it('runs npm once when two start together, and leaves no lock', async () => {
    const both = await Promise.all([setUp(), setUp()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await npmCalls()).toHaveLength(1);
    const left = await readdir(join(folder, 'node_modules'));
    expect(left.filter((name) => name.startsWith('.switchyard-setup'))).toEqual([]);
  });

  it('takes over the lock of a set-up that died', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('close', resolve));
    await mkdir(join(folder, 'node_modules/.switchyard-setup'), { recursive: true });
    const owner = JSON.stringify({ pid: dead.pid, host: hostname() });
    await writeFile(join(folder, 'node_modules/.switchyard-setup/owner.json'), owner);
    expect((await setUp()).code).toBe(0);
    expect(await npmCalls()).toHaveLength(1);
  });

  it('refuses a lockfile that lacks what a package.json asks for, without running npm', async () => {
    await writeFile(join(folder, 'packages/one/package.json'), JSON.stringify({ dependencies: { left: '2.0.0' } }));
    const { code, said } = await setUp();
    expect(code).toBe(1);
    expect(said).toContain('left of packages/one/package.json');
    expect(said).toContain('Run `npm install`');
    expect(await npmCalls()).toEqual([]);
  });

  it('refuses an install that passed over a package made for this platform', async () => {
    const { code, said } = await setUp('passes-over');
    expect(code).toBe(1);
    expect(said).toContain('is not what package-lock.json lists: binary');
  });

  it('says that install scripts are off when the pinned Node is missing', async () => {
    const { code, said } = await setUp('no-scripts');
    expect(code).toBe(1);
    expect(said).toContain('npm rebuild node');
  });

  it('shows the last words of an npm that failed, without stack frames, and what to do', async () => {
    const { code, said } = await setUp('disk-full');
    expect(code).toBe(1);
    expect(said).toContain('The disk is full');
    expect(said).toContain('npm error no space left on device');
    expect(said).not.toContain('at write');
    expect((await setUp()).code).toBe(0);
  });
});
