/** What compilers write, as the first error with its place. */
import type { ProgramError } from '../port.ts';
import type { NativeLanguage } from './languages.ts';

const MAX_MESSAGE_CHARS = 2000;

/** `file:line:column: error: message`, as gcc, g++, rustc (short) and, without the word, go write it. */
const COLUMNS = /^(?:\.\/)?([^\s:][^:\n]*):(\d+):(\d+): (?:(?:fatal )?error(?:\[E\d+\])?: )?(.+)$/m;
const COLUMNS_ERROR = /^(?:\.\/)?([^\s:][^:\n]*):(\d+):(\d+): (?:fatal )?error(?:\[E\d+\])?: (.+)$/m;
/** `File.java:line: error: message`, then the line and a caret under it. */
const JAVAC = /^([^\s:][^:\n]*):(\d+): error: (.+)\n(?:[^\n]*\n){0,3}?( *)\^/m;
const JAVAC_PLAIN = /^([^\s:][^:\n]*):(\d+): error: (.+)$/m;
/** `file: line N: message`. */
const BASH = /^(.*?): line (\d+): (.+)$/m;
const LINKER = /undefined reference to [`'"]([^`'"]+)['"]/;

/** The first error of a compiler that failed; without a place where it names none. */
export function compileError(language: NativeLanguage, output: string): ProgramError {
  const type = language === 'bash' ? 'SyntaxError' : 'CompileError';
  const [, file, line, column, message] = placeOf(language, output);
  if (message === undefined || file === undefined) {
    const missing = LINKER.exec(output)?.[1];
    const text = missing === undefined ? lastLine(output) : `"${missing}" is not defined`;
    return { type, message: text.slice(0, MAX_MESSAGE_CHARS) };
  }
  const at = Number(column);
  return {
    type,
    message: message.slice(0, MAX_MESSAGE_CHARS),
    file,
    line: Number(line),
    ...(at > 0 ? { column: at } : {}),
  };
}

function placeOf(language: NativeLanguage, output: string): readonly (string | undefined)[] {
  if (language === 'bash') {
    const [all, file, line, message] = BASH.exec(output) ?? [];
    return [all, file, line, undefined, message];
  }
  if (language === 'java') {
    const [all, file, line, message, indent] = JAVAC.exec(output) ?? JAVAC_PLAIN.exec(output) ?? [];
    return [all, file, line, indent === undefined ? undefined : String(indent.length + 1), message];
  }
  return (language === 'go' ? COLUMNS : COLUMNS_ERROR).exec(output) ?? [];
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) || 'it does not compile';
}
