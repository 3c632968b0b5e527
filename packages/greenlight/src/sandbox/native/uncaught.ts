/** What a program of Node left uncaught, read from what Node printed of it. */
import type { ProgramError } from '../port.ts';

/** `TypeError: message`, or with a code `TypeError [ERR_X]: message`, at the start of a line. */
const ERROR = /^(?:Uncaught )?([A-Z]\w{0,99}(?:Error|Exception))(?: \[\w{1,99}\])?(?:: (.*))?$/m;
/** A place in one of the job's files, in a stack or at the head of it. No path of a submission is longer; a program may print what it likes. */
const PLACE = /(?:file:\/\/)?\/box\/([^:\s)]{1,200}):(\d+)(?::(\d+))?/g;

const MAX_MESSAGE_CHARS = 2000;

/** Undefined where nothing of that form was printed. @param sources the job's files by path */
export function uncaughtIn(stderr: string, sources: { readonly [path: string]: string }): ProgramError | undefined {
  const error = ERROR.exec(stderr);
  const [, type, message = ''] = error ?? [];
  if (error === null || type === undefined) return undefined;
  const said = { type, message: message.slice(0, MAX_MESSAGE_CHARS) };
  // The stack tells the column, what stands before it the line alone.
  for (const text of [stderr.slice(error.index), stderr]) {
    for (const [, file = '', line, column] of text.matchAll(PLACE)) {
      if (!Object.hasOwn(sources, file)) continue;
      return { ...said, file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
    }
  }
  return said;
}
