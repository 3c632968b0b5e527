import { describe } from 'vitest';
import { createNativeSandbox } from '../../../src/sandbox/index.ts';
import { sandboxConformance } from '../conformance.ts';
import { missingHere } from './missing-here.ts';

const missing = await missingHere('python', 'javascript', 'typescript', 'bash', 'c');

describe.skipIf(missing !== '')(`native boxes${missing}`, () => {
  sandboxConformance('native', () => createNativeSandbox({ maxConcurrent: 4, maxWaiting: 64 }));
});
