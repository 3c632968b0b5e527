/** TypeScript as the engine can run it: types are stripped where they stand, so that lines and columns stay. Nothing checks them. */
import { stripTypeScriptTypes } from 'node:module';
import type { ProgramError } from '../../port.ts';
import type { Files } from './sources.ts';

const TYPESCRIPT = /\.[cm]?ts$/;

export type Stripped =
  | { readonly ok: true; readonly files: Files }
  | { readonly ok: false; readonly error: ProgramError };

/** The stripper is compiled at its first use (27 ms): before the box is parked, not while a job waits. */
export function warmStripper(): void {
  stripTypeScriptTypes('const warm: number = 1;');
}

/** All files, the TypeScript ones without their types; the first syntax error of them. */
export function stripFiles(files: Files, entrypoint: string): Stripped {
  const stripped: { [path: string]: string } = {};
  for (const [path, source] of Object.entries(files)) {
    if (path !== entrypoint && !TYPESCRIPT.test(path)) {
      stripped[path] = source;
      continue;
    }
    try {
      stripped[path] = strip(source, path);
    } catch (error) {
      return { ok: false, error: syntaxError(error, path) };
    }
  }
  return { ok: true, files: stripped };
}

export function strip(source: string, path: string): string {
  try {
    return stripTypeScriptTypes(source, { sourceUrl: path }).replace(/\n\/\/# sourceURL=.*$/, '');
  } catch (error) {
    if (codeIn(error) !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') throw error;
    // Enums and parameter properties make code: it is written anew, and its lines move.
    return stripTypeScriptTypes(source, { mode: 'transform' });
  }
}

function codeIn(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Node tells the place only at the head of the stack: the path with the line, some source, and a caret under the column. */
export function syntaxError(error: unknown, path: string): ProgramError {
  if (!(error instanceof Error)) return { type: 'SyntaxError', message: String(error), file: path };
  const head = (error.stack ?? '').split('\n');
  const line = Number(/:(\d+)$/.exec(head[0] ?? '')?.[1]);
  const caret = head.find((one) => /^\s*\^+\s*$/.test(one))?.indexOf('^') ?? -1;
  return {
    type: 'SyntaxError',
    message: error.message,
    file: path,
    ...(line > 0 ? { line } : {}),
    ...(caret >= 0 ? { column: caret + 1 } : {}),
  };
}
