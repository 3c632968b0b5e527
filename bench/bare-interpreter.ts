import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A plain interpreter process: what running code without a sandbox costs. */
export async function runInterpreter(command: string, flag: string, source: string): Promise<void> {
  await run(command, [flag, source]);
}

/** Any command, to its end. */
export async function runCommand(command: string, args: readonly string[]): Promise<void> {
  await run(command, [...args]);
}
