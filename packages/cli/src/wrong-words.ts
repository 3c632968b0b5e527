/** What the server refuses, in the words of whoever typed the command: an option, not the field that was made of it. */
import type { FieldError, Problem } from '@switchyard/orchestrator/contract';
import { ApiProblem } from './api-errors.ts';
import { UsageError } from './errors.ts';

/** By the pointer of a field: the option or argument that it was made of. */
export type WordsOfFields = { readonly [pointer: string]: string };

/** Words of the command that only the server saw to be wrong. */
export class WrongWords extends UsageError {
  /** What the server said, for programs. */
  readonly problem: Problem;

  constructor(problem: Problem, wrong: readonly string[]) {
    super(wrong.join('\n'));
    this.problem = problem;
  }
}

/**
 * Makes a call that holds words of the command.
 *
 * @throws WrongWords where each field that the server refuses is one of these words; what else it throws as it is: a file may
 *   be wrong, too
 */
export async function inWords<T>(words: WordsOfFields, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw (error instanceof ApiProblem ? wrongWords(error.problem, words) : null) ?? error;
  }
}

function wrongWords(problem: Problem, words: WordsOfFields): WrongWords | null {
  const { status, errors = [] } = problem;
  if (status !== 422 || errors.length === 0) return null;
  const wrong: string[] = [];
  for (const error of errors) {
    const word = wordOf(error, words);
    if (word === undefined) return null;
    wrong.push(`${word}: ${error.detail}`);
  }
  return new WrongWords(problem, wrong);
}

function wordOf({ pointer }: FieldError, words: WordsOfFields): string | undefined {
  return Object.hasOwn(words, pointer) ? words[pointer] : undefined;
}
