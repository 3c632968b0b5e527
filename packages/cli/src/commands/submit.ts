import type { Submitted, TaskRequest, TaskView } from '@switchyard/orchestrator/contract';
import { Option } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Connection } from '../server.ts';
import {
  addClientOptions,
  addExamples,
  addTimeoutOption,
  type ClientFlags,
  type CommandHost,
  readWorkSeconds,
} from './command-host.ts';

/** As in the API's contract, which is not loaded for the help. */
const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const;

interface SubmitFlags extends ClientFlags {
  readonly goal?: string;
  readonly batch?: string;
  readonly task?: string;
  readonly arm?: string;
  readonly input?: string;
  readonly context?: string;
  readonly priority?: (typeof PRIORITIES)[number];
  readonly idempotencyKey?: string;
  readonly maxTime?: number;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function addSubmit({ program, context, action }: CommandHost): void {
  const command = program
    .command('submit [goal]')
    .description('hand in a task; prints its id, with --wait what came of it (exit status 5 if it failed)')
    .option('--goal <text>', 'what is to be done, if not given as argument')
    .option('--arm <name>', 'who does it (default: generalist)')
    .option('--input <file>', 'JSON for the arm, from a file or - for stdin')
    .option('--context <text>', 'background for the arm')
    .option('--task <file>', 'the whole task as POST /submit takes it, with subtasks for instance; JSON, - for stdin')
    .option(
      '--batch <file>',
      'many tasks as POST /submit takes them: a JSON array or a line each, - for stdin; all or none',
    )
    .addOption(new Option('--priority <priority>', 'what goes first (default: medium)').choices(PRIORITIES))
    .option('--idempotency-key <key>', 'the same key with the same task gives the same answer, not another task')
    .addOption(
      new Option('--max-time <seconds>', 'stop its work after this long, 1 to 3600 (default: 300)').argParser(
        readWorkSeconds,
      ),
    )
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
        const tasks = await readBatch(flags.batch, context.io);
        return withServer(context, flags, roles, (connection) => submitBatch(context, connection, tasks, flags));
      }
      if (flags.task !== undefined) refuseOwnFields(goal, flags, '--task');
      const request =
        flags.task === undefined ? await requestOf(goal, flags, context) : await readTask(flags.task, context);
      return withServer(context, flags, roles, (connection) => submit(context, connection, request, flags));
    }),
  );
}

/** What the tasks of a file say for themselves. */
function refuseOwnFields(argument: string | undefined, flags: SubmitFlags, file: '--batch' | '--task'): void {
  const { goal = argument, arm, input, context, priority, maxTime } = flags;
  const given = Object.entries({ goal, arm, input, context, priority, 'max-time': maxTime });
  const [name] = given.find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined)
    throw new UsageError(`${name} cannot be given with ${file}: what stands in the file says its own`);
}

/** Only that it is an object with a goal: the server knows the rest, and tells it by its place. */
async function readTask(file: string, context: Context): Promise<TaskRequest> {
  const { readJson } = await import('../input-file.ts');
  const task = await readJson(file, context.io);
  if (hasGoal(task)) return task;
  throw new UsageError(`${file} must hold a task: a JSON object with a goal`);
}

function hasGoal(value: unknown): value is TaskRequest {
  return typeof value === 'object' && value !== null && 'goal' in value && typeof value.goal === 'string';
}

async function requestOf(argument: string | undefined, flags: SubmitFlags, context: Context): Promise<TaskRequest> {
  if (argument !== undefined && flags.goal !== undefined) {
    throw new UsageError('the goal was given twice, as argument and with --goal; give it once');
  }
  const goal = argument ?? flags.goal;
  if (goal === undefined) throw new UsageError('the goal is missing: switchyard submit "what is to be done"');
  const { readJson } = await import('../input-file.ts');
  return {
    goal,
    ...(flags.arm === undefined ? {} : { assigned_arm: flags.arm }),
    ...(flags.input === undefined ? {} : { input: await readJson(flags.input, context.io) }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
    ...(flags.maxTime === undefined ? {} : { budget: { max_time_seconds: flags.maxTime } }),
  };
}

async function submit(
  context: Context,
  connection: Connection,
  request: TaskRequest,
  flags: SubmitFlags,
): Promise<ExitCode> {
  const { api, signal } = connection;
  const submitted = await api.submit(request, { idempotencyKey: flags.idempotencyKey, signal });
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
