import { type AtomResult, answerAtom, type ErrorClass } from '@switchyard/greenlight';
import { jsonSchema } from '@switchyard/orchestrator/contract';
import { readAtomResult, renderAtomReport } from '../render/atom-report.ts';
import { type DeckRow, renderDeckSummary } from '../render/deck-summary.ts';
import type { Examples } from './examples.ts';
import { DemoFailed, runTask, type Stage, seconds } from './stage.ts';

/** What is wrong with the answers in examples/decks/answers/first-steps, as the README beside them says; the others are right. */
const WRONG: { readonly [atomId: string]: ErrorClass } = {
  'subnet-hosts': 'logic',
  'parse-duration': 'runtime',
  'binary-search': 'timeout',
  'shared-tags': 'syntax',
  'roman-numerals': 'logic',
  'mac-address': 'runtime',
};
/** Shown in full: a wrong answer, a syntax error, an endless loop. */
const SHOWN = ['subnet-hosts', 'shared-tags', 'binary-search'];

interface Graded extends DeckRow {
  readonly atomId: string;
}

/** Every answer is a task of its own, all handed in at once; two worker processes share them. */
export async function gradeDeck(stage: Stage, { deck, answers }: Examples): Promise<void> {
  stage.say(`${answers.length} answers to the deck "${deck.title}", each a task of the greenlight arm, all at once.`);
  const startedAt = performance.now();
  const graded = await Promise.all(
    answers.map(async ({ atom, source }): Promise<Graded> => {
      const task = await runTask(stage, {
        goal: `Grade the answer to "${atom.title}"`,
        assigned_arm: 'greenlight',
        // As JSON carries it: what is left out is not there.
        input: jsonSchema.parse(JSON.parse(JSON.stringify(answerAtom(atom, source)))),
      });
      const result = readAtomResult(task.result);
      if (result === null) {
        throw new DemoFailed(
          `the task for "${atom.atom_id}" ended as ${task.status} (${task.error?.message ?? 'no grade'})`,
        );
      }
      return { atomId: atom.atom_id, title: atom.title, language: atom.content_json.language, result };
    }),
  );
  const tookMs = performance.now() - startedAt;
  for (const { atomId, title, result } of graded) {
    if (SHOWN.includes(atomId)) stage.say(`\n${renderAtomReport(result, title, stage.style)}`);
  }
  stage.say(`\n${renderDeckSummary(graded, stage.style)}`);
  checkGrades(stage, graded, tookMs);
}

function checkGrades(stage: Stage, graded: readonly Graded[], tookMs: number): void {
  const surprises = graded.filter(({ atomId, result }) => !isExpected(atomId, result));
  const tests = graded.reduce((sum, { result }) => sum + result.tests_total, 0);
  const languages = new Set(graded.map(({ language }) => language));
  stage.check(
    'a deck is graded in both languages',
    surprises.length === 0 && languages.size === 2,
    surprises.length === 0
      ? `${graded.length} answers, ${tests} tests, ${seconds(tookMs)}`
      : `not as expected: ${surprises.map(({ atomId }) => atomId).join(', ')}`,
  );
  const loop = graded.find(({ result }) => result.error_class === 'timeout');
  stage.check(
    'a wrong answer, a syntax error and an endless loop are told apart',
    loop !== undefined && ['logic', 'syntax'].every((kind) => graded.some(({ result }) => result.error_class === kind)),
    loop === undefined ? 'no loop was stopped' : `the loop was stopped after ${seconds(loop.result.execution_time_ms)}`,
  );
}

function isExpected(atomId: string, result: AtomResult): boolean {
  const wrong = WRONG[atomId];
  return wrong === undefined ? result.correct : !result.correct && result.error_class === wrong;
}
