import type { Submitted, TaskRequest, TaskView } from '@switchyard/orchestrator/contract';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Connection } from '../server.ts';
import { addClientOptions, addExamples, addTimeoutOption, type ClientFlags, type CommandHost } from './command-host.ts';
import { addTaskOptions, refuseOwnFields, type TaskFlags, taskOf, wordsOfTask } from './task-options.ts';

const KEY = { 'Idempotency-Key': '--idempotency-key' };

interface SubmitFlags extends ClientFlags, TaskFlags {
  readonly batch?: string;
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function addSubmit({ program, context, action }: CommandHost): void {
  const command = addTaskOptions(
    program
      .command('submit [goal]')
      .description('hand in a task; prints its id, with --wait what came of it (exit status 5 if it failed)'),
  )
    .option(
      '--batch <file>',
      'many tasks as POST /submit takes them: a JSON array or a line each, - for stdin; all or none',
    )
    .option('--idempotency-key <key>', 'the same key with the same task gives the same answer, not another task')
    .option('--wait', 'wait until it has ended');
  addExamples(addTimeoutOption(addClientOptions(command)), [
    'switchyard submit "Explain what a lease is in a durable queue" --wait',
    'switchyard submit "Grade my answer" --arm greenlight --input atom.json --wait --json',
    'switchyard submit --task tree.json --wait',
    'switchyard submit --batch tasks.ndjson --idempotency-key import-7',
    'jq .atoms[0] deck.json | switchyard submit "Grade it" --arm greenlight --input -',
  ]);
  command.action(
    action(async (goal: string | undefined, flags: SubmitFlags) => {
      const { withServer } = await import('../server.ts');
      // Without --wait nothing is begun that this command would only break off again.
      const roles = flags.wait ? (['api', 'worker'] as const) : (['api'] as const);
      if (flags.timeout !== undefined && !flags.wait) throw new UsageError('--timeout is for --wait');
      if (flags.batch !== undefined) {
        refuseOwnFields(goal, flags, '--batch');
        const { readBatch, submitBatch } = await import('./submit-batch.ts');
        const { inWords } = await import('../wrong-words.ts');
        const tasks = await readBatch(flags.batch, context.io);
        return withServer(context, flags, roles, (connection) =>
          inWords(KEY, () => submitBatch(context, connection, tasks, flags)),
        );
      }
      const request = await taskOf(goal, flags, context, 'switchyard submit "what is to be done"');
      return withServer(context, flags, roles, (connection) => submit(context, connection, request, flags));
    }),
  );
}

async function submit(
  context: Context,
  connection: Connection,
  request: TaskRequest,
  flags: SubmitFlags,
): Promise<ExitCode> {
  const { api, signal } = connection;
  const { inWords } = await import('../wrong-words.ts');
  const submitted = await inWords({ ...KEY, ...wordsOfTask(flags) }, () =>
    api.submit(request, { idempotencyKey: flags.idempotencyKey, signal }),
  );
  if (!flags.wait) {
    printAccepted(context, connection, submitted, flags);
    return EXIT.done;
  }
  context.note(`task ${submitted.task_id}`);
  const [{ exitCodeOfTask, followTask }, { renderEvent }, { messageOf }] = await Promise.all([
    import('../follow-task.ts'),
    import('../render/event-line.ts'),
    import('@switchyard/core'),
  ]);
  const task = await followTask(connection, submitted.task_id, {
    timeout: flags.timeout,
    onEvent: (event) => context.note(renderEvent(event, context.noteStyle)),
    onReconnect: (error) => context.note(`the connection was lost, trying again: ${messageOf(error)}`),
  });
  await printTask(context, task, flags);
  return exitCodeOfTask(task);
}

function printAccepted(context: Context, { own }: Connection, submitted: Submitted, flags: SubmitFlags): void {
  if (flags.json) context.printJson(submitted);
  else context.print(submitted.task_id);
  context.note(
    own
      ? 'stored; it is worked on once a server runs: switchyard up'
      : `accepted; see how it goes: switchyard watch ${submitted.task_id}`,
  );
}

async function printTask(context: Context, task: TaskView, flags: SubmitFlags): Promise<void> {
  if (flags.json) {
    context.printJson(task);
    return;
  }
  const { renderTask } = await import('../render/task-view.ts');
  context.print(await renderTask(task, context.style));
}
