import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { type Context, createContext } from './context.ts';
import { UsageError } from './errors.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { type Io, processIo } from './io.ts';
import { createProgram } from './program.ts';
import { renderError } from './render/problem.ts';

/**
 * Runs one command.
 *
 * @param argv the arguments, without node and script
 * @returns the exit status: 0 done, 1 error, 2 usage, 4 refused, 5 the work failed, 8 still pending, 130 interrupted
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const interruption = listenForInterruption(io);
  const context = createContext(io, interruption.signal);
  let code: number = EXIT.done;
  try {
    const program = createProgram(context, readVersion(), (ended) => {
      code = ended;
    });
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    report(error, argv.includes('--json'), context);
    return exitCodeOf(error);
  } finally {
    interruption.dispose();
  }
}

/** The message on stderr; for programs that asked for JSON also the problem document that the server sent, on stdout. */
function report(error: unknown, json: boolean, context: Context): void {
  const debug = (context.io.env['SWITCHYARD_DEBUG'] ?? '') !== '';
  context.note(renderError(error, context.noteStyle, debug));
  if (error instanceof UsageError) context.note('(switchyard COMMAND --help shows examples)');
  if (json && error instanceof Error && 'problem' in error) context.printJson(error.problem);
}

function readVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
  const known = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return known ? String(parsed.version) : 'unknown';
}
