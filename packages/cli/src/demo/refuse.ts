import type { TaskRequest } from '@switchyard/orchestrator/contract';
import { ApiProblem } from '../api-errors.ts';
import { renderFinding } from '../render/problem.ts';
import type { Examples } from './examples.ts';
import { DemoFailed, type Stage } from './stage.ts';

/** Two tasks that the screen must not let through: personal data, and instructions hidden in a text to work on. */
export async function showRefusals(stage: Stage, { customerLetter, poisonedTicket }: Examples): Promise<void> {
  const letter = await refusalOf(stage, 'a letter with a social security number', customerLetter);
  stage.check(
    'a task with an SSN is refused',
    letter.includes('SSN'),
    `found ${letter.join(', ')}; no value is repeated`,
  );
  const ticket = await refusalOf(stage, 'a ticket that tells its reader what to do', poisonedTicket);
  stage.check('a task with an injection is refused', ticket.length > 0, `found ${ticket.join(', ')}`);
}

/** The types that were found. */
async function refusalOf(stage: Stage, what: string, request: TaskRequest): Promise<string[]> {
  try {
    await stage.api.submit(request, { signal: stage.signal });
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'task_blocked') throw error;
    const { findings = [], status } = error.problem;
    stage.say(`${stage.style.cross} ${what}: ${status} ${error.code}`);
    for (const finding of findings) stage.say(`    ${renderFinding(finding)}`);
    const answer = JSON.stringify(error.problem);
    if (leaks(request, answer)) throw new DemoFailed(`the refusal of ${what} repeats what it refuses`);
    return findings.map(({ type }) => type);
  }
  throw new DemoFailed(`${what} was taken`);
}

/** Whether the number in the text comes back in the answer. */
function leaks({ context }: TaskRequest, answer: string): boolean {
  return (context?.match(/\d{3}-\d{2}-\d{4}/g) ?? []).some((value) => answer.includes(value));
}
