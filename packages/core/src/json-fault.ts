/**
 * Where a text stops being JSON (RFC 8259). The engine's own words quote the text and often leave the place out; this tells
 * the place and nothing of the text.
 */

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** What may come next. */
type Expected = 'value' | 'first-value' | 'key' | 'first-key' | 'colon' | 'comma' | 'nothing';

const BLANKS = /[ \t\n\r]*/y;
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPED = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const FIRST_PRINTABLE = 0x20;

/** Why a text is not JSON, for whoever wrote it: in our own words, which hold nothing of the text. */
export function jsonTrouble(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const place = findJsonFault(text);
  return place === null ? 'it ends too early' : `it goes wrong at line ${place.line}, column ${place.column}`;
}

/** For a text that is not JSON: the first character that cannot be there; null when the text only ends too early. */
export function findJsonFault(text: string): Place | null {
  const open: ('{' | '[')[] = [];
  const after = (): Expected => (open.length === 0 ? 'nothing' : 'comma');
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = endOf(BLANKS, text, at) ?? at;
    const character = text[at];
    if (character === undefined) return null;
    const closes = open.at(-1) === '{' ? '}' : ']';
    if (open.length > 0 && character === closes && mayClose(expected, closes)) {
      open.pop();
      expected = after();
      at += 1;
    } else if (expected === 'comma' && character === ',') {
      expected = open.at(-1) === '{' ? 'key' : 'value';
      at += 1;
    } else if (expected === 'colon' && character === ':') {
      expected = 'value';
      at += 1;
    } else if (isValue(expected) && (character === '{' || character === '[')) {
      open.push(character);
      expected = character === '{' ? 'first-key' : 'first-value';
      at += 1;
    } else {
      const end = endOfScalar(text, at, expected);
      if (end.fault) return end.at >= text.length ? null : placeOf(text, end.at);
      expected = isValue(expected) ? after() : 'colon';
      at = end.at;
    }
  }
}

function isValue(expected: Expected): boolean {
  return expected === 'value' || expected === 'first-value';
}

function mayClose(expected: Expected, closes: '}' | ']'): boolean {
  return expected === 'comma' || expected === (closes === '}' ? 'first-key' : 'first-value');
}

/** The end of the string, number or word at `at`; or where it cannot be one. */
function endOfScalar(text: string, at: number, expected: Expected): { readonly at: number; readonly fault: boolean } {
  const isKey = expected === 'key' || expected === 'first-key';
  if (!isKey && !isValue(expected)) return { at, fault: true };
  if (text[at] === '"') return endOfString(text, at + 1);
  const end = isKey ? null : endOf(LITERAL, text, at);
  return end === null ? { at, fault: true } : { at: end, fault: false };
}

/** By hand: a pattern over a megabyte's string would exhaust the pattern engine's stack. */
function endOfString(text: string, start: number): { readonly at: number; readonly fault: boolean } {
  let at = start;
  while (at < text.length) {
    if (text[at] === '"') return { at: at + 1, fault: false };
    if (text.charCodeAt(at) < FIRST_PRINTABLE) return { at, fault: true };
    const end = text[at] === '\\' ? endOf(ESCAPED, text, at) : at + 1;
    if (end === null) return { at, fault: true };
    at = end;
  }
  return { at, fault: true };
}

function endOf(sticky: RegExp, text: string, at: number): number | null {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : null;
}

function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}
