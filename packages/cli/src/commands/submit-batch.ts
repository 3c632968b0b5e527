/** `submit --batch`: many tasks from a file, taken as a whole or not at all. */
import type { JsonValue } from '@switchyard/orchestrator/contract';
import type { Context } from '../context.ts';
import { InputUnusable, StillPending } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { exitCodeOfTask, followTask } from '../follow-task.ts';
import { parseJson, readText } from '../input-file.ts';
import type { Io } from '../io.ts';
import type { Connection } from '../server.ts';

interface BatchFlags {
  readonly json?: boolean | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly wait?: boolean | undefined;
  readonly timeout?: number | undefined;
}

/** The tasks of a JSON array, or of JSON values one a line. Whether they are tasks is for the server to say. */
export async function readBatch(file: string, io: Io): Promise<JsonValue[]> {
  const text = (await readText(file, io)).replace(/^\uFEFF/, '').trim();
  const what = file === '-' ? 'stdin' : file;
  if (text === '') throw new InputUnusable(what, 'holds no tasks');
  if (text.startsWith('[')) {
    const parsed = parseJson(text, what);
    return Array.isArray(parsed) ? parsed : [parsed];
  }
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => parseJson(line, what, ` in line ${number}`));
}

/** Prints the ids, a line each; with --wait the tasks as they ended, in the order of the file. */
export async function submitBatch(
  context: Context,
  connection: Connection,
  tasks: JsonValue[],
  { json, idempotencyKey, wait, timeout }: BatchFlags,
): Promise<ExitCode> {
  const { api, signal, own } = connection;
  const { data } = await api.submitBatch(tasks, { idempotencyKey, signal });
  if (!wait) {
    for (const submitted of data) {
      if (json) context.printJson(submitted);
      else context.print(submitted.task_id);
    }
    context.note(`${data.length} accepted${own ? '; they are worked on once a server runs: switchyard up' : ''}`);
    return EXIT.done;
  }
  context.note(`${data.length} accepted; waiting for their end`);
  const until = timeout === undefined ? undefined : performance.now() + timeout * 1000;
  let code: ExitCode = EXIT.done;
  for (const [index, { task_id }] of data.entries()) {
    const left = until === undefined ? undefined : Math.max(0, until - performance.now()) / 1000;
    const task = await followTask(connection, task_id, { timeout: left }).catch((error: unknown) => {
      // What was asked for is told, not what was left of it for this one.
      throw error instanceof StillPending && timeout !== undefined ? new StillPending(task_id, timeout) : error;
    });
    if (json) context.printJson(task);
    else context.print(`${task_id} ${task.status}`);
    context.note(`${index + 1} of ${data.length} have ended`);
    if (exitCodeOfTask(task) !== EXIT.done) code = EXIT.failed;
  }
  return code;
}
