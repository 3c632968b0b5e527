import type { CallTest } from '../contract/atom-tests.ts';
import type { Expected } from '../contract/expected.ts';
import { isRecord } from '../contract/issue-list.ts';
import type { JsonValue, Language, Value } from '../sandbox/port.ts';
import { canonicalKey } from './compare.ts';
import { escapeControls } from './escape-controls.ts';
import { type Numeric, toDouble } from './numbers.ts';

const LONGEST = 300;
const LONGEST_STRING = 120;
const LONGEST_INTEGER = 60;
const MOST_ITEMS = 30;

type Shown = Expected | Value;

/** How each language writes what JSON has no word for. */
interface Notation {
  readonly null: string;
  readonly true: string;
  readonly false: string;
  readonly float: (value: number) => string;
  readonly bigInteger: (digits: string) => string;
  readonly bytes: (value: Buffer) => string;
  readonly set: readonly [open: string, close: string, empty: string];
  readonly key: (key: Shown) => string | undefined;
}

const PYTHON: Notation = {
  null: 'None',
  true: 'True',
  false: 'False',
  float: pythonFloat,
  bigInteger: (digits) => digits,
  bytes: (value) => `b'${printable(value.toString('latin1'), true)}'`,
  set: ['{', '}', 'set()'],
  key: () => undefined,
};

const JAVASCRIPT: Notation = {
  null: 'null',
  true: 'true',
  false: 'false',
  float: (value) => (Object.is(value, -0) ? '-0' : String(value)),
  bigInteger: (digits) => `${digits}n`,
  bytes: (value) => `Uint8Array [${[...value].join(', ')}]`,
  set: ['new Set([', '])', 'new Set()'],
  key: (key) => (key.type === 'string' && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key.value) ? key.value : undefined),
};

/** A value as its language writes it, in at most some 300 characters; what is left out is marked with `…`. */
export function render(value: Shown, language: Language): string {
  let text = '';
  for (const piece of pieces(value, language === 'python' ? PYTHON : JAVASCRIPT)) {
    text += piece;
    if (text.length > LONGEST) {
      return `${text.slice(0, LONGEST)}…`;
    }
  }
  return text;
}

/** A call as the learner would write it: `f([1, 2], 3)`, or with names `f(a=1)` in Python and `f({a: 1})` in JavaScript. */
export function renderCall(name: string, input: CallTest['input'], language: Language): string {
  const show = (value: JsonValue): string => render(jsonValue(value), language);
  if (Array.isArray(input)) {
    return `${name}(${shorten(input.map(show).join(', '))})`;
  }
  const separator = language === 'python' ? '=' : ': ';
  const named = shorten(
    Object.entries(input)
      .map(([key, value]) => `${key}${separator}${show(value)}`)
      .join(', '),
  );
  return language === 'python' ? `${name}(${named})` : `${name}({ ${named} })`;
}

function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Lazily, so that a huge value costs no more than what is shown of it. */
function* pieces(value: Shown, notation: Notation): Generator<string> {
  switch (value.type) {
    case 'null':
      yield notation.null;
      return;
    case 'undefined':
      yield 'undefined';
      return;
    case 'boolean':
      yield value.value ? notation.true : notation.false;
      return;
    case 'number':
      yield Number.isSafeInteger(value.value) ? String(value.value) : notation.float(value.value);
      return;
    case 'float':
      yield notation.float(Number(value.value));
      return;
    case 'integer':
      yield notation.bigInteger(shortInteger(value.value));
      return;
    case 'string':
      yield quoted(value.value);
      return;
    case 'bytes':
      yield notation.bytes(Buffer.from(value.value.slice(0, LONGEST), 'base64'));
      return;
    case 'sequence':
    case 'list':
      yield* enclosed<Shown>('[', value.items, ']', (item) => pieces(item, notation));
      return;
    case 'tuple':
      yield* enclosed<Shown>('(', value.items, value.items.length === 1 ? ',)' : ')', (item) => pieces(item, notation));
      return;
    case 'set':
      yield* setPieces(value.items, notation);
      return;
    case 'map':
      yield* enclosed<readonly [Shown, Shown]>('{', value.entries, '}', (entry) => entryPieces(entry, notation));
      return;
    case 'opaque':
      yield `<${value.name}${value.text === '' ? '' : `: ${value.text}`}>`;
      return;
  }
}

