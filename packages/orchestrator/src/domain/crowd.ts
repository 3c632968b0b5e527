/** How much a body may hold: what no reader could look through is refused before anything looks at each of its members. */
import { pointerToken } from '@switchyard/core';
import type { FieldError } from '../contract/index.ts';
import { MAX_DEPTH } from './storable.ts';

/** As many texts as the screen takes in one piece. */
export const MEMBERS_LIMIT = 50_000;
/** A task in a batch begins one level down. */
const DEPTH_LIMIT = MAX_DEPTH + 1;

interface Place {
  readonly value: object;
  readonly pointer: string;
  readonly depth: number;
}

/**
 * Where the value goes over `limit` members and elements in all, or is nested so deep that what goes down by recursion would
 * not come back; null when it does neither.
 */
export function crowdedPlace(value: unknown, limit = MEMBERS_LIMIT): FieldError | null {
  let count = 0;
  const waiting: Place[] = isContainer(value) ? [{ value, pointer: '', depth: 0 }] : [];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { value: container, pointer, depth } = place;
    if (depth > DEPTH_LIMIT) return { pointer, detail: `is nested deeper than ${MAX_DEPTH} levels` };
    count += Array.isArray(container) ? container.length : Object.keys(container).length;
    if (count > limit) {
      return { pointer, detail: `the body holds more than ${limit} members and elements up to here; send it in parts` };
    }
    for (const [key, inner] of Object.entries(container)) {
      if (isContainer(inner))
        waiting.push({ value: inner, pointer: `${pointer}/${pointerToken(key)}`, depth: depth + 1 });
    }
  }
  return null;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
