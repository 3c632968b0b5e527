import { afterEach } from 'vitest';
import { createNativeSandbox, type Sandbox, type SandboxPoolOptions } from '../../../src/sandbox/index.ts';

/** Opens native sandboxes for the tests of one suite, each of which is closed behind its test. */
export function openedSandboxes(): (options?: SandboxPoolOptions) => Promise<Sandbox> {
  const opened: Sandbox[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sandbox) => sandbox.close()));
  });
  return async (options = {}) => {
    const sandbox = await createNativeSandbox(options);
    opened.push(sandbox);
    return sandbox;
  };
}