/** Small sets in a settled order, so that the same result always reads the same. */
function* setPieces(items: readonly Shown[], notation: Notation): Generator<string> {
  const [open, close, empty] = notation.set;
  if (items.length === 0) {
    yield empty;
    return;
  }
  const ordered = items.length <= MOST_ITEMS ? [...items].sort(byKey) : items;
  yield* enclosed(open, ordered, close, (item) => pieces(item, notation));
}

function byKey(a: Shown, b: Shown): number {
  if (isNumeric(a) && isNumeric(b)) {
    return toDouble(a) - toDouble(b);
  }
  const [x, y] = [canonicalKey(a), canonicalKey(b)];
  return x < y ? -1 : Number(x > y);
}

function isNumeric(value: Shown): value is Shown & Numeric {
  return value.type === 'integer' || value.type === 'float' || value.type === 'number';
}

function* entryPieces([key, value]: readonly [Shown, Shown], notation: Notation): Generator<string> {
  const bare = notation.key(key);
  if (bare === undefined) {
    yield* pieces(key, notation);
  } else {
    yield bare;
  }
  yield ': ';
  yield* pieces(value, notation);
}

function* enclosed<T>(
  open: string,
  items: readonly T[],
  close: string,
  show: (item: T) => Generator<string>,
): Generator<string> {
  yield open;
  for (const [index, item] of items.slice(0, MOST_ITEMS).entries()) {
    yield index === 0 ? '' : ', ';
    yield* show(item);
  }
  if (items.length > MOST_ITEMS) {
    yield `, … ${items.length - MOST_ITEMS} more`;
  }
  yield close;
}

function shortInteger(digits: string): string {
  if (digits.length <= LONGEST_INTEGER) {
    return digits;
  }
  return `${digits.slice(0, 20)}…${digits.slice(-20)} (${digits.replace('-', '').length} digits)`;
}

function quoted(value: string): string {
  const cut = value.slice(0, LONGEST_STRING);
  const quote = cut.includes("'") && !cut.includes('"') ? '"' : "'";
  const rest = value.length > LONGEST_STRING ? `… (${value.length} characters)` : '';
  return `${quote}${printable(cut, quote === "'")}${quote}${rest}`;
}

function printable(text: string, escapeSingle: boolean): string {
  const escaped = escapeControls(text.replaceAll('\\', '\\\\'));
  return escapeSingle ? escaped.replaceAll("'", "\\'") : escaped;
}

/** As Python's repr: exponent from 1e16 on and below 1e-4, with two digits; whole numbers end in .0. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) {
    return 'nan';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? 'inf' : '-inf';
  }
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

function jsonValue(json: JsonValue): Expected {
  if (typeof json === 'boolean') {
    return { type: 'boolean', value: json };
  }
  if (typeof json === 'number') {
    return { type: 'number', value: json };
  }
  if (typeof json === 'string') {
    return { type: 'string', value: json };
  }
  return isRecord(json) ? jsonMap(json) : jsonList(json);
}

function jsonMap(json: { readonly [key: string]: JsonValue }): Expected {
  return {
    type: 'map',
    entries: Object.entries(json).map(([key, value]) => [{ type: 'string', value: key }, jsonValue(value)]),
  };
}

function jsonList(json: JsonValue): Expected {
  return Array.isArray(json)
    ? { type: 'list', items: json.map((item: JsonValue) => jsonValue(item)) }
    : { type: 'null' };
}
