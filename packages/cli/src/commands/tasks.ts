import { EXIT } from '../exit-codes.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';

interface TasksFlags extends ClientFlags {
  readonly status?: string;
  readonly arm?: string;
  readonly parent?: string;
  readonly search?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

export function addTasks({ program, context, action }: CommandHost): void {
  const command = program
    .command('tasks')
    .description('list tasks, newest first')
    .option('--status <status>', 'only these: pending, processing, completed, failed or cancelled')
    .option('--arm <name>', 'only those of this arm')
    .option('--parent <id>', 'only the subtasks of this one')
    .option('--search <words>', 'only those with these words in their goal')
    .option('--limit <count>', 'at most this many, 1 to 200 (default: 50)')
    .option('--cursor <cursor>', 'go on where an earlier list ended');
  addExamples(addClientOptions(command), [
    'switchyard tasks --status failed',
    'switchyard tasks --arm greenlight --json | jq .data',
  ]);
  command.action(
    action(async ({ status, arm, parent, search, limit, cursor, ...flags }: TasksFlags) => {
      const { withServer } = await import('../server.ts');
      const query = { status, arm, parent, q: search, limit, cursor };
      const page = await withServer(context, flags, ['api'], ({ api, signal }) => api.tasks(query, signal));
      if (flags.json) {
        context.printJson(page);
        return EXIT.done;
      }
      const { renderTaskList } = await import('../render/task-list.ts');
      if (page.data.length === 0) context.note('no tasks');
      else context.print(renderTaskList(page.data, context.style));
      if (page.next_cursor !== null) context.note(`there are more: --cursor ${page.next_cursor}`);
      return EXIT.done;
    }),
  );
}
