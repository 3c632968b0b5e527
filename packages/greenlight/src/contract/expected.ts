/**
 * How an author writes the value that a call must return.
 *
 * Plain JSON says most of it. An array stands for a list or a tuple alike (JSON has one notation for both), never for a set.
 * What JSON has no notation for is written as an object with one tagged key:
 *
 *   {"$list": […]}  {"$tuple": […]}   that one only         {"$set": […]}      items in any order
 *   {"$map": [[key, value], …]}       keys of any kind      {"$int": "123…"}   any size, exactly
 *   {"$float": "NaN" | "Infinity" | "-Infinity"}            {"$bytes": "base64"}
 *   {"$undefined": true}              JavaScript only: nothing was returned
 */

import { isRecord, type Path, show } from './issue-list.ts';

/** Deeper values than this are refused: no exercise needs them and reading them would cost the stack. */
const DEEPEST = 64;
/** Values in all, in one `expected` or `input`. */
const MOST_VALUES = 100_000;

/** A value to compare with, as the author meant it. Every sandbox `Value` but an opaque one is also an `Expected`. */
export type Expected =
  | { readonly type: 'null' | 'undefined' }
  | { readonly type: 'boolean'; readonly value: boolean }
  /** From plain JSON: an integer or a float, whichever the language makes of it. */
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'integer'; readonly value: string }
  | { readonly type: 'float'; readonly value: number | 'NaN' | 'Infinity' | '-Infinity' | '-0' }
  | { readonly type: 'string' | 'bytes'; readonly value: string }
  /** From a JSON array: a list or a tuple. */
  | { readonly type: 'sequence'; readonly items: readonly Expected[] }
  | { readonly type: 'list' | 'tuple' | 'set'; readonly items: readonly Expected[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [Expected, Expected])[] };

/** Why a JSON value cannot be an expected one, and where in it. */
interface Flaw {
  readonly path: Path;
  readonly detail: string;
}

type Reading = { readonly ok: true; readonly value: Expected } | { readonly ok: false; readonly flaw: Flaw };

/** Reads an `expected`. The value must have passed `sizeFlaw`. */
export function readExpected(json: unknown): Reading {
  try {
    return { ok: true, value: convert(json, []) };
  } catch (error) {
    if (error instanceof NotExpected) {
      return { ok: false, flaw: { path: error.path, detail: error.detail } };
    }
    throw error;
  }
}

/** What is wrong with the size of a JSON value, if anything; walks without recursion, so any depth is safe. */
export function sizeFlaw(json: unknown): string | undefined {
  let count = 0;
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) {
      return `is nested more than ${DEEPEST} levels deep`;
    }
    count += level.length;
    if (count > MOST_VALUES) {
      return `holds more than ${MOST_VALUES} values`;
    }
    if (level.some((value) => typeof value === 'number' && !Number.isFinite(value))) {
      return 'holds a number that is larger than a double can be (1.8e308), which would be another one in the box';
    }
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return undefined;
}

class NotExpected extends Error {
  readonly path: Path;
  readonly detail: string;

  constructor(path: Path, detail: string) {
    super(detail);
    this.path = path;
    this.detail = detail;
  }
}

function convert(json: unknown, path: Path): Expected {
  if (json === null) {
    return { type: 'null' };
  }
  if (typeof json === 'boolean') {
    return { type: 'boolean', value: json };
  }
  if (typeof json === 'number') {
    return { type: 'number', value: json };
  }
  if (typeof json === 'string') {
    return { type: 'string', value: json };
  }
  if (Array.isArray(json)) {
    return { type: 'sequence', items: convertItems(json, path) };
  }
  if (isRecord(json)) {
    const keys = Object.keys(json);
    const [tag] = keys;
    const read = keys.length === 1 && tag !== undefined ? TAGS.get(tag) : undefined;
    return tag !== undefined && read !== undefined
      ? read(json[tag], [...path, tag])
      : {
          type: 'map',
          entries: keys.map((key) => [{ type: 'string', value: key }, convert(json[key], [...path, key])]),
        };
  }
  throw new NotExpected(path, `was ${show(json)}; it may be any JSON value`);
}

function convertItems(json: unknown, path: Path): Expected[] {
  if (!Array.isArray(json)) {
    throw new NotExpected(path, `was ${show(json)}; it may be an array of items`);
  }
  return json.map((item: unknown, index) => convert(item, [...path, index]));
}

const TAGS: ReadonlyMap<string, (json: unknown, path: Path) => Expected> = new Map([
  ['$list', (json: unknown, path: Path): Expected => ({ type: 'list', items: convertItems(json, path) })],
  ['$tuple', (json: unknown, path: Path): Expected => ({ type: 'tuple', items: convertItems(json, path) })],
  ['$set', (json: unknown, path: Path): Expected => ({ type: 'set', items: convertItems(json, path) })],
  ['$map', readMap],
  ['$int', readInteger],
  ['$float', readFloat],
  ['$bytes', readBytes],
  ['$undefined', readUndefined],
]);

function readMap(json: unknown, path: Path): Expected {
  if (!Array.isArray(json)) {
    throw new NotExpected(path, `was ${show(json)}; it may be an array of [key, value] pairs`);
  }
  const entries = json.map((pair: unknown, index): readonly [Expected, Expected] => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new NotExpected([...path, index], `was ${show(pair)}; it may be a pair, as [key, value]`);
    }
    return [convert(pair[0], [...path, index, 0]), convert(pair[1], [...path, index, 1])];
  });
  return { type: 'map', entries };
}

function readInteger(json: unknown, path: Path): Expected {
  if (typeof json === 'string' && /^-?\d{1,10000}$/.test(json)) {
    return { type: 'integer', value: json };
  }
  throw new NotExpected(path, `was ${show(json)}; it may be decimal digits in quotes, as "123456789012345678901"`);
}

function readFloat(json: unknown, path: Path): Expected {
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') {
    return { type: 'float', value: json };
  }
  throw new NotExpected(path, `was ${show(json)}; it may be one of: "NaN", "Infinity", "-Infinity"`);
}

function readBytes(json: unknown, path: Path): Expected {
  if (typeof json === 'string' && Buffer.from(json, 'base64').toString('base64') === json) {
    return { type: 'bytes', value: json };
  }
  throw new NotExpected(path, `was ${show(json)}; it may be base64 (RFC 4648, padded)`);
}

function readUndefined(json: unknown, path: Path): Expected {
  if (json === true) {
    return { type: 'undefined' };
  }
  throw new NotExpected(path, `was ${show(json)}; it may be true`);
}
