import type { Atom, Deck } from '../contract/atom.ts';
import { isCallTest } from '../contract/atom-tests.ts';
import type { Issue } from '../contract/invalid-atom.ts';
import { grade } from '../grader/grade.ts';
import type { Sandbox } from '../sandbox/port.ts';
import { starterOf } from './answers.ts';

/**
 * What an author should mend in a deck that reads well: an atom without tests or with hidden ones only, two tests of one
 * name, integers that JSON cannot hold. Given a sandbox, also: a `back` that does not score 1, a `starter` that does.
 *
 * @param told of each atom when it is through; `ran` is false where the sandbox does not run its language
 */
export async function checkDeck(
  deck: Deck,
  sandbox?: Sandbox,
  signal?: AbortSignal,
  told: (atom: Atom, ran: boolean) => void = () => undefined,
): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const [index, atom] of deck.atoms.entries()) {
    const runner = sandbox?.languages.includes(atom.content_json.language) === true ? sandbox : undefined;
    const found = [...checkAtom(atom), ...(runner === undefined ? [] : await runAtom(atom, runner, signal))];
    told(atom, runner !== undefined);
    issues.push(...found.map(({ pointer, detail }) => ({ pointer: `/atoms/${index}${pointer}`, detail })));
  }
  return issues;
}

function checkAtom({ content_json: { tests } }: Atom): Issue[] {
  const issue = (pointer: string, detail: string): Issue => ({ pointer: `/content_json/tests${pointer}`, detail });
  if (tests.length === 0) {
    return [issue('', 'is empty: nothing can be graded; add a call or an assertion')];
  }
  const issues = tests.every((test) => test.hidden)
    ? [issue('', 'are all hidden: a learner sees no reason for a score')]
    : [];
  for (const [index, test] of tests.entries()) {
    const first = tests.findIndex((other) => other.name === test.name);
    if (first < index) {
      issues.push(
        issue(`/${index}/name`, `was "${test.name}", as that of test ${first}; a learner cannot tell them apart`),
      );
    }
    if (isCallTest(test) && typeof test.expected === 'number' && isRounded(test.expected)) {
      issues.push(issue(`/${index}/expected`, 'is beyond 2^53, where JSON loses digits; write {"$int": "…"}'));
    }
  }
  return issues;
}

function isRounded(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

async function runAtom(atom: Atom, sandbox: Sandbox, signal?: AbortSignal): Promise<Issue[]> {
  const reference = await grade(atom, sandbox, signal);
  const issues: Issue[] = reference.correct
    ? []
    : [{ pointer: '/back', detail: `does not pass its own tests: ${reference.feedback}` }];
  const starter = starterOf(atom);
  if (starter !== undefined && (await grade(starter, sandbox, signal)).correct) {
    issues.push({ pointer: '/content_json/starter', detail: 'passes all tests as it is: nothing is left to do' });
  }
  return issues;
}
