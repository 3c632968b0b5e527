import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, type Deck, loadAnswers, loadDeck } from '@switchyard/greenlight';
import { type TaskRequest, taskRequestSchema } from '@switchyard/orchestrator/contract';
import { InputUnusable } from '../errors.ts';

/** The repository's examples, four levels up from here. */
const EXAMPLES = join(import.meta.dirname, '..', '..', '..', '..', 'examples');

/** What the demo works on: files that everyone can read, change and run again. */
export interface Examples {
  readonly deck: Deck;
  readonly deckPath: string;
  readonly answers: readonly Answer[];
  readonly explainLeases: TaskRequest;
  readonly customerLetter: TaskRequest;
  readonly poisonedTicket: TaskRequest;
  readonly nightlyReport: TaskRequest;
  /** What the scripted model answers. */
  readonly scriptFile: string;
}

/** @throws InputUnusable when the examples are not there */
export async function loadExamples(): Promise<Examples> {
  const deckPath = join(EXAMPLES, 'decks', 'first-steps.json');
  const deck = await loadDeck({ path: deckPath });
  return {
    deck,
    deckPath,
    answers: await loadAnswers(deck, join(EXAMPLES, 'decks', 'answers', 'first-steps')),
    explainLeases: await loadTask('explain-leases'),
    customerLetter: await loadTask('customer-letter'),
    poisonedTicket: await loadTask('poisoned-ticket'),
    nightlyReport: await loadTask('nightly-report'),
    scriptFile: join(EXAMPLES, 'tasks', 'script.json'),
  };
}

async function loadTask(name: string): Promise<TaskRequest> {
  const path = join(EXAMPLES, 'tasks', `${name}.json`);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InputUnusable(path, 'cannot be read; the demo needs the examples of the repository', { cause: error });
  });
  return taskRequestSchema.parse(JSON.parse(text));
}
