import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as core from '@switchyard/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const execute = promisify(execFile);
let out = '';
let said = '';

beforeAll(async () => {
  // Within the workspace, so that what core depends on is found.
  const cache = join(ROOT, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  out = await mkdtemp(join(cache, 'build-core-'));
  const { stdout } = await execute(process.execPath, [join(ROOT, 'scripts', 'build-core.ts'), '--out', out]);
  said = stdout;
}, 120_000);
afterAll(() => rm(out, { recursive: true, force: true }));

describe('what is published of @switchyard/core', () => {
  it('runs, and passes every check that is installed', () => {
    expect(said).toContain('passed       runs on node');
    expect(said).not.toMatch(/failed/i);
  });

  it('exports what the sources export', async () => {
    const entry = join(out, 'lib', 'index.js');
    const list = `console.log(JSON.stringify(Object.keys(await import(process.argv.at(-1)))))`;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', list, entry]);
    expect(JSON.parse(stdout)).toEqual(Object.keys(core).toSorted());
  });

  it('names no source file in its declarations, and holds no test', async () => {
    const files = await readdir(join(out, 'lib'), { recursive: true });
    const declarations = files.filter((name) => name.endsWith('.d.ts'));
    const texts = await Promise.all(declarations.map((name) => readFile(join(out, 'lib', name), 'utf8')));
    expect(declarations.length).toBeGreaterThan(20);
    expect(texts.filter((text) => /(?:from|import\()\s*["']\.[^"']*\.ts["']/.test(text))).toEqual([]);
    expect(files.filter((name) => /test/i.test(name))).toEqual([]);
  });
});
