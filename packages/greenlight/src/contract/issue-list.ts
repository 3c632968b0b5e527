import { jsonPointer } from '@switchyard/core';
import type { z } from 'zod';
import type { Issue } from './invalid-atom.ts';

const SHOWN_CHARACTERS = 60;

export type Path = readonly (string | number)[];

/** A value and where the sender wrote it. `undefined` stands for a field that is not there. */
export interface Located {
  readonly value: unknown;
  readonly path: Path;
}

/**
 * Gathers what is wrong while a document is read on, so that its author sees all of it at once.
 *
 * Every schema read here words its messages as what the field may be ("a whole number from 1 to 60000"); the list puts
 * what it was in front of that.
 */
export class IssueList {
  readonly #issues: Issue[] = [];

  get issues(): readonly Issue[] {
    return this.#issues;
  }

  add(path: Path, detail: string): void {
    this.#issues.push({ pointer: jsonPointer(path), detail });
  }

  /** Notes that the value is not what it may be. */
  refuse(located: Located, may: string): void {
    const was = located.value === undefined ? 'is missing' : `was ${show(located.value)}`;
    this.add(located.path, `${was}; it may be ${may}`);
  }

  /** The value as the schema reads it; `fallback` when it does not, with the issues noted. */
  read<T>(located: Located, schema: z.ZodType<T>, fallback: T): T {
    const parsed = schema.safeParse(located.value);
    if (parsed.success) {
      return parsed.data;
    }
    for (const issue of parsed.error.issues) {
      const inner = issue.path.filter((step) => typeof step !== 'symbol');
      this.refuse({ value: valueAt(located.value, inner), path: [...located.path, ...inner] }, issue.message);
    }
    return fallback;
  }

  /** As `read`, for a field that may be left out (or null). */
  readOptional<T>(located: Located, schema: z.ZodType<T>): T | undefined {
    if (located.value === undefined) {
      return undefined;
    }
    return this.read<T | undefined>(located, schema, undefined);
  }
}

/** What lies under a name; null counts as nothing, since some clients send it for a field they leave out. */
export function at(parent: Located, ...names: readonly (string | number)[]): Located {
  return { value: valueAt(parent.value, names) ?? undefined, path: [...parent.path, ...names] };
}

/** The first of several places that holds something; the first place of all when none does. */
export function firstOf(first: Located, ...others: readonly Located[]): Located {
  return [first, ...others].find((place) => place.value !== undefined) ?? first;
}

/** A value in few characters, for a message. Looks at no more than its surface, so that any size and depth is safe. */
export function show(value: unknown): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  }
  if (isRecord(value)) {
    const keys = Object.keys(value);
    return keys.length === 0 ? 'an empty object' : `an object with ${shorten(keys.slice(0, 10).join(', '))}`;
  }
  return typeof value === 'string' ? JSON.stringify(shorten(value)) : String(value);
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, path: Path): unknown {
  let current: unknown = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) {
      return undefined;
    }
    current = Reflect.get(current, step);
  }
  return current;
}
