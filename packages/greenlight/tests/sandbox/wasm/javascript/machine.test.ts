import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BoxVerdict } from '../../../../src/sandbox/harness/verdict.ts';
import { compileEngine } from '../../../../src/sandbox/wasm/javascript/engine.ts';
import { JavaScriptMachine } from '../../../../src/sandbox/wasm/javascript/machine.ts';
import { outputIn, outputRoom, prepareRoom } from '../../../../src/sandbox/wasm/output.ts';
import { assertion, call } from '../../jobs.ts';

const FOLDER = new URL('../../../../src/sandbox/harness/', import.meta.url);

describe('a JavaScript machine', () => {
  let module: Awaited<ReturnType<typeof compileEngine>>;
  let harness = '';
  let nodeModules = '';
  beforeAll(async () => {
    [module, harness, nodeModules] = await Promise.all([
      compileEngine(),
      readFile(new URL('harness.js', FOLDER), 'utf8'),
      readFile(new URL('node-modules.js', FOLDER), 'utf8'),
    ]);
  });

  async function machineWith(files: { [path: string]: string }, memoryMb = 256) {
    const machine = new JavaScriptMachine({ module, harness, nodeModules, stripsTypes: false });
    await machine.park(256);
    const entrypoint = Object.keys(files)[0] ?? '';
    const begun = await machine.answer({
      kind: 'begin',
      files,
      entrypoint,
      memoryMb,
      output: prepareRoom(outputRoom(), 1),
    });
    const step = async (of: ReturnType<typeof call>, limitMs = 2000): Promise<BoxVerdict & { stdout: string }> => {
      const output = prepareRoom(outputRoom(), 1);
      const verdict = await machine.answer({ kind: 'step', step: of, limitMs, output });
      return { ...verdict, stdout: outputIn(output).stdout };
    };
    return { machine, begun, step };
  }

  it('answers step by step, each in a context of its own', async () => {
    const { begun, step } = await machineWith({
      'a.js': 'let n = 0\nconst f = (x) => { console.log(x); return (n += x) }',
    });
    expect(begun).toEqual({ kind: 'began' });
    for (let round = 0; round < 4; round += 1) {
      expect(await step(call('f', 2))).toEqual({ kind: 'returned', value: { type: 'float', value: 2 }, stdout: '2\n' });
    }
    expect(await step(call('g'))).toMatchObject({ kind: 'raised', error: { type: 'ReferenceError' } });
    expect(await step(call('n'))).toMatchObject({ kind: 'raised', error: { message: '"n" is not a function' } });
  });

  it('prepares contexts only while it waits for its job', async () => {
    const machine = new JavaScriptMachine({ module, harness, nodeModules, stripsTypes: false });
    expect(machine.prepare()).toBe(false);
    await machine.park(64);
    let prepared = 0;
    while (machine.prepare()) prepared += 1;
    expect(prepared).toBe(3);
    expect(
      await machine.answer({ kind: 'step', step: call('f'), limitMs: 1, output: prepareRoom(outputRoom(), 1) }),
    ).toMatchObject({
      kind: 'lost',
    });
  });

  it('says where a file does not compile', async () => {
    expect((await machineWith({ 'a.js': '', 'b.js': 'let 1' })).begun).toMatchObject({
      kind: 'syntax-error',
      error: { file: 'b.js', line: 1 },
    });
    expect((await machineWith({ 'a.js': 'export const f = (', 'notes.txt': '((((' })).begun).toMatchObject({
      kind: 'syntax-error',
      error: { file: 'a.js' },
    });
  });

  it('code too deep to be compiled is an error of the submission', async () => {
    const { begun, step } = await machineWith({ 'a.js': `x = ${'['.repeat(100_000)}` });
    expect(begun).toMatchObject({ kind: 'raised', error: { type: 'RangeError' } });
    expect(await step(call('f'))).toMatchObject({ kind: 'raised' });
  });

  it('interrupts itself at the limit and knows the line', async () => {
    const { step } = await machineWith({
      'a.js': 'function f() {\n  let n = 0\n  for (;;) n++\n}\nasync function g() {\n  for (;;) await 1\n}',
    });
    expect(await step(call('f'), 50)).toMatchObject({ kind: 'timed-out', line: 3 });
    expect(await step(call('g'), 50)).toMatchObject({ kind: 'timed-out' });
    expect(await step(assertion('assert.ok(1)'))).toMatchObject({ kind: 'returned' });
  });

  it('ends floods and out-of-memory, and goes on with another engine', async () => {
    const source =
      'const f = () => { for (;;) console.log("x".repeat(1e6)) }\nconst g = () => { const a = []; for (;;) a.push(new Array(1e4).fill(a.length)) }';
    const { step } = await machineWith({ 'a.js': source }, 64);
    expect(await step(call('f'))).toMatchObject({ kind: 'output-limit' });
    expect(await step(call('g'), 10_000)).toMatchObject({ kind: 'out-of-memory' });
    expect(await step(assertion('assert.equal(typeof f, "function")'))).toMatchObject({ kind: 'returned' });
  });

  it('finds functions where CommonJS and ES modules put them', async () => {
    const single = await machineWith({ 'a.js': 'module.exports = function double(x) { return 2 * x }' });
    expect(await single.step(call(undefined, 2))).toMatchObject({ value: { value: 4 } });
    expect(await single.step(call('double', 2))).toMatchObject({ value: { value: 4 } });
    const named = await machineWith({ 'a.js': "exports.f = (x) => require('./b').k + x", 'b.js': 'exports.k = 1' });
    expect(await named.step(call('f', 2))).toMatchObject({ value: { value: 3 } });
    const module = await machineWith({
      'a.js': "import k from './b.json.js'\nexport default 1\nexport const f = (x) => k + x",
      'b.json.js': 'export default 5',
    });
    expect(await module.step(call(undefined, 2))).toMatchObject({ value: { value: 7 } });
    expect(await module.step(assertion('assert.equal(f(1), 6)'))).toMatchObject({ kind: 'returned' });
    const none = await machineWith({ 'a.js': 'export const k = 1' });
    expect(await none.step(call(undefined))).toMatchObject({
      kind: 'raised',
      error: { message: 'the entry file defines no function' },
    });
  });
});
