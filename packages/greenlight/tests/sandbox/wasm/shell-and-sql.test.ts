import { afterAll, beforeAll } from 'vitest';
import { createWasmSandbox, type Sandbox } from '../../../src/sandbox/index.ts';
import { shellAndSql } from '../conformance/shell-and-sql.ts';

let sandbox: Sandbox | undefined;
beforeAll(async () => {
  sandbox = await createWasmSandbox({ parkedAtLeast: 1, maxConcurrent: 2 });
});
afterAll(async () => sandbox?.close());

shellAndSql(() => {
  if (sandbox === undefined) throw new Error('the sandbox was not created');
  return sandbox;
});
