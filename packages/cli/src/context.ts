import type { Io } from './io.ts';
import { jsonLine } from './render/printable.ts';
import { type Style, styleFor } from './render/style.ts';

/** What every command gets. */
export interface Context {
  readonly io: Io;
  /** Aborts when the command is to stop. */
  readonly signal: AbortSignal;
  /** How to print data. */
  readonly style: Style;
  /** How to print messages. */
  readonly noteStyle: Style;
  /** Data for people, on stdout. */
  readonly print: (text: string) => void;
  /** Data for programs, one JSON value a line, on stdout. */
  readonly printJson: (value: unknown) => void;
  /** A message, on stderr. */
  readonly note: (text: string) => void;
}

export function createContext(io: Io, signal: AbortSignal): Context {
  return {
    io,
    signal,
    style: styleFor(io.stdout, io.env),
    noteStyle: styleFor(io.stderr, io.env),
    print: (text) => void io.stdout.write(`${text}\n`),
    printJson: (value) => void io.stdout.write(`${jsonLine(value)}\n`),
    note: (text) => void io.stderr.write(`${text}\n`),
  };
}
