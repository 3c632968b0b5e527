import type { DemoFlags } from '../demo/run-demo.ts';
import { addExamples, addJsonOption, type CommandHost } from './command-host.ts';

export function addDemo({ program, context, action }: CommandHost): void {
  const command = program
    .command('demo')
    .description('show it work, refuse, crash and go on: on real input, in under a minute, in a directory of its own')
    .option('--keep', 'keep that directory');
  addExamples(addJsonOption(command), ['switchyard demo', 'npm run demo']);
  command.action(
    action(async (flags: DemoFlags) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      return runDemo(context, flags);
    }),
  );
}
