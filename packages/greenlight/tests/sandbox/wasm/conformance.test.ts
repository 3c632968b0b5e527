import { createWasmSandbox } from '../../../src/sandbox/index.ts';
import { sandboxConformance } from '../conformance.ts';

sandboxConformance('wasm', () => createWasmSandbox({ maxConcurrent: 4, maxWaiting: 64 }));
