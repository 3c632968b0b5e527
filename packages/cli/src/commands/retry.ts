import { EXIT } from '../exit-codes.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';

export function addRetry({ program, context, action }: CommandHost): void {
  const command = program.command('retry <id>').description('try a failed task again');
  addExamples(addClientOptions(command), ['switchyard retry 6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11']);
  command.action(
    action(async (id: string, flags: ClientFlags) => {
      const { withServer } = await import('../server.ts');
      const task = await withServer(context, flags, ['api'], async ({ api, signal, own }) => {
        await api.retry(id, signal);
        if (own) context.note('nothing works on it until a server runs: switchyard up');
        return api.task(id, signal);
      });
      if (flags.json) context.printJson(task);
      else context.print(`${id} ${task.status}`);
      return EXIT.done;
    }),
  );
}
