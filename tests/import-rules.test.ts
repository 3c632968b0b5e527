import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = dirname(import.meta.dirname);
const configuration = '.dependency-cruiser.cjs';

interface Violation {
  readonly rule: string;
  readonly from: string;
}

interface PlantedCase {
  readonly rule: string;
  /** Where the forbidden import stands. */
  readonly file: string;
  readonly source: string;
}

const orchestrator = 'packages/orchestrator/src';

/** What ARCHITECTURE.md allows, as a small tree: nothing in it may be refused. */
const allowedTree: Readonly<Record<string, string>> = {
  'packages/core/src/index.ts': `export * from './inside.ts';`,
  'packages/core/src/inside.ts': `import 'node:fs';`,
  'packages/core/testing/index.ts': `import '../src/index.ts';`,
  'packages/core/tests/inside.test.ts': `import '../src/inside.ts'; import '../testing/index.ts'; import './given.ts';`,
  'packages/core/tests/given.ts': '',
  'packages/reflex/src/index.ts': `import '@switchyard/core';`,
  'packages/reflex/tests/reflex.test.ts': `import '@switchyard/core/testing';`,
  'packages/greenlight/src/index.ts': `import '@switchyard/core';`,
  'packages/probe/src/index.ts': `import '@switchyard/core';`,
  'packages/study/src/index.ts': `import '@switchyard/core'; import '@switchyard/greenlight';`,
  [`${orchestrator}/contract/index.ts`]: `import 'zod'; export * from './wire.ts';`,
  [`${orchestrator}/contract/wire.ts`]: '',
  [`${orchestrator}/domain/task.ts`]: `import '../contract/wire.ts';`,
  [`${orchestrator}/ports/store.ts`]: `import '../domain/task.ts'; import '../contract/wire.ts'; import '@switchyard/core';`,
  [`${orchestrator}/app/submit.ts`]: `import '../ports/store.ts'; import '../domain/task.ts'; import '@switchyard/reflex';`,
  [`${orchestrator}/adapters/store.ts`]: `import '../app/submit.ts'; import '../ports/store.ts'; import 'node:net';`,
  [`${orchestrator}/http/server.ts`]: `import '../app/submit.ts'; import '../contract/wire.ts';`,
  [`${orchestrator}/main.ts`]: `import './adapters/store.ts'; import './main/api.ts'; import '@switchyard/probe'; import '@switchyard/study';`,
  [`${orchestrator}/main/api.ts`]: `import '../http/server.ts'; import '../adapters/store.ts'; import './base.ts';`,
  [`${orchestrator}/main/base.ts`]: '',
  [`${orchestrator}/index.ts`]: `export * from './main.ts'; import '@switchyard/greenlight';`,
  'packages/cli/src/index.ts': ['core', 'reflex', 'greenlight', 'probe', 'study', 'orchestrator']
    .map((name) => `import '@switchyard/${name}';`)
    .join('\n'),
  'packages/dashboard/src/index.ts': `import '@switchyard/orchestrator/contract';`,
};

/** At least one violation of each rule, each in a file of its own. */
const planted: readonly PlantedCase[] = [
  { rule: 'package-core', file: 'packages/core/src/planted-reflex.ts', source: `import '@switchyard/reflex';` },
  { rule: 'package-core', file: 'packages/core/tests/planted.test.ts', source: `import '@switchyard/probe';` },
  { rule: 'package-core', file: 'packages/core/testing/planted.ts', source: `import '@switchyard/probe';` },
  { rule: 'package-reflex', file: 'packages/reflex/src/planted.ts', source: `import '@switchyard/greenlight';` },
  { rule: 'package-greenlight', file: 'packages/greenlight/src/planted.ts', source: `import '@switchyard/reflex';` },
  { rule: 'package-probe', file: 'packages/probe/src/planted.ts', source: `import type {} from '@switchyard/study';` },
  { rule: 'package-study', file: 'packages/study/src/planted.ts', source: `import '@switchyard/orchestrator';` },
  { rule: 'package-orchestrator', file: `${orchestrator}/planted.ts`, source: `import '@switchyard/cli';` },
  { rule: 'package-cli', file: 'packages/cli/src/planted.ts', source: `import '@switchyard/dashboard';` },
  { rule: 'package-cli', file: 'packages/cli/bin/planted.js', source: `await import('@switchyard/dashboard');` },
  { rule: 'package-dashboard', file: 'packages/dashboard/src/planted.ts', source: `import '@switchyard/core';` },
  { rule: 'layer-contract', file: `${orchestrator}/contract/planted.ts`, source: `import '../domain/task.ts';` },
  { rule: 'layer-domain', file: `${orchestrator}/domain/planted.ts`, source: `import '../ports/store.ts';` },
  { rule: 'layer-ports', file: `${orchestrator}/ports/planted.ts`, source: `import '../app/submit.ts';` },
  { rule: 'layer-app', file: `${orchestrator}/app/planted.ts`, source: `import '../adapters/store.ts';` },
  { rule: 'layer-app', file: `${orchestrator}/app/planted-main.ts`, source: `import '../main.ts';` },
  { rule: 'layer-adapters', file: `${orchestrator}/adapters/planted.ts`, source: `import '../http/server.ts';` },
  { rule: 'layer-http', file: `${orchestrator}/http/planted.ts`, source: `import '../adapters/store.ts';` },
  {
    rule: 'no-circular',
    file: 'packages/core/src/planted-cycle-back.ts',
    source: `import type {} from './planted-cycle.ts';`,
  },
  { rule: 'no-deep-import', file: 'packages/reflex/src/planted-deep.ts', source: `import '../../core/src/inside.ts';` },
  { rule: 'no-deep-import', file: 'bench/planted-deep.ts', source: `import '../packages/core/src/inside.ts';` },
  { rule: 'no-deep-import', file: 'tests/planted-deep.test.ts', source: `import '../packages/core/src/inside.ts';` },
  {
    rule: 'dashboard-contract-only',
    file: 'packages/dashboard/src/planted-all.ts',
    source: `import '@switchyard/orchestrator';`,
  },
  {
    rule: 'contract-imports-nothing-of-ours',
    file: `${orchestrator}/contract/planted-core.ts`,
    source: `import '@switchyard/core';`,
  },
  { rule: 'domain-is-pure', file: `${orchestrator}/domain/planted-io.ts`, source: `import 'node:fs';` },
  { rule: 'domain-is-pure', file: `${orchestrator}/domain/planted-bare-io.ts`, source: `import 'fs';` },
  { rule: 'domain-is-pure', file: `${orchestrator}/domain/planted-npm.ts`, source: `import 'zod';` },
  { rule: 'domain-is-pure', file: `${orchestrator}/domain/planted-undeclared.ts`, source: `import 'fast-check';` },
  { rule: 'only-main-wires', file: `${orchestrator}/planted-wiring.ts`, source: `import './http/server.ts';` },
  { rule: 'parts-of-main', file: `${orchestrator}/planted-part.ts`, source: `import './main/api.ts';` },
  {
    rule: 'source-does-not-import-tests',
    file: 'packages/core/src/planted-testing.ts',
    source: `import '../testing/index.ts';`,
  },
  {
    rule: 'source-does-not-import-tests',
    file: 'packages/core/src/planted-tests.ts',
    source: `import '../tests/given.ts';`,
  },
  { rule: 'not-to-unresolvable', file: 'packages/core/src/planted-nowhere.ts', source: `import './nowhere.ts';` },
  {
    rule: 'not-to-unresolvable',
    file: 'packages/reflex/src/planted-unexported.ts',
    source: `import '@switchyard/core/src/inside.ts';`,
  },
];

