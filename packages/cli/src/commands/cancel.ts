import { EXIT } from '../exit-codes.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';

export function addCancel({ program, context, action }: CommandHost): void {
  const command = program.command('cancel <id>').description('stop a task');
  addExamples(addClientOptions(command), ['switchyard cancel 6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11']);
  command.action(
    action(async (id: string, flags: ClientFlags) => {
      const { withServer } = await import('../server.ts');
      const task = await withServer(context, flags, ['api'], async ({ api, signal }) => {
        await api.cancel(id, signal);
        return api.task(id, signal);
      });
      if (flags.json) context.printJson(task);
      else if (task.status === 'cancelled') context.print(`${id} cancelled`);
      else {
        context.print(`${id} ${task.status}, cancel asked for`);
        context.note(`it is cancelled when its work has stopped: switchyard watch ${id}`);
      }
      return EXIT.done;
    }),
  );
}
