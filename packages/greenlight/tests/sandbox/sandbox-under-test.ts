import type { Sandbox } from '../../src/sandbox/index.ts';

/** Gives the sandbox that a suite runs on; to be called inside a test. */
export type SandboxUnderTest = () => Sandbox;
