/** `schedules add` and `schedules change`. */
import type { OnMissed, OnOverlap, ScheduleView } from '@switchyard/orchestrator/contract';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { WordsOfFields } from '../wrong-words.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';
import { addTaskOptions, ownField, type TaskFlags, taskOf, wordsOfTask } from './task-options.ts';

/** As in the API's contract, which is not loaded for the help. */
const OVERLAPS = ['skip', 'queue', 'cancel-previous', 'allow'] as const satisfies readonly OnOverlap[];
const MISSED = ['skip', 'run-once'] as const satisfies readonly OnMissed[];

const CRON_HELP = `
Cron:  minute (0-59)  hour (0-23)  day of the month (1-31)
       month (1-12, JAN-DEC)  day of the week (0-7, SUN-SAT)
       each a number, *, a range as 1-5, a step as */10, or a list of these with
       commas; or @hourly, @daily, @weekly, @monthly, @yearly. With both days
       given, either of them will do.`;

interface WriteFlags extends ClientFlags, TaskFlags {
  readonly cron?: string;
  readonly zone?: string;
  readonly overlap?: OnOverlap;
  readonly missed?: OnMissed;
  readonly paused?: boolean;
}

function addTimeOptions(command: Command): Command {
  return command
    .option('--cron <expression>', 'when, in five fields: "30 2 * * *" is each day at half past two')
    .option('--zone <name>', 'the time zone that this is meant in, as Europe/Berlin (default: UTC)')
    .addOption(
      new Option(
        '--overlap <policy>',
        'what a tick does while the task before it runs: nothing, wait, cancel it, run beside it (default: skip)',
      ).choices(OVERLAPS),
    )
    .addOption(
      new Option(
        '--missed <policy>',
        'what is done about ticks that came due while nothing ran: only tell, or one run for all (default: skip)',
      ).choices(MISSED),
    );
}

export function addScheduleAdd(group: Command, { context, action }: CommandHost): void {
  const command = addTaskOptions(
    addTimeOptions(
      group.command('add <name> [goal]').description('hand in a task by the clock; shows when it runs next'),
    ),
  ).option('--paused', 'make it, and let it begin when it is resumed');
  addExamples(addClientOptions(command), [
    'switchyard schedules add nightly "Summarise the day" --cron "30 2 * * *" --zone Europe/Berlin',
    'switchyard schedules add poll "Look for news" --arm feeds --input feeds.json --cron "*/10 9-17 * * MON-FRI"',
    'switchyard schedules add report --task tree.json --cron @monthly --missed run-once --overlap queue',
  ]).addHelpText('after', CRON_HELP);
  command.action(
    action(async (name: string, goal: string | undefined, flags: WriteFlags) => {
      const { cron } = flags;
      if (cron === undefined) throw new UsageError('when is missing: --cron "30 2 * * *", or --cron @daily');
      const task = await taskOf(goal, flags, context, `switchyard schedules add ${name} "what is to be done" …`);
      const [{ withServer }, { inWords }] = await Promise.all([import('../server.ts'), import('../wrong-words.ts')]);
      return withServer(context, flags, ['api'], async ({ api, signal, own }) => {
        const body = { name, cron, task, ...timeOf(flags), ...(flags.paused ? { paused: true } : {}) };
        const added = await inWords(wordsOf(flags), () => api.addSchedule(body, signal));
        await printWritten(context, added, flags);
        if (own) context.note('stored; it runs while a server runs: switchyard up');
        return EXIT.done;
      });
    }),
  );
}

export function addScheduleChange(group: Command, { context, action }: CommandHost): void {
  const command = addTaskOptions(
    addTimeOptions(group.command('change <name>').description('change what is given, and leave the rest as it is')),
  );
  addExamples(addClientOptions(command), [
    'switchyard schedules change nightly --cron "0 4 * * *"',
    'switchyard schedules change nightly --overlap queue --missed run-once',
    'switchyard schedules change nightly --task tree.json',
  ]).addHelpText('after', CRON_HELP);
  command.action(
    action(async (name: string, flags: WriteFlags) => {
      const isNewTask = flags.task !== undefined || ownField(undefined, flags) !== undefined;
      const task = isNewTask
        ? { task: await taskOf(undefined, flags, context, 'a task is changed as a whole: give --goal, or --task FILE') }
        : {};
      const patch = { ...timeOf(flags), ...(flags.cron === undefined ? {} : { cron: flags.cron }), ...task };
      if (Object.keys(patch).length === 0) {
        throw new UsageError('nothing to change: give --cron, --zone, --overlap, --missed, --goal or --task');
      }
      const [{ withServer }, { inWords }] = await Promise.all([import('../server.ts'), import('../wrong-words.ts')]);
      return withServer(context, flags, ['api'], async ({ api, signal }) => {
        const changed = await inWords(wordsOf(flags), () => api.changeSchedule(name, patch, signal));
        await printWritten(context, changed, flags);
        return EXIT.done;
      });
    }),
  );
}

function timeOf({ zone, overlap, missed }: WriteFlags) {
  return {
    ...(zone === undefined ? {} : { time_zone: zone }),
    ...(overlap === undefined ? {} : { on_overlap: overlap }),
    ...(missed === undefined ? {} : { on_missed: missed }),
  };
}

/** What the fields of a schedule were made of. */
function wordsOf(flags: WriteFlags): WordsOfFields {
  const task: WordsOfFields = Object.fromEntries(
    Object.entries(wordsOfTask(flags)).map(([pointer, word]) => [`/task${pointer}`, word]),
  );
  return {
    '/name': 'the name',
    '/cron': '--cron',
    '/time_zone': '--zone',
    '/on_overlap': '--overlap',
    '/on_missed': '--missed',
    ...task,
  };
}

/** The next runs tell whether what was said is what was meant. */
async function printWritten(context: Context, schedule: ScheduleView, { json }: WriteFlags): Promise<void> {
  if (json) {
    context.printJson(schedule);
    return;
  }
  const { upcomingLines } = await import('../render/schedule-time.ts');
  context.print(schedule.paused ? `${schedule.name} is paused` : `${schedule.name} runs next`);
  for (const line of upcomingLines(schedule, new Date())) context.print(`  ${line}`);
}
