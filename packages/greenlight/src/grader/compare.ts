/**
 * Compares what a call returned with what its author expected, outside the box, by structure.
 *
 * 1. Numbers by value (`numbers.ts`); a boolean is never a number; a string is never a number.
 * 2. A JSON array equals a list or a tuple, item by item; `$list` and `$tuple` only their own kind. Never a set.
 * 3. Sets in any order; maps by key in any order. A map's entry that holds undefined counts as absent.
 * 4. null and undefined differ. An opaque value (a function, an instance) equals nothing.
 * 5. Items of sets are tried with each other for so long (`MOST_TRIES`); what is not found equal by then is not equal.
 */

import type { Expected } from '../contract/expected.ts';
import type { Value } from '../sandbox/port.ts';
import { matchUnordered } from './match-unordered.ts';
import { type Numeric, sameNumber } from './numbers.ts';

/** The first place where the two part. `expected` or `actual` is absent where one side has nothing there. */
export interface Difference {
  /** From the returned value to the place, as `[2]["name"]`; empty for the value itself. */
  readonly path: string;
  readonly reason: 'type' | 'value' | 'length' | 'missing' | 'extra';
  readonly expected?: Expected;
  readonly actual?: Value;
}

/**
 * Values compared until items of sets are no longer tried with each other: some tenths of a second. Sets of sets of floats, all a little off,
 * would take minutes; what is compared once only never comes to so many.
 */
const MOST_TRIES = 1_000_000;
/** Digits of an integer that cost as much as a value. */
const DIGITS_A_TRY = 16;

/** What holds for all of one comparison. */
interface Terms {
  readonly tolerance: number | undefined;
  /** The text by which items of sets and keys of maps are looked up, made once for each. */
  readonly keyOf: (value: Expected | Value) => string;
  /** Counts values that were compared, whatever they are in. */
  readonly spend: (values: number) => void;
  readonly isSpent: () => boolean;
}

function termsOf(tolerance: number | undefined): Terms {
  const keys = new WeakMap<Expected | Value, string>();
  let tries = 0;
  return {
    tolerance,
    keyOf: (value) => {
      const known = keys.get(value);
      if (known !== undefined) return known;
      const key = canonicalKey(value);
      keys.set(value, key);
      return key;
    },
    spend: (values) => {
      tries += values;
    },
    isSpent: () => tries > MOST_TRIES,
  };
}

/** The first difference, or undefined when they are equal. Recursion ends with the expected value, which is bounded. */
export function firstDifference(expected: Expected, actual: Value, tolerance?: number): Difference | undefined {
  return compareAt('', expected, actual, termsOf(tolerance));
}

function compareAt(path: string, expected: Expected, actual: Value, terms: Terms): Difference | undefined {
  const { tolerance } = terms;
  terms.spend(1);
  const differ = (reason: Difference['reason']): Difference => ({ path, reason, expected, actual });
  switch (expected.type) {
    case 'null':
    case 'undefined':
      return expected.type === actual.type ? undefined : differ('type');
    case 'boolean':
    case 'string':
    case 'bytes':
      if (expected.type !== actual.type) {
        return differ('type');
      }
      return expected.value === actual.value ? undefined : differ('value');
    case 'number':
    case 'integer':
    case 'float':
      if (actual.type !== 'integer' && actual.type !== 'float') {
        return differ('type');
      }
      terms.spend(digitsOf(expected) + digitsOf(actual));
      return sameNumber(expected, actual, tolerance) ? undefined : differ('value');
    case 'sequence':
    case 'list':
    case 'tuple':
      if (actual.type !== 'list' && actual.type !== 'tuple') {
        return differ('type');
      }
      if (expected.type !== 'sequence' && expected.type !== actual.type) {
        return differ('type');
      }
      return compareItems(path, expected, actual, terms);
    case 'set':
      return actual.type === 'set' ? compareSets(path, expected, actual, terms) : differ('type');
    case 'map':
      return actual.type === 'map' ? compareMaps(path, expected, actual, terms) : differ('type');
  }
}

