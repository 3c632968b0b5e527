import { expect } from 'vitest';

/** vitest's asymmetric matchers are typed `any`, which would hide what stands around them. */
export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** As `expect.objectContaining`. */
export function holding(fields: Readonly<Record<string, unknown>>): unknown {
  return expect.objectContaining(fields);
}
