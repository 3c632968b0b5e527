/**
 * What can be stored: PostgreSQL's text and jsonb hold neither the NUL character nor half of a surrogate pair, JSON holds
 * no number beyond a double (`1e999` is read as Infinity), and a value nested without end is nobody's honest input.
 */
import { pointerToken } from '@switchyard/core';
import type { FieldError, JsonValue } from '../contract/index.ts';

export const MAX_DEPTH = 64;

/** Where `value` cannot be stored as it is; at most ten places, each with its JSON Pointer. */
export function unstorablePlaces(value: unknown, pointer = ''): FieldError[] {
  const found: FieldError[] = [];
  visit(value, pointer, 0, found);
  return found;
}

const PLACES_LIMIT = 10;

function visit(value: unknown, pointer: string, depth: number, found: FieldError[]): void {
  if (found.length >= PLACES_LIMIT) return;
  if (typeof value === 'string') {
    const fault = faultOf(value);
    if (fault !== null) found.push({ pointer, detail: fault });
    return;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    found.push({ pointer, detail: 'must be a number of at most about 1.8e308' });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH) {
    found.push({ pointer, detail: `is nested deeper than ${MAX_DEPTH} levels` });
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    const fault = Array.isArray(value) ? null : faultOf(key);
    if (fault !== null) found.push({ pointer, detail: `has a key that ${fault}` });
    visit(inner, `${pointer}/${pointerToken(key)}`, depth + 1, found);
  }
}

function faultOf(text: string): string | null {
  if (text.includes('\u0000')) return 'must not contain the NUL character';
  if (!text.isWellFormed()) return 'must not contain half of a surrogate pair';
  return null;
}

const TOO_DEEP = `(left out: nested deeper than ${MAX_DEPTH} levels)`;

/**
 * A copy of the value that can be stored: characters that cannot become U+FFFD, numbers that cannot null, what is nested too
 * deep a note. What is undefined is left out of objects; what else JSON does not have is null. For what arms answer, which must not
 * be lost over it.
 */
export function storable(value: unknown): JsonValue {
  return storableAt(value, 0);
}

function storableAt(value: unknown, depth: number): JsonValue {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= MAX_DEPTH) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((inner) => storableAt(inner, depth + 1));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, JsonValue][] =>
      inner === undefined ? [] : [[storableText(key), storableAt(inner, depth + 1)]],
    ),
  );
}

export function storableText(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}
