import type { ScheduleView, TickView } from '@switchyard/orchestrator/contract';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Connection } from '../server.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';
import { addScheduleAdd, addScheduleChange } from './schedules-write.ts';

/** Shown below a schedule. */
const SHOWN_TICKS = 10;

export function addSchedules(host: CommandHost): void {
  const { program } = host;
  const group = program
    .command('schedules')
    .description('tasks that are handed in by the clock: when, and what came of it');
  addExamples(group, [
    'switchyard schedules',
    'switchyard schedules add nightly "Summarise the day" --cron "30 2 * * *" --zone Europe/Berlin',
    'switchyard schedules show nightly',
    'switchyard schedules pause nightly',
  ]);
  addList(group, host);
  addScheduleAdd(group, host);
  addShow(group, host);
  addScheduleChange(group, host);
  addPause(group, host, true);
  addPause(group, host, false);
  addRun(group, host);
  addRemove(group, host);
}

function addList(group: Command, { context, action }: CommandHost): void {
  const command = group
    .command('list', { isDefault: true })
    .description('every schedule: when it runs next, what came of the last time; what is done without a word too');
  addExamples(addClientOptions(command), [
    'switchyard schedules',
    "switchyard schedules --json | jq -r '.data[] | [.name, .next_at] | @tsv'",
  ]);
  // It stands for the group, so a word that is no command of the group comes here.
  command.allowExcessArguments().action(
    action(async (flags: ClientFlags, { args: [word] }: Command) => {
      if (word !== undefined) throw new UsageError(`there is no "schedules ${word}"; it may be: ${namesOf(group)}`);
      const list = await ask(context, flags, ({ api, signal }) => api.schedules(signal));
      if (flags.json) {
        context.printJson(list);
        return EXIT.done;
      }
      const { renderScheduleList } = await import('../render/schedule-list.ts');
      if (list.data.length === 0) context.note('no schedules; make one: switchyard schedules add --help');
      else context.print(renderScheduleList(list.data, context.style, new Date()));
      return EXIT.done;
    }),
  );
}

function namesOf(group: Command): string {
  return group.commands.map((command) => command.name()).join(', ');
}

function addShow(group: Command, { context, action }: CommandHost): void {
  const command = group
    .command('show <name>')
    .description('a schedule, its next runs, what was missed and what came of its last ticks');
  addExamples(addClientOptions(command), [
    'switchyard schedules show nightly',
    'switchyard schedules show nightly --json | jq .last_missed',
  ]);
  command.action(
    action(async (name: string, flags: ClientFlags) => {
      const { schedule, ticks } = await ask(context, flags, async ({ api, signal }) => ({
        schedule: await api.schedule(name, signal),
        ticks: (await api.ticks(name, SHOWN_TICKS, signal)).data,
      }));
      if (flags.json) context.printJson({ ...schedule, ticks });
      else await printSchedule(context, schedule, ticks);
      return EXIT.done;
    }),
  );
}

function addPause(group: Command, { context, action }: CommandHost, paused: boolean): void {
  const verb = paused ? 'pause' : 'resume';
  const command = group
    .command(`${verb} <name>`)
    .description(
      paused
        ? 'let nothing begin until it is resumed; what comes due meanwhile is not missed'
        : 'go on with the next tick from now',
    );
  addExamples(addClientOptions(command), [`switchyard schedules ${verb} nightly`]);
  command.action(
    action(async (name: string, flags: ClientFlags) => {
      const schedule = await ask(context, flags, ({ api, signal }) => api.changeSchedule(name, { paused }, signal));
      if (flags.json) context.printJson(schedule);
      else {
        const { nextInWords } = await import('../render/schedule-time.ts');
        context.print(paused ? `${name} is paused` : `${name} runs ${nextInWords(schedule, new Date())}`);
      }
      return EXIT.done;
    }),
  );
}

function addRun(group: Command, { context, action }: CommandHost): void {
  const command = group
    .command('run <name>')
    .description('run it now, beside the calendar and also while it is paused; prints the id of the task');
  addExamples(addClientOptions(command), [
    'switchyard schedules run nightly',
    'switchyard watch $(switchyard schedules run nightly)',
  ]);
  command.action(
    action(async (name: string, flags: ClientFlags) => {
      const { tick, own } = await ask(context, flags, async ({ api, signal, own: isOwn }) => ({
        tick: await api.runSchedule(name, signal),
        own: isOwn,
      }));
      if (flags.json) context.printJson(tick);
      else printRun(context, tick);
      if (own) context.note('it is worked on once a server runs: switchyard up');
      return EXIT.done;
    }),
  );
}

function printRun(context: Context, { outcome, task_id: taskId }: TickView): void {
  if (taskId !== null) context.print(taskId);
  else if (outcome === 'waiting') context.note('it waits until the task of the earlier tick has ended');
  else context.note('it is stored, and handed in within a minute: something that it needs does not answer right now');
}

function addRemove(group: Command, { context, action }: CommandHost): void {
  const command = group.command('remove <name>').description('remove it with its ticks; tasks that it handed in go on');
  addExamples(addClientOptions(command), ['switchyard schedules remove nightly']);
  command.action(
    action(async (name: string, flags: ClientFlags) => {
      await ask(context, flags, ({ api, signal }) => api.removeSchedule(name, signal));
      if (flags.json) context.printJson({ name, removed: true });
      else context.print(`${name} is removed`);
      return EXIT.done;
    }),
  );
}

async function printSchedule(context: Context, schedule: ScheduleView, ticks: readonly TickView[]): Promise<void> {
  const { renderSchedule } = await import('../render/schedule-view.ts');
  context.print(renderSchedule(schedule, ticks, context.style, new Date()));
}

async function ask<T>(context: Context, flags: ClientFlags, work: (connection: Connection) => Promise<T>): Promise<T> {
  const { withServer } = await import('../server.ts');
  return withServer(context, flags, ['api'], work);
}
