import fc from 'fast-check';
import { z } from 'zod';
import type { JsonValue } from '../src/sandbox/port.ts';

/** Any JSON value, at most `maxDepth` levels deep; typed as the sandbox port types it. */
export function anyJson(maxDepth = 4): fc.Arbitrary<JsonValue> {
  return fc.json({ maxDepth }).map((text): JsonValue => z.json().parse(JSON.parse(text)));
}
