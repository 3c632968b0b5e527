import { describe, expect, it } from 'vitest';
import type { Language, Sandbox, SandboxStatus } from '../../src/sandbox/index.ts';
import { SandboxChoice, type SandboxDriver } from '../../src/sandbox/sandbox-choice.ts';
import { FakeSandbox } from '../../testing/index.ts';
import { call, job } from './jobs.ts';

const RAN = { status: 'ran', outcomes: [] } as const;
const PYTHON = job('python', '', [call('f')]);

class Native extends FakeSandbox {
  override status(): SandboxStatus {
    return { ...super.status(), refused: [{ language: 'rust', reason: 'none of /usr/bin/rustc is installed' }] };
  }
}

function choice(driver: SandboxDriver, native: readonly Language[] = ['python', 'javascript', 'c']) {
  const wasm = new FakeSandbox(() => RAN, ['python', 'javascript', 'typescript', 'sql']);
  const other = new Native(() => RAN, native);
  let opened = 0;
  const open = async (): Promise<Sandbox> => {
    opened += 1;
    return other;
  };
  return { wasm, native: other, sandbox: new SandboxChoice(driver, wasm, open), opened: () => opened };
}

describe('the choice of a sandbox', () => {
  it('wasm runs what it can, and what only the native driver knows goes there', async () => {
    const { sandbox, wasm, native, opened } = choice('wasm');
    await sandbox.run(PYTHON);
    expect([wasm.jobs.length, native.jobs.length, opened()]).toEqual([1, 0, 0]);
    await Promise.all([sandbox.run(job('c', '', [])), sandbox.run(job('c', '', []))]);
    expect([wasm.jobs.length, native.jobs.length, opened()]).toEqual([1, 2, 1]);
  });

  it('native and auto run natively what that driver knows, and the rest in wasm', async () => {
    for (const driver of ['native', 'auto'] as const) {
      const { sandbox, wasm, native } = choice(driver);
      await sandbox.run(PYTHON);
      await sandbox.run(job('sql', '', []));
      expect([wasm.jobs.length, native.jobs.length]).toEqual([1, 1]);
    }
  });

  it('what the native driver refuses is refused where native was asked for, and runs in wasm under auto', async () => {
    const refusing = choice('native', []);
    await expect(refusing.sandbox.run(PYTHON)).rejects.toMatchObject({ code: 'language_unsupported', kind: 'invalid' });
    expect(refusing.wasm.jobs).toEqual([]);
    const { sandbox, wasm } = choice('auto', []);
    await sandbox.run(PYTHON);
    expect(wasm.jobs).toHaveLength(1);
  });

  it('a language that nobody runs here is refused with the reason, and the status tells it', async () => {
    const { sandbox } = choice('wasm');
    await expect(sandbox.run(job('rust', '', []))).rejects.toThrow(
      'language "rust" cannot be run here (none of /usr/bin/rustc is installed); it may be one of: python,',
    );
    expect(sandbox.status().refused).toEqual([{ language: 'rust', reason: 'none of /usr/bin/rustc is installed' }]);
    expect(sandbox.languages).not.toContain('rust');
  });

  it('each driver tells what it runs and why not the rest, and is opened for that', async () => {
    const { sandbox, opened } = choice('wasm', ['python', 'c']);
    const [wasm, native] = await sandbox.drivers();
    expect(wasm).toMatchObject({ name: 'wasm', languages: ['python', 'javascript', 'typescript', 'sql'] });
    expect(wasm?.refused).toContainEqual({ language: 'c', reason: 'the wasm driver does not know it' });
    expect(native).toMatchObject({ name: 'native', languages: ['python', 'c'], problems: [] });
    expect(native?.refused).toContainEqual({ language: 'rust', reason: 'none of /usr/bin/rustc is installed' });
    expect(native?.refused.map(({ language }) => language)).not.toContain('python');
    await sandbox.drivers();
    expect(opened()).toBe(1);
  });

  it('nothing runs after it was closed', async () => {
    const { sandbox } = choice('auto');
    await sandbox.close();
    await expect(sandbox.run(PYTHON)).rejects.toMatchObject({ code: 'sandbox_fault' });
  });
});
