/**
 * A structured copy of anything as plain JSON, within bounds.
 *
 * What JSON cannot carry (BigInt, functions, cycles, getters that throw) becomes a note in square brackets in its place;
 * whatever lies around it is copied. The copy shares nothing with the original and is never larger than its limits, however
 * large, deep or hostile the original is. Never throws.
 */
import { messageOf } from '../errors.ts';
import type { Json } from '../json.ts';

export interface CopyLimits {
  /** Bytes of the whole copy as JSON, roughly. Default 262,144. */
  readonly maxBytes: number;
  /** UTF-16 units of one text; the rest is cut with a note. Default 65,536. */
  readonly maxTextLength: number;
  /** Items of one list and properties of one object. Default 1,000. */
  readonly maxItems: number;
  /** Objects within objects. Default 16. */
  readonly maxDepth: number;
}

export const COPY_LIMITS: CopyLimits = { maxBytes: 262_144, maxTextLength: 65_536, maxItems: 1_000, maxDepth: 16 };

export interface PlainCopy {
  readonly json: Json;
  /** Bytes that the copy takes as JSON, estimated: at most three times too high for texts that are not ASCII. */
  readonly bytes: number;
}

/** Key of the note in an object that has more properties than are copied. */
const MORE = '…';
const NOTE_TEXT_LENGTH = 200;
/** Quotes, comma and colon around a text or a key. */
const PUNCTUATION_BYTES = 4;
const SCALAR_BYTES = 8;
/** UTF-8 needs at most this for one UTF-16 unit. */
const BYTES_PER_UNIT = 3;
const NON_ASCII = /[^\x20-\x7e]/;

/** Copies a value; undefined becomes null. */
export function toPlainJson(value: unknown, limits: Partial<CopyLimits> = {}): PlainCopy {
  const copier = new PlainCopier({ ...COPY_LIMITS, ...limits });
  const json = copier.copy(value, 0) ?? null;
  return { json, bytes: copier.bytes };
}

class PlainCopier {
  bytes = 0;
  readonly #limits: CopyLimits;
  /** The objects that the present one lies within. */
  readonly #ancestors = new Set<object>();

  constructor(limits: CopyLimits) {
    this.#limits = limits;
  }

  /** Undefined for what JSON leaves out. */
  copy(value: unknown, depth: number): Json | undefined {
    switch (typeof value) {
      case 'undefined':
        return undefined;
      case 'string':
        return this.#text(value);
      case 'boolean':
        return this.#scalar(value);
      case 'number':
        return Number.isFinite(value) ? this.#scalar(value) : this.#note(String(value));
      case 'bigint':
        return this.#note(`BigInt ${value}`);
      case 'symbol':
        return this.#note(value.toString());
      case 'function':
        return this.#note(`function ${nameOf(value)}`.trimEnd());
      case 'object':
        return value === null ? this.#scalar(null) : this.#object(value, depth);
    }
  }

  #object(value: object, depth: number): Json {
    if (this.#ancestors.has(value)) return this.#note('circular');
    if (depth >= this.#limits.maxDepth) return this.#note('too deep');
    this.#ancestors.add(value);
    try {
      return this.#inside(value, depth + 1);
    } catch (error) {
      // A proxy or a toJSON that throws: everything that can be reached below is guarded by itself.
      return this.#note(`unreadable: ${safeMessageOf(error)}`);
    } finally {
      this.#ancestors.delete(value);
    }
  }

  #inside(value: object, depth: number): Json {
    if (Array.isArray(value)) return this.#list(value, value.length, depth);
    if (value instanceof Date)
      return Number.isNaN(value.getTime()) ? this.#note('invalid date') : this.#text(value.toISOString());
    if (value instanceof Error) return this.#error(value, depth);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
      return this.#note(`${constructorOf(value)} of ${value.byteLength} bytes`);
    if (value instanceof Map) return this.#properties(mapEntries(value), depth, value.size);
    if (value instanceof Set) return this.#list(value, value.size, depth);
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
      return this.#note(constructorOf(value));
    if (value instanceof RegExp) return this.#text(String(value));
    const toJson: unknown = Reflect.get(value, 'toJSON');
    if (typeof toJson === 'function') {
      const own: unknown = Reflect.apply(toJson, value, []);
      if (own !== value) return this.copy(own, depth) ?? null;
    }
    const keys = Object.keys(value);
    return this.#properties(readEach(value, keys), depth, keys.length);
  }

