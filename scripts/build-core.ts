// `node scripts/build-core.ts [--out DIRECTORY]`: builds @switchyard/core as it is published, into packages/core/dist, and checks it.
//
// The workspace runs core from its sources; what is published is JavaScript with declarations and a package.json of its own, so
// that nothing in the workspace has to point at a build. Publish with `npm publish packages/core/dist`.
//
// CORE_RUNTIMES names a folder with further runtimes to try it on, as `bun` and an older `node`: .ci/run installs them from npm.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isJsonObject, type JsonObject } from '@switchyard/core';

const root = dirname(import.meta.dirname);
const source = join(root, 'packages', 'core');
const bin = join(root, 'node_modules', '.bin');

/** A relative import in a declaration: tsc rewrites those of JavaScript only. */
const TS_IMPORT = /(\bfrom\s*|\bimport\(\s*)(["'])(\.{1,2}\/[^"']*)\.ts\2/g;
/** Throws with what the program said when it does not exit with 0. */
function run(command: string, args: readonly string[], cwd: string = root): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

function build(out: string): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  run(join(bin, 'tsc'), ['-p', join(source, 'tsconfig.build.json'), '--outDir', join(out, 'lib')]);
  for (const name of globSync('lib/**/*.d.ts', { cwd: out })) {
    const path = join(out, name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(TS_IMPORT, '$1$2$3.js$2'));
  }
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  cpSync(join(source, 'README.md'), join(out, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
}

/** The workspace's own, with the entry points of the build; the versions that were tested are the least that will do. */
function publishedManifest(): JsonObject {
  const manifest: unknown = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  if (!isJsonObject(manifest)) throw new Error('packages/core/package.json is no object');
  const { version = '', peerDependencies, peerDependenciesMeta } = manifest;
  const dependencies = manifest['dependencies'] ?? {};
  if (!isJsonObject(dependencies)) throw new Error('the dependencies of packages/core/package.json are no object');
  return {
    name: '@switchyard/core',
    version,
    description:
      'Queue, HTTP client with retry and circuit breaker, child-process runner, tracing: what does not lose your work',
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.19.0', bun: '>=1.2.0' },
    exports: { '.': { types: './lib/index.d.ts', default: './lib/index.js' }, './package.json': './package.json' },
    files: ['lib'],
    dependencies: Object.fromEntries(
      Object.entries(dependencies).map(([name, exact]) => [name, typeof exact === 'string' ? `^${exact}` : exact]),
    ),
    ...(peerDependencies === undefined ? {} : { peerDependencies }),
    ...(peerDependenciesMeta === undefined ? {} : { peerDependenciesMeta }),
    publishConfig: { access: 'public' },
  };
}

interface Check {
  readonly name: string;
  /** The program; the check is passed over where it is not installed. */
  readonly command: string;
  readonly args: readonly string[];
}

function checksOf(out: string, runtimes: string): readonly Check[] {
  const entry = join(out, 'lib', 'index.js');
  const smoke = [join(root, 'scripts', 'core-smoke.mjs'), entry];
  return [
    { name: 'runs on node', command: process.execPath, args: smoke },
    { name: 'runs on the other node', command: join(runtimes, 'node'), args: smoke },
    { name: 'runs on bun', command: join(runtimes, 'bun'), args: smoke },
    { name: 'publint', command: join(bin, 'publint'), args: ['run', out, '--strict'] },
    { name: 'attw', command: join(bin, 'attw'), args: ['--pack', out, '--profile', 'esm-only'] },
  ];
}

const { values } = parseArgs({ options: { out: { type: 'string', default: join(source, 'dist') } } });
const out = resolve(values.out);
try {
  build(out);
  console.log(`built        ${out}`);
  for (const { name, command, args } of checksOf(out, process.env['CORE_RUNTIMES'] ?? '')) {
    if (!existsSync(command)) {
      console.log(`passed over  ${name}: it is not installed`);
      continue;
    }
    run(command, args);
    console.log(`passed       ${name}`);
  }
} catch (error) {
  console.error(`build-core: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