/** The other half of the planted cycle, which is reported once, from the half above. */
const companions: Readonly<Record<string, string>> = {
  'packages/core/src/planted-cycle.ts': `import './planted-cycle-back.ts';`,
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The text under a path of keys, e.g. `textAt(violation, 'rule', 'name')`. */
function textAt(value: unknown, ...keys: readonly string[]): string {
  const found = keys.reduce((held: unknown, key) => (isRecord(held) ? held[key] : undefined), value);
  if (typeof found !== 'string')
    throw new TypeError(`there is no text at ${keys.join('.')} of ${JSON.stringify(value)}`);
  return found;
}

function listAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = keys.reduce((held: unknown, key) => (isRecord(held) ? held[key] : undefined), value);
  if (!Array.isArray(found)) throw new TypeError(`there is no list at ${keys.join('.')}`);
  return found;
}

function ruledFolders(folder: string): readonly string[] {
  return ['packages', 'bench', 'scripts', 'tests'].filter((name) => existsSync(join(folder, name)));
}

/** Runs dependency-cruiser as `npm run check` does. Its exit code is the number of violations, so only its JSON counts. */
async function violationsIn(folder: string): Promise<readonly Violation[]> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [program, '--config', configuration, '--output-type', 'json', ...ruledFolders(folder)];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`dependency-cruiser did not answer: ${stderr}`, { cause: error }));
    });
  });
  const result: unknown = JSON.parse(output);
  return listAt(result, 'summary', 'violations').map((violation) => ({
    rule: textAt(violation, 'rule', 'name'),
    from: textAt(violation, 'from'),
  }));
}

/** Writes a tree with the packages' manifests, each exporting what the real ones do, and links them as npm would. */
async function writeTree(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(folder, 'node_modules/@switchyard'), { recursive: true });
  for (const name of ['zod', 'fast-check', '@tsconfig']) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await cp(join(root, configuration), join(folder, configuration));
  await cp(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const [file, source] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `${source}\nexport {};\n`);
  }
  for (const name of new Set(Object.keys(files).flatMap((file) => /^packages\/([^/]+)\//.exec(file)?.[1] ?? []))) {
    const exports = {
      '.': './src/index.ts',
      './testing': './testing/index.ts',
      './contract': './src/contract/index.ts',
    };
    const manifest = { name: `@switchyard/${name}`, type: 'module', exports, dependencies: { zod: '*' } };
    await writeFile(join(folder, 'packages', name, 'package.json'), JSON.stringify(manifest));
    await symlink(join('../../packages', name), join(folder, 'node_modules/@switchyard', name));
  }
}

function configuredRules(): readonly string[] {
  const loaded: unknown = createRequire(import.meta.url)(join(root, configuration));
  return listAt(loaded, 'forbidden').map((rule) => textAt(rule, 'name'));
}

describe('the import rules', () => {
  let folder = '';
  let violations: readonly Violation[] = [];

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'switchyard-import-rules-')));
    const violating = Object.fromEntries(planted.map(({ file, source }) => [file, source]));
    await writeTree(folder, { ...allowedTree, ...companions, ...violating });
    violations = await violationsIn(folder);
  });

  afterAll(async () => {
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  it('have a planted violation each', () => {
    expect([...new Set(planted.map((plant) => plant.rule))].toSorted()).toEqual(configuredRules().toSorted());
  });

  it.each(planted.map(({ rule, file }) => [rule, file]))('%s refuses what is planted in %s', (rule, file) => {
    expect(violations).toContainEqual({ rule, from: file });
  });

  it('refuse nothing that the architecture allows', () => {
    expect(violations.filter(({ from }) => from in allowedTree)).toEqual([]);
  });

  it('hold in this repository', async () => {
    expect(await violationsIn(root)).toEqual([]);
  });
});
