import { printable } from '../render/printable.ts';
import type { Examples } from './examples.ts';
import { runTask, type Stage } from './stage.ts';

/** A goal without an arm goes to the generalist, whose model is a script here: and says so. */
export async function answerGoal(stage: Stage, { explainLeases }: Examples): Promise<void> {
  const task = await runTask(stage, explainLeases);
  const { result } = task;
  const object = typeof result === 'object' && result !== null && !Array.isArray(result) ? result : {};
  const { output, model, scripted } = object;
  stage.say(`goal    ${printable(explainLeases.goal)}`);
  stage.say(`answer  ${printable(typeof output === 'string' ? output : JSON.stringify(result))}`);
  stage.say(stage.style.color.dim(`        (by ${JSON.stringify(model)}: a script, no model was asked)`));
  stage.check(
    'a goal is answered, and labelled as scripted',
    task.status === 'completed' && scripted === true,
    `${task.status} after ${Date.parse(task.updated_at) - Date.parse(task.created_at)} ms`,
  );
}
