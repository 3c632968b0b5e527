import type { ExitCode } from '../exit-codes.ts';
import { addClientOptions, addExamples, addTimeoutOption, type ClientFlags, type CommandHost } from './command-host.ts';

interface WatchFlags extends ClientFlags {
  readonly timeout?: number;
}

export function addWatch({ program, context, action }: CommandHost): void {
  const command = program
    .command('watch <id>')
    .description('print what happens to a task, from its beginning until it ends (exit status 5 if it fails)');
  addExamples(addTimeoutOption(addClientOptions(command)), [
    'switchyard watch 6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11',
    'switchyard watch 6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11 --json --timeout 60',
  ]);
  command.action(
    action(async (id: string, flags: WatchFlags): Promise<ExitCode> => {
      const [{ withServer }, { exitCodeOfTask, followTask }, { renderEvent }, { messageOf }] = await Promise.all([
        import('../server.ts'),
        import('../follow-task.ts'),
        import('../render/event-line.ts'),
        import('@switchyard/core'),
      ]);
      const task = await withServer(context, flags, ['api', 'worker'], (connection) =>
        followTask(connection, id, {
          timeout: flags.timeout,
          onEvent: (event) =>
            flags.json ? context.printJson(event) : context.print(renderEvent(event, context.style)),
          onReconnect: (error) => context.note(`the connection was lost, trying again: ${messageOf(error)}`),
        }),
      );
      return exitCodeOfTask(task);
    }),
  );
}
