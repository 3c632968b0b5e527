import type { TaskSummary } from '@switchyard/orchestrator/contract';
import { InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';

/** As in the API's contract, which is not loaded for the help. */
const STATUSES = [
  'pending',
  'processing',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly TaskSummary['status'][];
/** What the parameters of a request were made of. */
const WORDS = {
  status: '--status',
  arm: '--arm',
  parent: '--parent',
  q: '--search',
  limit: '--limit',
  cursor: '--cursor',
};
const LARGEST_PAGE = 200;

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
    .addOption(new Option('--status <status>', 'only these').choices(STATUSES))
    .option('--arm <name>', 'only those of this arm')
    .option('--parent <id>', 'only the subtasks of this one')
    .option('--search <words>', 'only those with these words in their goal')
    .addOption(new Option('--limit <count>', 'at most this many, 1 to 200 (default: 50)').argParser(readLimit))
    .option('--cursor <cursor>', 'go on where an earlier list ended');
  addExamples(addClientOptions(command), [
    'switchyard tasks --status failed',
    'switchyard tasks --arm greenlight --json | jq .data',
  ]);
  command.action(
    action(async ({ status, arm, parent, search, limit, cursor, ...flags }: TasksFlags) => {
      const { withServer } = await import('../server.ts');
      const query = { status, arm, parent, q: search, limit, cursor };
      const { inWords } = await import('../wrong-words.ts');
      const page = await withServer(context, flags, ['api'], ({ api, signal }) =>
        inWords(WORDS, () => api.tasks(query, signal)),
      );
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

function readLimit(text: string): string {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= LARGEST_PAGE) return text;
  throw new InvalidArgumentError(`It may be a whole number from 1 to ${LARGEST_PAGE}.`);
}