/** What reading an integer costs, which is done each time. */
function digitsOf({ type, value }: Numeric): number {
  return type === 'integer' ? Math.floor(value.length / DIGITS_A_TRY) : 0;
}

type Items<T> = { readonly items: readonly T[] };

function compareItems(
  path: string,
  expected: Expected & Items<Expected>,
  actual: Value & Items<Value>,
  terms: Terms,
): Difference | undefined {
  for (const [index, item] of expected.items.entries()) {
    const other = actual.items[index];
    if (other === undefined) {
      break;
    }
    const difference = compareAt(`${path}[${index}]`, item, other, terms);
    if (difference !== undefined) {
      return difference;
    }
  }
  return expected.items.length === actual.items.length ? undefined : { path, reason: 'length', expected, actual };
}

function compareSets(
  path: string,
  expected: Expected & Items<Expected>,
  actual: Value & Items<Value>,
  terms: Terms,
): Difference | undefined {
  const equal = (left: Expected, right: Value): boolean =>
    !terms.isSpent() && compareAt('', left, right, terms) === undefined && !terms.isSpent();
  terms.spend(expected.items.length + actual.items.length);
  const { missing, extra } = matchUnordered(expected.items, actual.items, terms.keyOf, equal);
  const [lost] = missing;
  if (lost !== undefined) {
    return { path, reason: 'missing', expected: lost };
  }
  const [surplus] = extra;
  return surplus === undefined ? undefined : { path, reason: 'extra', actual: surplus };
}

type Entries<T> = { readonly entries: readonly (readonly [T, T])[] };

function compareMaps(
  path: string,
  expected: Expected & Entries<Expected>,
  actual: Value & Entries<Value>,
  terms: Terms,
): Difference | undefined {
  terms.spend(expected.entries.length + actual.entries.length);
  const found = new Map(present(actual.entries).map(([key, value]) => [terms.keyOf(key), { key, value }]));
  for (const [key, value] of present(expected.entries)) {
    const name = terms.keyOf(key);
    const other = found.get(name);
    if (other === undefined) {
      return { path, reason: 'missing', expected: key };
    }
    found.delete(name);
    const difference = compareAt(`${path}[${keyInPath(key)}]`, value, other.value, terms);
    if (difference !== undefined) {
      return difference;
    }
  }
  const [surplus] = found.values();
  return surplus === undefined ? undefined : { path, reason: 'extra', actual: surplus.key };
}

function present<T extends Expected | Value>(entries: readonly (readonly [T, T])[]): (readonly [T, T])[] {
  return entries.filter(([, value]) => value.type !== 'undefined');
}

function keyInPath(key: Expected): string {
  return 'value' in key ? JSON.stringify(key.value) : '…';
}

/** The same text for values that could be equal in a set or as a key: kinds of number and of sequence fall together. */
export function canonicalKey(value: Expected | Value): string {
  switch (value.type) {
    case 'null':
    case 'undefined':
      return value.type;
    case 'number':
    case 'integer':
    case 'float':
      return `number ${value.value === '-0' || Object.is(value.value, -0) ? 0 : String(value.value)}`;
    case 'boolean':
    case 'string':
    case 'bytes':
      return `${value.type} ${JSON.stringify(value.value)}`;
    case 'sequence':
    case 'list':
    case 'tuple':
      return `[${value.items.map(canonicalKey).join(', ')}]`;
    case 'set':
      return `{${value.items.map(canonicalKey).toSorted().join(', ')}}`;
    case 'map':
      return `{${value.entries
        .map(([key, held]) => `${canonicalKey(key)}: ${canonicalKey(held)}`)
        .toSorted()
        .join(', ')}}`;
    case 'opaque':
      return `opaque ${value.name} ${value.text}`;
  }
}
