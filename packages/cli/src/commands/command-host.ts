import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';

/** What a command's file needs to add its command. */
export interface CommandHost {
  readonly program: Command;
  readonly context: Context;
  /** Makes commander's action of a run that answers an exit status. */
  readonly action: <Args extends readonly unknown[]>(
    run: (...args: Args) => Promise<ExitCode>,
  ) => (...args: Args) => Promise<void>;
}

export interface JsonFlag {
  readonly json?: boolean | undefined;
}

export interface ClientFlags extends JsonFlag {
  readonly server?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** Examples stand first in every help. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('before', `Examples:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n`);
}

export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print JSON for programs, one value a line');
}

/** What every command has that talks to a server. */
export function addClientOptions(command: Command): Command {
  return addJsonOption(command)
    .addOption(
      new Option('--server <url>', 'the server (default: the local one, else one for this command)').argParser(readUrl),
    )
    .option('--data-dir <dir>', 'where a server for this command keeps its data (default: .switchyard)');
}

export function addTimeoutOption(command: Command): Command {
  return command.addOption(
    new Option('--timeout <seconds>', 'stop waiting after this long, with exit status 8; the task goes on').argParser(
      readSeconds,
    ),
  );
}

/** Node's timers end at 2^31 − 1 ms, a little over 24 days. */
const LONGEST_SECONDS = 2_000_000;

export function readSeconds(text: string): number {
  return readSecondsWithin(text, 0, LONGEST_SECONDS);
}

/** The bounds of a task's time budget. */
export function readWorkSeconds(text: string): number {
  return readSecondsWithin(text, 1, 3600);
}

function readSecondsWithin(text: string, least: number, most: number): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= least && seconds <= most) return seconds;
  throw new InvalidArgumentError(`It may be a number of seconds from ${least} to ${most}.`);
}

function readUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return text;
  throw new InvalidArgumentError('It may be an http or https URL, as http://127.0.0.1:8000.');
}
