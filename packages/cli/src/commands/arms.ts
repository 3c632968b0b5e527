import { EXIT } from '../exit-codes.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';

export function addArms({ program, context, action }: CommandHost): void {
  const command = program.command('arms').description('what can do tasks, who works for it, and what is wrong');
  addExamples(addClientOptions(command), ['switchyard arms', "switchyard arms --json | jq '.data[].name'"]);
  command.action(
    action(async (flags: ClientFlags) => {
      const { withServer } = await import('../server.ts');
      const list = await withServer(context, flags, ['api', 'worker'], ({ api, signal }) => api.arms(signal));
      if (flags.json) {
        context.printJson(list);
        return EXIT.done;
      }
      const { renderArmList } = await import('../render/arm-list.ts');
      context.print(renderArmList(list.data, context.style));
      return EXIT.done;
    }),
  );
}
