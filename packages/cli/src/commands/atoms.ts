import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileTrouble, isErrno } from '@switchyard/core';
import type { AtomType, Issue, Language, Sandbox } from '@switchyard/greenlight';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { InputUnusable } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addExport } from './atoms-export.ts';
import { addImport } from './atoms-import.ts';
import { addExamples, addJsonOption, type CommandHost, type JsonFlag } from './command-host.ts';

interface CheckFlags extends JsonFlag {
  readonly run?: boolean;
}

interface NewFlags {
  readonly id?: string;
  readonly type: AtomType;
  readonly language?: Language;
}

const LANGUAGES = ['python', 'javascript', 'typescript', 'bash', 'sql', 'c', 'cpp', 'go', 'rust', 'java'];
const TYPES = ['code_submission', 'debugging', 'cli_task', 'diff_review', 'code_understanding'];

export function addAtoms(host: CommandHost): void {
  const atoms = host.program
    .command('atoms')
    .description(
      "tools for authors of exercises: check a deck, begin one, its editors' schema, results from and for other tools",
    );
  addExamples(atoms, ['switchyard atoms new my-deck.json --language python', 'switchyard atoms check my-deck.json']);
  addCheck(atoms, host);
  addNew(atoms, host);
  addSchema(atoms, host);
  addExport(atoms, host);
  addImport(atoms, host);
}

function addCheck(atoms: Command, { context, action }: CommandHost): void {
  const command = atoms
    .command('check <deck...>')
    .description(
      'check decks: every reference solution must score 1, no starter may (exit status 5 where something is wrong)',
    )
    .option('--no-run', 'read the decks only, run nothing');
  addExamples(addJsonOption(command), [
    'switchyard atoms check examples/decks/*.json',
    'switchyard atoms check deck.json --json',
  ]);
  command.action(
    action(async (files: readonly string[], flags: CheckFlags) => {
      const { createSandbox } = await import('@switchyard/greenlight');
      const sandbox = flags.run === false ? undefined : await createSandbox();
      try {
        return await checkAll(files, sandbox, flags, context);
      } finally {
        await sandbox?.close();
      }
    }),
  );
}

async function checkAll(
  files: readonly string[],
  sandbox: Sandbox | undefined,
  flags: CheckFlags,
  context: Context,
): Promise<ExitCode> {
  let [atoms, problems, unreadable] = [0, 0, 0];
  for (const file of files) {
    const checked = await checkFile(file, sandbox, context);
    atoms += checked.atoms;
    problems += checked.issues.length;
    unreadable += checked.readable ? 0 : 1;
    for (const issue of checked.issues) {
      if (flags.json) context.printJson({ file, ...issue });
      else context.print([file, issue.pointer, issue.detail].filter((part) => part !== '').join(' '));
    }
  }
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  context.note(
    `${count(atoms, 'atom')} in ${count(files.length, 'deck')}: ${problems === 0 ? 'no problem' : count(problems, 'problem')}`,
  );
  if (unreadable > 0) return EXIT.error;
  return problems === 0 ? EXIT.done : EXIT.failed;
}

interface CheckedFile {
  readonly atoms: number;
  readonly issues: readonly Issue[];
  readonly readable: boolean;
}

async function checkFile(
  file: string,
  sandbox: Sandbox | undefined,
  { io, signal, note }: Context,
): Promise<CheckedFile> {
  const { AtomsNotJson, AtomsUnreadable, checkDeck, InvalidAtom, loadDeck } = await import('@switchyard/greenlight');
  try {
    const deck = await loadDeck({ path: resolve(io.cwd, file) });
    const issues = await checkDeck(deck, sandbox, signal, (atom, ran) => {
      if (sandbox !== undefined && !ran) {
        note(`${file}: ${atom.atom_id} was read, not run: ${atom.content_json.language} does not run here`);
      }
    });
    return { atoms: deck.atoms.length, issues, readable: true };
  } catch (error) {
    if (error instanceof InvalidAtom) return { atoms: 0, issues: error.issues, readable: false };
    if (error instanceof AtomsNotJson || error instanceof AtomsUnreadable) {
      return { atoms: 0, issues: [{ pointer: '', detail: error.detail }], readable: false };
    }
    throw error;
  }
}

function addNew(atoms: Command, { context, action }: CommandHost): void {
  const command = atoms
    .command('new <file>')
    .description('begin a deck with one complete exercise; - prints it, to be put into another')
    .option('--id <id>', 'of the exercise (default: the name of the file)')
    .addOption(new Option('--type <type>', 'what is handed in').choices(TYPES).default('code_submission'))
    .addOption(
      new Option('--language <language>', 'of the answers (default: python; bash in a cli_task)').choices(LANGUAGES),
    );
  addExamples(command, [
    'switchyard atoms new my-deck.json --language python',
    'switchyard atoms new - --type cli_task --id count-errors',
  ]);
  command.action(
    action(async (file: string, flags: NewFlags) => {
      const { newAtom } = await import('@switchyard/greenlight');
      const name = file === '-' ? 'deck' : basename(file).replace(/\.json$/, '');
      const language = flags.language ?? (flags.type === 'cli_task' ? 'bash' : 'python');
      const atom = newAtom({ id: flags.id ?? idOf(name), type: flags.type, language });
      if (file === '-') {
        context.print(JSON.stringify(atom, null, 2));
        return EXIT.done;
      }
      const deck = { name, title: name, description: '', atoms: [atom] };
      await writeNew(resolve(context.io.cwd, file), `${JSON.stringify(deck, null, 2)}\n`);
      context.print(file);
      context.note(`a deck of one exercise; check it with: switchyard atoms check ${file}`);
      return EXIT.done;
    }),
  );
}

function idOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '') || 'first'
  );
}

async function writeNew(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx' });
  } catch (error) {
    const why = isErrno(error, 'EEXIST')
      ? 'is there already; name another file, or print the exercise with -'
      : `cannot be written: ${fileTrouble(error)}`;
    throw new InputUnusable(`"${path}"`, why, { cause: error });
  }
}

function addSchema(atoms: Command, { context, action }: CommandHost): void {
  const command = atoms
    .command('schema')
    .description('print the JSON Schema of decks, so that an editor completes them');
  addExamples(command, ['switchyard atoms schema > deck.schema.json']);
  command.action(
    action(async () => {
      const { deckJsonSchema } = await import('@switchyard/greenlight');
      context.print(JSON.stringify(deckJsonSchema(), null, 2));
      return EXIT.done;
    }),
  );
}
