import { resolve } from 'node:path';
import { errorCodeOf, messageOf } from '@switchyard/core';
import type { Atom, AtomResult, Deck, RunAtomRequest, Sandbox } from '@switchyard/greenlight';
import { Option } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addExamples, addJsonOption, type CommandHost, type JsonFlag } from './command-host.ts';

interface GradeFlags extends JsonFlag {
  readonly answer?: string;
  readonly answers?: string;
  readonly atom?: string;
  readonly driver: 'wasm' | 'native' | 'auto';
}

export function addGrade({ program, context, action }: CommandHost): void {
  const command = program
    .command('grade <file>')
    .description('grade an exercise, or all of a deck, in this process (exit status 5 below a full score)')
    .option('--answer <file>', 'the answer to grade, or - for stdin (default: the reference solution of the atom)')
    .option(
      '--answers <folder>',
      'answers to a deck: <atom_id> and the ending of its language (.py, .js, .sh, .sql); atoms without one are left out',
    )
    .option('--atom <id>', 'of a deck, only this one')
    .addOption(
      new Option('--driver <driver>', 'which sandbox runs what both could')
        .choices(['wasm', 'native', 'auto'])
        .default('wasm'),
    );
  addExamples(addJsonOption(command), [
    'switchyard grade examples/decks/first-steps.json --answers examples/decks/answers/first-steps',
    'switchyard grade examples/decks/first-steps.json --atom subnet-hosts --answer my-answer.py',
    'switchyard grade atom.json --json | jq .partial_score',
  ]);
  command.action(
    action(async (file: string, flags: GradeFlags) => {
      const { createSandbox, loadDeck } = await import('@switchyard/greenlight');
      if (flags.answer !== undefined && flags.answers !== undefined) {
        throw new UsageError('--answer and --answers were both given; give one of them');
      }
      const deck = await loadDeck(await sourceOf(file, context));
      const jobs = await jobsOf(deck, flags, context);
      const sandbox = await createSandbox({ driver: flags.driver });
      try {
        return await gradeAll(jobs, sandbox, flags, context);
      } finally {
        await sandbox.close();
      }
    }),
  );
}

export interface GradeJob {
  readonly atom: Atom;
  readonly request: RunAtomRequest;
}

async function sourceOf(file: string, { io }: Context): Promise<{ path: string } | { text: string }> {
  const { readText } = await import('../input-file.ts');
  return file === '-' ? { text: await readText(file, io) } : { path: resolve(io.cwd, file) };
}

async function jobsOf(deck: Deck, flags: GradeFlags, { io }: Context): Promise<GradeJob[]> {
  const { answerAtom, loadAnswers } = await import('@switchyard/greenlight');
  const atoms = deck.atoms.filter(({ atom_id: id }) => flags.atom === undefined || id === flags.atom);
  const [first, ...others] = atoms;
  if (first === undefined) {
    throw new UsageError(
      `there is no atom "${flags.atom}"; it may be one of: ${deck.atoms.map((atom) => atom.atom_id).join(', ')}`,
    );
  }
  if (flags.answer !== undefined) {
    if (others.length > 0) throw new UsageError('an answer is to one atom of the deck; name it with --atom ID');
    const { readText } = await import('../input-file.ts');
    return [{ atom: first, request: answerAtom(first, await readText(flags.answer, io)) }];
  }
  if (flags.answers === undefined) return atoms.map((atom) => ({ atom, request: atom }));
  const folder = resolve(io.cwd, flags.answers);
  const answers = await loadAnswers({ ...deck, atoms }, folder);
  if (answers.length === 0) throw new UsageError(`${folder} holds no answer to an atom of the deck`);
  return answers.map(({ atom, source }) => ({ atom, request: answerAtom(atom, source) }));
}

/** An atom whose language does not run here keeps the others of its deck from nothing, and is no score of 0. */
export async function gradeAll(
  jobs: readonly GradeJob[],
  sandbox: Sandbox,
  flags: JsonFlag,
  context: Context,
): Promise<ExitCode> {
  const [{ grade }, { renderAtomReport }, { renderDeckSummary }] = await Promise.all([
    import('@switchyard/greenlight'),
    import('../render/atom-report.ts'),
    import('../render/deck-summary.ts'),
  ]);
  const rows: { title: string; language: string; result: AtomResult }[] = [];
  for (const { atom, request } of jobs) {
    const result = await grade(request, sandbox, context.signal).catch((error: unknown) => {
      if (jobs.length === 1 || errorCodeOf(error) !== 'language_unsupported') throw error;
      context.note(`${atom.atom_id} is not graded: ${messageOf(error)}`);
      return null;
    });
    if (result === null) continue;
    rows.push({ title: atom.title, language: atom.content_json.language, result });
    if (flags.json) context.printJson(result);
    else context.print(`${renderAtomReport(result, atom.title, context.style)}${jobs.length > 1 ? '\n' : ''}`);
  }
  if (!flags.json && rows.length > 1) context.print(renderDeckSummary(rows, context.style));
  if (rows.some(({ result }) => !result.correct)) return EXIT.failed;
  return rows.length < jobs.length ? EXIT.error : EXIT.done;
}
