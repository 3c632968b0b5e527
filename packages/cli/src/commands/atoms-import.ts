import { type Command, Option } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { addExamples, type CommandHost } from './command-host.ts';

const RUNNERS = ['jest', 'pytest', 'exercism'] as const;

interface ImportFlags {
  readonly from: (typeof RUNNERS)[number];
  readonly atom: string;
}

export function addImport(atoms: Command, { context, action }: CommandHost): void {
  const command = atoms
    .command('import <report>')
    .description('read the report of another test runner (- for stdin) as a result, as `grade --json` prints it')
    .addOption(
      new Option(
        '--from <runner>',
        'jest: jest or vitest with JSON output; pytest: pytest-json-report; exercism: results.json',
      )
        .choices(RUNNERS)
        .makeOptionMandatory(),
    )
    .option('--atom <id>', 'the id of the atom that it is a result of', 'imported');
  addExamples(command, [
    'npx jest --json | switchyard atoms import - --from jest --atom two-fer > result.json',
    'switchyard atoms import .report.json --from pytest | switchyard atoms export - --format junit',
  ]);
  command.action(
    action(async (file: string, { from, atom }: ImportFlags) => {
      const [{ readJson }, { fromExercism, fromJest, fromPytest }] = await Promise.all([
        import('../input-file.ts'),
        import('@switchyard/greenlight'),
      ]);
      const read = { jest: fromJest, pytest: fromPytest, exercism: fromExercism }[from];
      context.print(JSON.stringify(read(await readJson(file, context.io), atom)));
      return EXIT.done;
    }),
  );
}
