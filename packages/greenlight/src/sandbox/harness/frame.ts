/**
 * The frames in which a box's harness answers, decoded as what they are: a stranger's text.
 *
 * A frame is one JSON object with one key: `ready`, `syntax`, `returned`, `raised`, `exited`, `tested` or
 * `out-of-memory`. A value is
 * `[tag, …]`: z null, u undefined, b boolean, i integer (hexadecimal), f float, s string, y bytes (hexadecimal), l list, t tuple,
 * e set, m map of pairs, o opaque (name, text).
 */
import type { InsideTest, ProgramError, Value } from '../port.ts';
import { isRecord } from './record.ts';
import type { BoxVerdict } from './verdict.ts';

/** Longest frame that a box may answer, characters. */
export const MAX_FRAME_CHARS = 8 * 1024 * 1024;

/** Deeper than either encoder goes (64), so only a forgery is refused for it. */
const MAX_DEPTH = 80;
const MAX_NAME_CHARS = 200;
const MAX_MESSAGE_CHARS = 2000;
/**
 * To write an integer in decimal takes time with the square of its digits, 20 ms for the longest (100,000 hexadecimal ones): those of one
 * frame may take as much as four of them.
 */
const MAX_INTEGER_WORK = 4 * 100_000 ** 2;
/** Tests of one test file. */
const MAX_TESTS = 1000;

/**
 * What one command's frames mean: exactly one well-formed frame is an answer, anything else a loss of the box.
 */
export function verdictOf(frames: string): BoxVerdict {
  if (frames.length > MAX_FRAME_CHARS) return lost('its answer is too long');
  const end = frames.indexOf('\n');
  if (end === -1) return lost(frames === '' ? 'it gave no answer' : 'its answer is incomplete');
  if (end !== frames.length - 1) return lost('it gave more than one answer');
  try {
    return decodeFrame(JSON.parse(frames));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof MalformedFrame) return lost('its answer is malformed');
    throw error;
  }
}

class MalformedFrame extends Error {}

function lost(reason: string): BoxVerdict {
  return { kind: 'lost', reason };
}

function decodeFrame(frame: unknown): BoxVerdict {
  if (!isRecord(frame)) throw new MalformedFrame();
  const [entry, ...others] = Object.entries(frame);
  if (entry === undefined || others.length > 0) throw new MalformedFrame();
  const [kind, content] = entry;
  switch (kind) {
    case 'ready':
      return { kind: 'began' };
    case 'syntax':
      return { kind: 'syntax-error', error: decodeError(content) };
    case 'returned':
      return { kind: 'returned', value: decodeValue(content, 0, { work: MAX_INTEGER_WORK }) };
    case 'raised':
      return { kind: 'raised', error: decodeError(content) };
    case 'exited':
      return decodeExit(content);
    case 'tested':
      return { kind: 'tested', tests: list(content).slice(0, MAX_TESTS).map(decodeTest) };
    case 'out-of-memory':
      return { kind: 'out-of-memory' };
    default:
      throw new MalformedFrame();
  }
}

function decodeExit(node: unknown): BoxVerdict {
  if (!isRecord(node)) throw new MalformedFrame();
  const { code, error } = node;
  const exitCode = typeof code === 'number' && Number.isInteger(code) && code >= 0 && code <= 255 ? code : 1;
  return { kind: 'exited', exitCode, ...(error === undefined ? {} : { error: decodeError(error) }) };
}

function decodeTest(node: unknown): InsideTest {
  if (!isRecord(node)) throw new MalformedFrame();
  const { name, passed, error } = node;
  return {
    name: text(name).slice(0, MAX_NAME_CHARS),
    passed: passed === true,
    ...(error === undefined ? {} : { error: decodeError(error) }),
  };
}

function decodeError(node: unknown): ProgramError {
  if (!isRecord(node)) throw new MalformedFrame();
  const { type, message, file, line, column } = node;
  return {
    type: text(type).slice(0, MAX_NAME_CHARS),
    message: text(message).slice(0, MAX_MESSAGE_CHARS),
    ...(file === undefined ? {} : { file: text(file).slice(0, MAX_NAME_CHARS) }),
    ...(isPosition(line) ? { line } : {}),
    ...(isPosition(column) ? { column } : {}),
  };
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

/** What the integers of a frame may still take. */
interface IntegerRoom {
  work: number;
}

function decodeValue(node: unknown, depth: number, room: IntegerRoom): Value {
  if (depth > MAX_DEPTH) throw new MalformedFrame();
  const [tag, content, extra] = list(node);
  const items = () => list(content).map((item) => decodeValue(item, depth + 1, room));
  switch (tag) {
    case 'z':
      return { type: 'null' };
    case 'u':
      return { type: 'undefined' };
    case 'b':
      return { type: 'boolean', value: content === true };
    case 'i':
      return decodeInteger(text(content), room);
    case 'f':
      return { type: 'float', value: decodeFloat(content) };
    case 's':
      return { type: 'string', value: text(content) };
    case 'y':
      return { type: 'bytes', value: Buffer.from(text(content), 'hex').toString('base64') };
    case 'l':
      return { type: 'list', items: items() };
    case 't':
      return { type: 'tuple', items: items() };
    case 'e':
      return { type: 'set', items: items() };
    case 'm':
      return { type: 'map', entries: list(content).map((pair) => decodeEntry(pair, depth + 1, room)) };
    case 'o':
      return {
        type: 'opaque',
        name: text(content).slice(0, MAX_NAME_CHARS),
        text: text(extra).slice(0, MAX_NAME_CHARS),
      };
    default:
      throw new MalformedFrame();
  }
}

function decodeEntry(pair: unknown, depth: number, room: IntegerRoom): readonly [Value, Value] {
  const [key, value, ...others] = list(pair);
  if (others.length > 0) throw new MalformedFrame();
  return [decodeValue(key, depth, room), decodeValue(value, depth, room)];
}

function decodeInteger(hex: string, room: IntegerRoom): Value {
  const digits = /^(-?)([0-9a-f]{1,100000})$/.exec(hex);
  if (digits === null) throw new MalformedFrame();
  room.work -= hex.length ** 2;
  if (room.work < 0) return { type: 'opaque', name: 'integer', text: '(too long with those before it)' };
  const magnitude = BigInt(`0x${digits[2]}`).toString();
  return { type: 'integer', value: digits[1] === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude };
}

function decodeFloat(content: unknown): number | 'NaN' | 'Infinity' | '-Infinity' | '-0' {
  if (typeof content === 'number' && Number.isFinite(content)) return content;
  if (content === 'NaN' || content === 'Infinity' || content === '-Infinity' || content === '-0') return content;
  throw new MalformedFrame();
}

function list(node: unknown): readonly unknown[] {
  if (!isList(node)) throw new MalformedFrame();
  return node;
}

/** As Array.isArray, without its `any`. */
function isList(node: unknown): node is readonly unknown[] {
  return Array.isArray(node);
}

function text(node: unknown): string {
  if (typeof node !== 'string') throw new MalformedFrame();
  return node;
}
