import { createCallGate, createInProcessRuntime } from '../../src/index.ts';
import { runtimeConformance } from './conformance.ts';

runtimeConformance({
  name: 'in process',
  open: (env) => createInProcessRuntime({ sources: { env, gate: createCallGate(), retry: { initialDelayMs: 20 } } }),
});
