// For tests of whatever uses the grader or the sandbox port.
export { anyJson } from './any-json.ts';
export { FakeSandbox } from './fake-sandbox.ts';
export type { GreenlightCall, GreenlightFault } from './misbehaving-greenlight.ts';
export { MisbehavingGreenlight } from './misbehaving-greenlight.ts';
export { ended, printed, raised, returned, tested, timedOut, valueOf } from './outcomes.ts';
