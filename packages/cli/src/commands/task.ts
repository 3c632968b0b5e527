import { EXIT } from '../exit-codes.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';

export function addTask({ program, context, action }: CommandHost): void {
  const command = program.command('task <id>').description('show a task: where it stands, its result or why it failed');
  addExamples(addClientOptions(command), [
    'switchyard task 6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11',
    'switchyard task 6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11 --json | jq .result',
  ]);
  command.action(
    action(async (id: string, flags: ClientFlags) => {
      const { withServer } = await import('../server.ts');
      const task = await withServer(context, flags, ['api'], ({ api, signal }) => api.task(id, signal));
      if (flags.json) context.printJson(task);
      else {
        const { renderTask } = await import('../render/task-view.ts');
        context.print(await renderTask(task, context.style));
      }
      return EXIT.done;
    }),
  );
}
