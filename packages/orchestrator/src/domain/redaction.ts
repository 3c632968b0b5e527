/**
 * Numbered placeholders in place of values, and the way back. Pure.
 *
 * 1. The same value has the same placeholder wherever it stands in what was submitted together; a number and a text are two values.
 * 2. What looks like a placeholder in the submission itself is never taken for one of ours: its number is not given out.
 * 3. `putBack` of what `redact` made is what it was made of, for any JSON.
 * 4. A value is taken out wherever it stands, also where the screen saw no finding in it: in a longer word, in another field.
 */
import type { JsonValue } from '../contract/index.ts';

/** A value that is to be taken out. Never stored as it is, never logged. */
export interface FoundValue {
  /** As the Reflex protocol names it. */
  readonly type: string;
  readonly value: string;
}

/** What stands for what. Holds the value: only to be stored sealed. */
export interface Redaction {
  /** `[EMAIL_1]` */
  readonly placeholder: string;
  readonly value: string;
  /** The value stood as a number in the JSON. */
  readonly isNumber?: true;
}

/** Numbers of fewer digits than nine are only taken out when they are the value. */
const LEAST_NUMBER = 100_000_000;
/** How much of a value is looked up at once. */
const LONGEST_PREFIX = 8;
/**
 * A placeholder, also as models rewrite it: in other case, with spaces or dashes, with the escapes of Markdown. Brackets are what
 * makes it one. Nothing of ours ends in an escaped bracket, so that a backslash before ours stays what it was.
 */
const PLACEHOLDER =
  /\\\[\s{0,3}([a-z][a-z0-9_ \\-]{0,60}?)[\s_\\-]{1,4}(\d{1,9})\s{0,3}\\\]|\[\s{0,3}([a-z][a-z0-9_ \\-]{0,60}?)[\s_\\-]{1,4}(\d{1,9})\s{0,3}\]/gi;

/** The placeholder that a text means, in the form in which we write it. */
function canonical(label: string, digits: string): string {
  return `[${label.replace(/[\s_\\-]+/g, '_').toUpperCase()}_${Number(digits)}]`;
}

function replacePlaceholders(text: string, replace: (placeholder: string, asWritten: string) => string): string {
  if (!text.includes('[')) return text;
  return text.replace(PLACEHOLDER, (asWritten: string, ...groups: (string | undefined)[]) => {
    const [escapedLabel, escapedDigits, label = escapedLabel ?? '', digits = escapedDigits ?? ''] = groups;
    return replace(canonical(label, digits), asWritten);
  });
}

/** What the rule for capitals would take apart. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ['IPv4', 'IPV4'],
  ['IPv6', 'IPV6'],
  ['GitHubToken', 'GITHUB_TOKEN'],
]);

/** `CreditCard` → `CREDIT_CARD`; of what a remote screen calls a type, letters and digits count. */
function labelOf(type: string): string {
  const known = LABELS.get(type);
  if (known !== undefined) return known;
  const words = type.replace(/([a-z\d])([A-Z])/g, '$1_$2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2');
  const label = words
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^[\d_]+|_+$/g, '')
    .slice(0, 40);
  return label === '' ? 'VALUE' : label;
}

/** Gives out the placeholders of what was submitted together. */
export class Numbering {
  readonly #reserved = new Set<string>();
  readonly #byValue = new Map<string, Redaction>();
  readonly #last = new Map<string, number>();

  /** @param submitted all texts, as they were submitted */
  constructor(submitted: readonly JsonValue[]) {
    for (const value of submitted) {
      mapTexts(value, (text) =>
        replacePlaceholders(text, (placeholder, asWritten) => {
          this.#reserved.add(placeholder);
          return asWritten;
        }),
      );
    }
  }

  /** The same for the same value, whatever it was found as the second time. */
  of({ type, value }: FoundValue, isNumber: boolean): Redaction {
    const key = `${isNumber}:${value}`;
    const known = this.#byValue.get(key);
    if (known !== undefined) return known;
    const label = labelOf(type);
    let number = this.#last.get(label) ?? 0;
    do number += 1;
    while (this.#reserved.has(`[${label}_${number}]`));
    this.#last.set(label, number);
    const made = { placeholder: `[${label}_${number}]`, value, ...(isNumber ? { isNumber: true as const } : {}) };
    this.#byValue.set(key, made);
    return made;
  }
}

/** Takes values out of texts; remembers which ones it met. */
export class Redactor {
  readonly #numbering: Numbering;
  readonly #values: ReadonlyMap<string, FoundValue>;
  /** Lengths of the values that begin so, the longest first. */
  readonly #lengths = new Map<string, number[]>();
  readonly #prefix: number;
  readonly #used = new Map<string, Redaction>();