  #error(error: Error, depth: number): Json {
    const { name, stack } = error;
    const facts = { name, message: error.message, stack, cause: error.cause };
    const own = Object.keys(error).filter((key) => !(key in facts));
    const all = function* (): Generator<[string, () => unknown]> {
      for (const [key, value] of Object.entries(facts)) yield [key, () => value];
      yield* readEach(error, own);
    };
    return this.#properties(all(), depth, own.length + Object.keys(facts).length);
  }

  #list(items: Iterable<unknown>, length: number, depth: number): Json {
    const copy: Json[] = [];
    for (const item of items) {
      if (copy.length >= this.#limits.maxItems || this.#full) {
        copy.push(this.#note(`${length - copy.length} more`));
        break;
      }
      this.bytes += 1;
      copy.push(this.copy(item, depth) ?? null);
    }
    return copy;
  }

  #properties(entries: Iterable<readonly [string, () => unknown]>, depth: number, count: number): Json {
    const copy: [string, Json][] = [];
    for (const [key, read] of entries) {
      if (copy.length >= this.#limits.maxItems || this.#full) {
        copy.push([MORE, this.#note(`${count - copy.length} more`)]);
        break;
      }
      const value = this.#property(read, depth);
      if (value !== undefined) copy.push([this.#text(key), value]);
    }
    // fromEntries defines own properties, so a key `__proto__` is one like any other.
    return Object.fromEntries(copy);
  }

  #property(read: () => unknown, depth: number): Json | undefined {
    let value: unknown;
    try {
      value = read();
    } catch (error) {
      return this.#note(`getter threw: ${safeMessageOf(error)}`);
    }
    return this.copy(value, depth);
  }

  #scalar<T extends null | boolean | number>(value: T): T {
    this.bytes += SCALAR_BYTES;
    return value;
  }

  #note(text: string): string {
    const cut = text.length > NOTE_TEXT_LENGTH ? `${text.slice(0, NOTE_TEXT_LENGTH)}…` : text;
    return this.#storable(`[${cut}]`);
  }

  #text(text: string): string {
    const left = Math.max(0, this.#limits.maxBytes - this.bytes);
    const longest = Math.min(this.#limits.maxTextLength, left);
    if (text.length <= longest) return this.#storable(text);
    return this.#storable(`${text.slice(0, longest)}…[${text.length - longest} characters more]`);
  }

  /** No NUL and no half of a surrogate pair: PostgreSQL stores neither in JSON. */
  #storable(text: string): string {
    const sound = (text.isWellFormed() ? text : text.toWellFormed()).replaceAll('\0', '\ufffd');
    this.bytes += PUNCTUATION_BYTES + (NON_ASCII.test(sound) ? sound.length * BYTES_PER_UNIT : sound.length);
    return sound;
  }

  get #full(): boolean {
    return this.bytes >= this.#limits.maxBytes;
  }
}

function* readEach(value: object, keys: readonly string[]): Generator<[string, () => unknown]> {
  for (const key of keys) yield [key, () => Reflect.get(value, key) as unknown];
}

function* mapEntries(map: ReadonlyMap<unknown, unknown>): Generator<[string, () => unknown]> {
  for (const [key, value] of map) yield [keyOf(key), () => value];
}

function keyOf(key: unknown): string {
  return typeof key === 'string' || typeof key === 'number' ? String(key) : `[${typeof key}]`;
}

function nameOf(callable: { readonly name?: unknown }): string {
  try {
    return typeof callable.name === 'string' ? callable.name : '';
  } catch {
    return '';
  }
}

function constructorOf(value: object): string {
  return nameOf(value.constructor);
}

/** What was thrown may itself be hostile. */
function safeMessageOf(error: unknown): string {
  try {
    return messageOf(error);
  } catch {
    return 'unknown';
  }
}
