/** Reads an event stream. Source: WHATWG HTML, 9.2.6 "Interpreting an event stream". */

/** An event beyond this is no event of ours: the reader stops instead of growing. */
const LONGEST_EVENT = 16 * 1024 * 1024;

export interface ServerSentEvent {
  /** The last `id:` seen so far; empty before the first. */
  readonly id: string;
  /** `message` unless named. */
  readonly event: string;
  readonly data: string;
}

/** What arrives is told as `null` too, also comments: a sign of life. */
export async function* readServerSentEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent | null, void, undefined> {
  let id = '';
  let event = '';
  let data: string[] = [];
  let length = 0;
  for await (const line of linesOf(chunks)) {
    if (line === null) {
      yield null;
      continue;
    }
    if (line === '') {
      if (data.length > 0) yield { id, event: event === '' ? 'message' : event, data: data.join('\n') };
      event = '';
      data = [];
      length = 0;
      continue;
    }
    const { field, value } = fieldOf(line);
    if (field === 'data') {
      length += value.length + 1;
      if (length > LONGEST_EVENT) throw tooLong('an event');
      data.push(value);
    } else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
}

/** A comment is the field with no name. */
function fieldOf(line: string): { field: string; value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { field: line, value: '' };
  const start = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
  return { field: line.slice(0, colon), value: line.slice(start) };
}

/** The lines, ended by CR LF, LF or CR; `null` after each chunk. What follows the last line end is dropped, as the standard says. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string | null, void, undefined> {
  // Removes a leading byte order mark too.
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be the first half of a CR LF: it waits for the next chunk.
    const held = rest.endsWith('\r') ? '\r' : '';
    const lines = rest.slice(0, rest.length - held.length).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + held;
    if (rest.length > LONGEST_EVENT) throw tooLong('a line');
    yield* lines;
    yield null;
  }
}

function tooLong(what: string): RangeError {
  return new RangeError(`${what} of over ${LONGEST_EVENT} characters in an event stream`);
}
