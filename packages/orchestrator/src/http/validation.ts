/** Bodies and queries against their zod schemas; what is wrong becomes a field with what it was and what it may be. */
import { isJsonObject, jsonPointer } from '@switchyard/core';
import type { z } from 'zod';
import { RequestInvalid } from '../app/errors.ts';
import type { FieldError } from '../contract/index.ts';
import { crowdedPlace } from '../domain/crowd.ts';
import { shownValue } from '../domain/shown-value.ts';
import { unstorablePlaces } from '../domain/storable.ts';

/** A reader mends the first ones first. */
const ERRORS_LIMIT = 20;

/**
 * @param part a field of the body is told by its JSON Pointer, a query parameter by its name
 * @throws RequestInvalid
 */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  part: 'body' | 'query' = 'body',
): z.output<Schema> {
  // Before zod, which goes down by recursion and looks at each member.
  const crowded = crowdedPlace(value);
  if (crowded !== null) throw new RequestInvalid([crowded]);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => fieldErrorsOf(issue, value)).slice(0, ERRORS_LIMIT);
  throw new RequestInvalid(
    part === 'body' ? errors : errors.map(({ pointer, detail }) => ({ pointer: pointer.slice(1), detail })),
  );
}

function fieldErrorsOf(issue: z.core.$ZodIssue, value: unknown): FieldError[] {
  const pointer = jsonPointer(issue.path);
  const was = valueAt(value, issue.path);
  if (issue.code === 'invalid_union') {
    // Of what JSON can say, only a number too large for a double is no JSON value of ours.
    const places = unstorablePlaces(was, pointer);
    if (places.length > 0) return places;
  }
  if (was === undefined && issue.path.length > 0) return [{ pointer, detail: `is missing: ${expectation(issue)}` }];
  // Fastify hands on null where there is no body.
  if (was === null && issue.path.length === 0) {
    return [{ pointer, detail: `${expectation(issue)}; there was none, or it was null` }];
  }
  return [{ pointer, detail: `${expectation(issue)}; it was ${shownValue(was)}` }];
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.join(', ')}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'invalid_format':
      return issue.format === 'regex' ? issue.message : `must be a valid ${FORMATS[issue.format] ?? issue.format}`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return issue.message;
  }
}

const FORMATS: { readonly [format: string]: string } = {
  uuid: 'UUID',
  datetime: 'time with offset, as 2026-01-31T09:00:00Z',
};

function article(expected: string): string {
  const names: { readonly [type: string]: string } = { int: 'whole number', record: 'object' };
  const name = names[expected] ?? expected;
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}

function unitOf(origin: string, count: number | bigint): string {
  const isOne = Number(count) === 1;
  if (origin === 'string') return isOne ? ' character long' : ' characters long';
  if (origin === 'array') return isOne ? ' entry long' : ' entries long';
  return '';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const step of path) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isJsonObject(current)) current = Object.hasOwn(current, step) ? current[String(step)] : undefined;
    else return undefined;
  }
  return current;
}
