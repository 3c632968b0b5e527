/** What is wrong with a value that a schema refuses: each place with its JSON Pointer (RFC 6901), what it must be and what it was. */
import { jsonPointer } from '@switchyard/core';
import type { z } from 'zod';

export interface SchemaProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** Whoever mends a document mends the first ones first. */
const MOST_PROBLEMS = 20;
const SHOWN_CHARACTERS = 60;

export function schemaProblems({ issues }: z.ZodError, value: unknown): SchemaProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, value)).slice(0, MOST_PROBLEMS);
}

/** One problem for each place; unknown keys each at their own. */
function problemsOf(issue: z.core.$ZodIssue, value: unknown): SchemaProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: jsonPointer([...issue.path, key]),
      detail: 'is not known here; remove it',
    }));
  }
  const was = valueAt(value, issue.path);
  const pointer = jsonPointer(issue.path);
  if (was === undefined && issue.path.length > 0) return [{ pointer, detail: `is missing: ${expectation(issue)}` }];
  return [{ pointer, detail: `${expectation(issue)}; it was ${shown(was)}` }];
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${/^[aeio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected === 'int' ? 'integer' : issue.expected}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.join(', ')}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return issue.minimum === 1 && issue.origin === 'string'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'invalid_format':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'custom':
      return issue.message;
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

/** A long text is told by its length: its content may be anything, secrets too. */
function shown(value: unknown): string {
  if (typeof value === 'string' && value.length > SHOWN_CHARACTERS) return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value) ?? 'missing';
}
