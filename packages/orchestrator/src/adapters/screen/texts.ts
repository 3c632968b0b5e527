/** The texts of a value, as a remote screen is asked about them one by one. */
import { pointerToken } from '@switchyard/core';
import type { JsonValue } from '../../contract/index.ts';

/** The protocol's bound on one text, UTF-16 code units. */
export const TEXT_LIMIT = 100_000;
/** The shortest number that can be personal data: nine digits of a social security number. */
const LEAST_NUMBER = 100_000_000;
/** A key longer than this stands in a pointer by its place. */
const LONGEST_KEY = 100;

/** A member or element of the value. */
export interface Field {
  readonly parent: Field | null;
  /** Its reference token in a JSON Pointer. */
  readonly token: string;
  /** What stands for the token when the key itself may not be told. */
  readonly place: string;
  /** True once something was found in its key: a pointer never carries a value that was found. */
  keyHidden: boolean;
}

export interface Text {
  readonly field: Field | null;
  readonly of: 'key' | 'value';
  /** At most TEXT_LIMIT long, not blank. */
  readonly text: string;
  /** Where it begins in the whole text. */
  readonly start: number;
}

/** Every text, keys and long numbers too; what is too long for one question in parts that overlap by half. */
export function* textsOf(value: JsonValue, field: Field | null = null): Generator<Text> {
  if (typeof value === 'string') {
    yield* partsOf(value, field, 'value');
  } else if (typeof value === 'number') {
    if (Math.abs(value) >= LEAST_NUMBER) yield* partsOf(String(value), field, 'value');
  } else if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) {
      yield* textsOf(inner, { parent: field, token: String(index), place: String(index), keyHidden: false });
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [index, [key, inner]] of Object.entries(value).entries()) {
      const token = pointerToken(key);
      const keyHidden = key.length > LONGEST_KEY;
      const member: Field = { parent: field, token, place: `(key ${index})`, keyHidden };
      yield* partsOf(key, member, 'key');
      yield* textsOf(inner, member);
    }
  }
}

/** JSON Pointer (RFC 6901), complete only when all keys were judged. */
export function pointerOf(field: Field | null): string {
  if (field === null) return '';
  return `${pointerOf(field.parent)}/${field.keyHidden ? field.place : field.token}`;
}

function* partsOf(whole: string, field: Field | null, of: Text['of']): Generator<Text> {
  let start = 0;
  for (;;) {
    const end = betweenCharacters(whole, Math.min(start + TEXT_LIMIT, whole.length));
    const text = whole.slice(start, end);
    if (text.trim() !== '') yield { field, of, text, start };
    if (end === whole.length) return;
    start = betweenCharacters(whole, end - TEXT_LIMIT / 2);
  }
}

/** One earlier when the offset lies within a surrogate pair. */
function betweenCharacters(text: string, offset: number): number {
  const next = text.charCodeAt(offset);
  const isLowSurrogate = next >= 0xdc00 && next <= 0xdfff;
  return isLowSurrogate && offset > 0 ? offset - 1 : offset;
}
