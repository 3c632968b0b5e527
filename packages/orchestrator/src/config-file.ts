/** A configuration file: JSON, whose wrong places are told without what they hold. */
import { readFileSync } from 'node:fs';
import { fileTrouble, isErrno, isJsonObject, jsonTrouble } from '@switchyard/core';

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
  readFile: (path: string) => string = readUtf8,
): ConfigFile | null {
  try {
    const text = readFile(path).replace(/^\uFEFF/, '');
    const parsed = parseJson(text);
    if (parsed === undefined) {
      problems.push(`${path} is not valid JSON: ${jsonTrouble(text)}`);
      return null;
    }
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
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) problems.push(`${path} cannot be read: ${fileTrouble(error)}`);
    return null;
  }
}

function readUtf8(file: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
}

/** Undefined for what is no JSON: the engine's own error repeats what it could not read, which may be a password. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
