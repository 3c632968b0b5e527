/** A configuration file: JSON, whose wrong places are told without what they hold. */
import { readFileSync } from 'node:fs';
import { errorCodeOf, isErrno, isJsonObject, messageOf } from '@switchyard/core';

export interface ConfigFile {
  readonly from: 'project' | 'user';
  readonly path: string;
  readonly values: ReadonlyMap<string, unknown>;
}

/**
 * The settings of a file; null when there is no such file or it cannot be used, in which case `problems` says why.
 * Names beside `known` (and `$schema`, for editors) are problems too: a misspelt setting must not pass for set.
 */
export function readConfigFile(
  from: ConfigFile['from'],
  path: string,
  known: readonly string[],
  problems: string[],
  readFile: (path: string) => string = (file) => readFileSync(file, 'utf8'),
): ConfigFile | null {
  try {
    const parsed: unknown = JSON.parse(readFile(path).replace(/^\uFEFF/, ''));
    if (!isJsonObject(parsed)) {
      problems.push(`${path} must hold a JSON object, as {"port": 8000}`);
      return null;
    }
    const entries = Object.entries(parsed).filter(([name]) => name !== '$schema');
    for (const [name] of entries.filter(([name]) => !known.includes(name))) {
      problems.push(`${name} in ${path} is not known; the names are: ${known.join(', ')}`);
    }
    return { from, path, values: new Map(entries) };
  } catch (error) {
    if (error instanceof SyntaxError) problems.push(`${path} is not valid JSON${positionOf(error)}`);
    else if (!isErrno(error, 'ENOENT', 'ENOTDIR'))
      problems.push(`${path} cannot be read (${errorCodeOf(error) ?? messageOf(error)})`);
    return null;
  }
}

/** Only the position: the parser's message repeats what it could not read, which may be a password. */
function positionOf({ message }: SyntaxError): string {
  const place = /line \d+ column \d+/.exec(message)?.[0];
  return place === undefined ? '' : ` (${place})`;
}
