import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModuleArm } from '../../../src/adapters/arms/module-arm.ts';
import { ARM_SETTINGS } from '../../../src/contract/index.ts';
import { makeWork } from '../../../testing/index.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'swy-module-arm-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const CONTRACT = { name: 'mine', screening: 'enforce', checkInput: () => [] } as const;

async function openModule(name: string, source: string) {
  const module = join(folder, name);
  await writeFile(module, source);
  return openModuleArm(CONTRACT, ARM_SETTINGS.module.parse({ type: 'module', module }), 3);
}

describe('the module arm', () => {
  it('runs the function that a module exports', async () => {
    const count = await openModule('count.mjs', 'export default async ({ attempt }) => ({ attempt });');
    expect(await count.run(makeWork({ attempt: 4 }))).toEqual({ result: { attempt: 4 }, costUsd: null });
    expect(count).toMatchObject({ name: 'mine', concurrency: 3 });
  });

  it('takes up a module that was changed when it is opened again; one at work stays as it was', async () => {
    const first = await openModule('again.mjs', 'export default () => 1;');
    await rm(join(folder, 'again.mjs'));
    const second = await openModule('again.mjs', 'export default () => 2;');
    expect([(await first.run(makeWork())).result, (await second.run(makeWork())).result]).toEqual([1, 2]);
  });

  it('answers null for nothing, and fails for good on what is no JSON', async () => {
    const nothing = await openModule('nothing.mjs', 'export default () => undefined;');
    expect((await nothing.run(makeWork())).result).toBeNull();
    const cycle = await openModule('wrong.mjs', 'export default () => ({ then: 1n });');
    await expect(cycle.run(makeWork())).rejects.toMatchObject({ code: 'arm_answer_invalid', kind: 'terminal' });
  });

  it('fails for good on an answer that is endless or too large', async () => {
    const circle = await openModule('circle.mjs', 'export default () => { const a = {}; a.a = a; return a; };');
    await expect(circle.run(makeWork())).rejects.toMatchObject({ code: 'arm_answer_invalid' });
    const huge = await openModule('huge.mjs', 'export default () => "x".repeat(17 * 1048576);');
    await expect(huge.run(makeWork())).rejects.toMatchObject({ code: 'arm_answer_too_large', kind: 'terminal' });
  });

  it('is refused when there is no such module, it does not load, or exports no function', async () => {
    const missing = ARM_SETTINGS.module.parse({ type: 'module', module: join(folder, 'missing.ts') });
    await expect(openModuleArm(CONTRACT, missing, 1)).rejects.toMatchObject({ code: 'arm_configuration_invalid' });
    await expect(openModule('broken.mjs', 'export default (')).rejects.toThrow('cannot be loaded');
    await expect(openModule('number.mjs', 'export default 5;')).rejects.toThrow('no function as its default export');
  });
});
