import { messageOf } from '@switchyard/core';
import type { AtomResult } from '@switchyard/greenlight';
import { type Command, Option } from 'commander';
import { InputUnusable, UsageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { addExamples, type CommandHost } from './command-host.ts';

const FORMATS = ['junit', 'gradescope', 'exercism'] as const;

interface ExportFlags {
  readonly format: (typeof FORMATS)[number];
}

export function addExport(atoms: Command, { context, action }: CommandHost): void {
  const command = atoms
    .command('export <results>')
    .description('write results (what `grade --json` prints; - for stdin) as others read them')
    .addOption(
      new Option('--format <format>', 'junit takes any number of results, the others one')
        .choices(FORMATS)
        .makeOptionMandatory(),
    );
  addExamples(command, [
    'switchyard grade deck.json --answers mine --json | switchyard atoms export - --format junit > report.xml',
    'switchyard atoms export result.json --format gradescope > results.json',
  ]);
  command.action(
    action(async (file: string, { format }: ExportFlags) => {
      const [{ readText }, { toExercism, toGradescope, toJUnit }] = await Promise.all([
        import('../input-file.ts'),
        import('@switchyard/greenlight'),
      ]);
      const results = await resultsIn(await readText(file, context.io), file);
      if (format === 'junit') {
        context.print(toJUnit(results).trimEnd());
        return EXIT.done;
      }
      const [only, ...others] = results;
      if (only === undefined || others.length > 0) {
        throw new UsageError(`${format} takes one result, and ${file} holds ${results.length}; junit takes any number`);
      }
      context.print(JSON.stringify(format === 'gradescope' ? toGradescope(only) : toExercism(only), null, 2));
      return EXIT.done;
    }),
  );
}

/** One result a line, or one in all, over several lines. */
async function resultsIn(text: string, file: string): Promise<AtomResult[]> {
  const { atomResultSchema } = await import('@switchyard/greenlight');
  const parse = (json: string): AtomResult => atomResultSchema.parse(JSON.parse(json));
  try {
    return [parse(text)];
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line, index) => {
      try {
        return parse(line);
      } catch (error) {
        throw new InputUnusable(`line ${index + 1} of ${file}`, `is no result of a grade: ${messageOf(error)}`, {
          cause: error,
        });
      }
    });
  }
}
