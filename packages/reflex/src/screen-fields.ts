import { type Json, pointerToken } from '@switchyard/core';
import { ScreenLimitExceeded } from './errors.ts';
import { type ScreenOptions, screen } from './screen.ts';
import type { InjectionMatch, PiiMatch, Verdict } from './verdict.ts';

/** Deepest nesting screened; deeper input is refused. */
export const MAX_DEPTH = 64;
/** Most texts screened in one value: strings, long numbers and keys. */
export const MAX_TEXTS = 50_000;

/** Most keys remembered as clean. */
const MOST_CLEAN_KEYS = 1_000;

/** The shortest number that can be personal data: nine digits of a social security number. */
const LEAST_NUMBER = 100_000_000;
/** A key longer than this stands in a pointer by its place, so that pointers stay short. */
const LONGEST_KEY = 100;

export interface Place {
  /**
   * JSON Pointer (RFC 6901) to the field that holds the text. A key that holds a finding itself, or is very long, stands in
   * it as `(key N)`, N being its place in its object from 0 on: a pointer never carries a value that was found.
   */
  readonly pointer: string;
  /** Which text of that field: its value, or its name. */
  readonly of: 'value' | 'key';
}

export type FieldPiiMatch = PiiMatch & Place;
export type FieldInjectionMatch = InjectionMatch & Place;

/** Findings of many texts: in the order of the fields, ascending inside each text. */
export interface FieldsVerdict extends Verdict {
  readonly pii: readonly FieldPiiMatch[];
  readonly injection: readonly FieldInjectionMatch[];
}

/** Told of each text with its own verdict, for who needs the values; not of keys that are known to be clean. */
export type OnText = (text: string, verdict: Verdict, place: Place) => void;

export interface FieldsOptions extends ScreenOptions {
  /**
   * Keys in which nothing was found, for whoever screens many values of the same form: those in it are not screened again, new
   * ones are added until there are a thousand. Share it between calls with the same checks only. Default: one of the call's own.
   */
  readonly cleanKeys?: Set<string>;
}

interface Collected {
  readonly options: FieldsOptions;
  readonly cleanKeys: Set<string>;
  readonly onText: OnText;
  readonly pii: FieldPiiMatch[];
  readonly injection: FieldInjectionMatch[];
  truncated: boolean;
  texts: number;
}

/**
 * Screens every text in a JSON value: strings, keys, and numbers long enough to be personal data. A field's name serves as cue
 * word for its value. `position` counts inside the one text that `pointer` and `of` name.
 *
 * @throws ScreenLimitExceeded past MAX_DEPTH levels or MAX_TEXTS texts
 */
export function screenFields(
  value: Json,
  options: FieldsOptions = {},
  onText: OnText = () => undefined,
): FieldsVerdict {
  const { cleanKeys = new Set<string>() } = options;
  const collected: Collected = { options, cleanKeys, onText, pii: [], injection: [], truncated: false, texts: 0 };
  visit(value, '', options.label ?? '', 0, collected);
  const { pii, injection, truncated } = collected;
  return { pii, injection, truncated };
}

function visit(value: Json, pointer: string, label: string, depth: number, into: Collected): void {
  if (typeof value === 'string') {
    collect(value, { pointer, of: 'value' }, label, into);
  } else if (typeof value === 'number') {
    if (Math.abs(value) >= LEAST_NUMBER) collect(String(value), { pointer, of: 'value' }, label, into);
  } else if (typeof value === 'object' && value !== null) {
    if (depth >= MAX_DEPTH) throw new ScreenLimitExceeded('levels', MAX_DEPTH, pointer);
    if (isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, `${pointer}/${index}`, label, depth + 1, into);
    } else {
      for (const [index, [key, item]] of Object.entries(value).entries()) {
        const at = `${pointer}/${visitKey(key, index, pointer, into)}`;
        visit(item, at, key, depth + 1, into);
      }
    }
  }
}

/** Screens a key; gives the reference token that stands for it in a pointer. */
function visitKey(key: string, index: number, parent: string, into: Collected): string {
  const place = `(key ${index})`;
  if (into.cleanKeys.has(key)) countText(into, `${parent}/${place}`);
  else {
    const found = collect(key, { pointer: `${parent}/${place}`, of: 'key' }, '', into);
    if (found || key.length > LONGEST_KEY) return place;
    if (into.cleanKeys.size < MOST_CLEAN_KEYS) into.cleanKeys.add(key);
  }
  return pointerToken(key);
}

function countText(into: Collected, pointer: string): void {
  into.texts += 1;
  if (into.texts > MAX_TEXTS) throw new ScreenLimitExceeded('texts', MAX_TEXTS, pointer);
}

/** True when something was found. */
function collect(text: string, place: Place, label: string, into: Collected): boolean {
  countText(into, place.pointer);
  const verdict = screen(text, { ...into.options, label });
  into.onText(text, verdict, place);
  for (const match of verdict.pii) into.pii.push({ ...match, ...place });
  for (const match of verdict.injection) into.injection.push({ ...match, ...place });
  into.truncated ||= verdict.truncated;
  return verdict.pii.length + verdict.injection.length > 0;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