  constructor(values: readonly FoundValue[], numbering: Numbering) {
    this.#numbering = numbering;
    const found = values.filter(({ value }) => value !== '');
    // Whatever a value was found as first names it.
    this.#values = new Map(found.toReversed().map((one) => [one.value, one]));
    this.#prefix = Math.min(LONGEST_PREFIX, ...found.map(({ value }) => value.length));
    for (const value of this.#values.keys()) {
      const begin = value.slice(0, this.#prefix);
      const lengths = this.#lengths.get(begin) ?? [];
      if (!lengths.includes(value.length)) lengths.push(value.length);
      this.#lengths.set(begin, lengths);
    }
    for (const lengths of this.#lengths.values()) lengths.sort((a, b) => b - a);
  }

  /** Every value that was taken out so far, with its placeholder. */
  get used(): readonly Redaction[] {
    return [...this.#used.values()];
  }

  text(text: string): string {
    let redacted = '';
    let from = 0;
    let at = 0;
    while (at + this.#prefix <= text.length && this.#values.size > 0) {
      const found = this.#valueAt(text, at);
      if (found === undefined) {
        at += 1;
        continue;
      }
      redacted += text.slice(from, at) + this.#placeholder(found, false);
      at += found.value.length;
      from = at;
    }
    return redacted + text.slice(from);
  }

  json(value: JsonValue): JsonValue {
    return mapTexts(
      value,
      (text) => this.text(text),
      (number) => this.#number(number),
    );
  }

  object(value: { readonly [key: string]: JsonValue }): { [key: string]: JsonValue } {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [this.text(key), this.json(inner)]));
  }

  #valueAt(text: string, at: number): FoundValue | undefined {
    const lengths = this.#lengths.get(text.slice(at, at + this.#prefix));
    for (const length of lengths ?? []) {
      const found = this.#values.get(text.slice(at, at + length));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A number goes as a whole: part of it and a placeholder would be no number. */
  #number(number: number): JsonValue {
    const digits = String(number);
    const whole = this.#values.get(digits);
    if (whole !== undefined) return this.#placeholder(whole, true);
    if (Math.abs(number) < LEAST_NUMBER) return number;
    for (let at = 0; at < digits.length; at += 1) {
      const part = this.#valueAt(digits, at);
      if (part !== undefined) return this.#placeholder({ type: part.type, value: digits }, true);
    }
    return number;
  }

  #placeholder(found: FoundValue, isNumber: boolean): string {
    const redaction = this.#numbering.of(found, isNumber);
    this.#used.set(redaction.placeholder, redaction);
    return redaction.placeholder;
  }
}

/** Whether there is anything in the value that may be a placeholder. */
export function mayHoldPlaceholders(value: JsonValue): boolean {
  let holds = false;
  mapTexts(value, (text) =>
    replacePlaceholders(text, (_placeholder, asWritten) => {
      holds = true;
      return asWritten;
    }),
  );
  return holds;
}

/** The value with every placeholder that is ours replaced; others stay. */
export function putBack(value: JsonValue, redactions: readonly Redaction[]): JsonValue {
  const known = new Map(redactions.map((one) => [one.placeholder, one]));
  const text = (whole: string): string =>
    replacePlaceholders(whole, (placeholder, asWritten) => known.get(placeholder)?.value ?? asWritten);
  const whole = (written: string): JsonValue => {
    const one = known.get(written);
    return one?.isNumber === true ? Number(one.value) : text(written);
  };
  return mapTexts(value, text, (number) => number, whole);
}

/**
 * A copy with other texts. A key that would become one that is there already stays as it was: nothing is lost.
 *
 * @param whole for texts that are values; default: as for keys
 */
function mapTexts(
  value: JsonValue,
  text: (text: string) => string,
  number: (number: number) => JsonValue = (same) => same,
  whole: (text: string) => JsonValue = text,
): JsonValue {
  if (typeof value === 'string') return whole(value);
  if (typeof value === 'number') return number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => mapTexts(inner, text, number, whole));
  const entries = new Map<string, JsonValue>();
  for (const [key, inner] of Object.entries(value)) {
    const mapped = text(key);
    const free = mapped === key || !(entries.has(mapped) || Object.hasOwn(value, mapped));
    entries.set(free ? mapped : key, mapTexts(inner, text, number, whole));
  }
  return Object.fromEntries(entries);
}
