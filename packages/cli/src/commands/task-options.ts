/** A task as it is written on the command line: by options, or whole in a file. */
import type { TaskRequest } from '@switchyard/orchestrator/contract';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { WordsOfFields } from '../wrong-words.ts';
import { readWorkSeconds } from './command-host.ts';

/** As in the API's contract, which is not loaded for the help. */
const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const;

export interface TaskFlags {
  readonly goal?: string;
  readonly task?: string;
  readonly arm?: string;
  readonly input?: string;
  readonly context?: string;
  readonly priority?: (typeof PRIORITIES)[number];
  readonly maxTime?: number;
}

export function addTaskOptions(command: Command): Command {
  return command
    .option('--goal <text>', 'what is to be done, if not given as argument')
    .option('--arm <name>', 'who does it (default: generalist)')
    .option('--input <file>', 'JSON for the arm, from a file or - for stdin')
    .option('--context <text>', 'background for the arm')
    .option('--task <file>', 'the whole task as POST /submit takes it, with subtasks for instance; JSON, - for stdin')
    .addOption(new Option('--priority <priority>', 'what goes first (default: medium)').choices(PRIORITIES))
    .addOption(
      new Option('--max-time <seconds>', 'stop its work after this long, 1 to 3600 (default: 300)').argParser(
        readWorkSeconds,
      ),
    );
}

/** What the fields of a task were made of, of those that are words of the command and stand in no file. */
export function wordsOfTask({ task }: TaskFlags): WordsOfFields {
  if (task !== undefined) return {};
  return {
    '/goal': 'the goal',
    '/assigned_arm': '--arm',
    '/context': '--context',
    '/priority': '--priority',
    '/budget/max_time_seconds': '--max-time',
  };
}

/** The first of the options of a task that is given, beside `--task`. */
export function ownField(argument: string | undefined, flags: TaskFlags): string | undefined {
  const { goal = argument, arm, input, context, priority, maxTime } = flags;
  const given = Object.entries({ goal, arm, input, context, priority, 'max-time': maxTime });
  return given.find(([, value]) => value !== undefined)?.[0];
}

/** What the tasks of a file say for themselves. */
export function refuseOwnFields(argument: string | undefined, flags: TaskFlags, file: '--batch' | '--task'): void {
  const name = ownField(argument, flags);
  if (name !== undefined)
    throw new UsageError(`${name} cannot be given with ${file}: what stands in the file says its own`);
}

/** @param example how to give the goal that is missing */
export async function taskOf(
  argument: string | undefined,
  flags: TaskFlags,
  context: Context,
  example: string,
): Promise<TaskRequest> {
  if (flags.task === undefined) return requestOf(argument, flags, context, example);
  refuseOwnFields(argument, flags, '--task');
  return readTask(flags.task, context);
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

async function requestOf(
  argument: string | undefined,
  flags: TaskFlags,
  context: Context,
  example: string,
): Promise<TaskRequest> {
  if (argument !== undefined && flags.goal !== undefined) {
    throw new UsageError('the goal was given twice, as argument and with --goal; give it once');
  }
  const goal = argument ?? flags.goal;
  if (goal === undefined) throw new UsageError(`the goal is missing: ${example}`);
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
