import { EXIT } from '../exit-codes.ts';
import { addExamples, addJsonOption, type CommandHost, type JsonFlag } from './command-host.ts';

export function addConfig({ program, context, action }: CommandHost): void {
  const group = addExamples(program.command('config').description('show the configuration'), [
    'switchyard config list',
  ]);
  const list = group
    .command('list')
    .description('every setting with its value and where it is from; passwords are masked');
  addExamples(addJsonOption(list), ['switchyard config list', 'PORT=9000 switchyard config list --json']);
  list.action(
    action(async (flags: JsonFlag) => {
      const { loadSettings } = await import('../settings.ts');
      const { listSettings } = await import('@switchyard/orchestrator/config');
      const settings = listSettings(await loadSettings(context));
      if (flags.json) {
        for (const setting of settings) context.printJson(setting);
        return EXIT.done;
      }
      const [{ renderTable }, { printableLine }] = await Promise.all([
        import('../render/table.ts'),
        import('../render/printable.ts'),
      ]);
      const rows = settings.map(({ name, value, origin }) => [
        name,
        value === null ? context.style.color.dim('not set') : printableLine(spaced(value)),
        origin.from === 'default'
          ? context.style.color.dim('default')
          : printableLine(`${origin.from}: ${origin.name}`),
      ]);
      const columns = [{ head: 'setting' }, { head: 'value', wraps: true }, { head: 'from', wraps: true }];
      context.print(renderTable(context.style, columns, rows));
      return EXIT.done;
    }),
  );
}

/** JSON that can be wrapped between its members. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ');
}
