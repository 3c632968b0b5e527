// For tests of whatever uses the grader or the sandbox port.
export { FakeSandbox } from './fake-sandbox.ts';
export { ended, raised, returned, timedOut, valueOf } from './outcomes.ts';
