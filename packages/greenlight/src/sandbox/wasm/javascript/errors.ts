/** What QuickJS throws, as a ProgramError on the learner's own lines. */

import { isRecord } from '../../harness/record.ts';
import type { ProgramError } from '../../port.ts';

/** The name that an assertion's code is evaluated under. */
export const TEST_FILE = '<test>';

/**
 * A described error (`{type, message, stack}` as the harness writes it): its place is the innermost frame in one of the
 * submission's files, else in the test's code.
 */
export function programError(described: string, paths: readonly string[]): ProgramError {
  const parsed: unknown = JSON.parse(described);
  if (!isRecord(parsed)) return { type: 'Error', message: '' };
  const { type, message, stack } = parsed;
  const place = typeof stack === 'string' ? placeIn(stack, paths) : undefined;
  return {
    type: typeof type === 'string' ? type : 'Error',
    message: typeof message === 'string' ? message : '',
    ...place,
  };
}

/** The innermost own line of a QuickJS stack, whose lines read `at name (file:line:column)` or `at file:line:column`. */
export function placeIn(
  stack: string,
  paths: readonly string[],
): { file: string; line: number; column?: number } | undefined {
  let inTest: { file: string; line: number } | undefined;
  for (const entry of stack.split('\n')) {
    const match = /(?:\(|at )([^()]+?):(\d+)(?::(\d+))?\)?\s*$/.exec(entry);
    if (match === null) continue;
    const [, file = '', line = '', column] = match;
    if (paths.includes(file))
      return { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
    // The test's code is wrapped on its first line, so its columns are not the author's.
    if (file === TEST_FILE) inTest ??= { file, line: Number(line) };
  }
  return inTest;
}
