/** The generalist arm: one model answer to a goal. What a task without `assigned_arm` gets. */
import { SwitchyardError } from '@switchyard/core';
import type { Model, ModelMessage } from '@switchyard/probe';
import type { Task } from '../../domain/task.ts';
import type { Arm, ArmContract, Screening } from '../../ports/arm.ts';

const INSTRUCTION =
  'Do what the goal asks. Keep to every constraint, use the context where it helps, and meet each acceptance criterion.';

/** The model refused or said nothing; that is never a success. */
export class AnswerUnusable extends SwitchyardError {
  constructor(model: string, finish: 'blocked' | 'empty') {
    const what = finish === 'blocked' ? 'was blocked by its provider' : 'holds no text';
    super(`answer_${finish}`, 'terminal', `the answer of model ${model} ${what}; word the goal differently`);
  }
}

/** @param screening default `enforce`: these texts reach a model */
export function generalistContract(screening: Screening = 'enforce'): ArmContract {
  return { name: 'generalist', screening, checkInput: () => [] };
}

export interface GeneralistArmOptions {
  readonly contract: ArmContract;
  readonly model: Model;
  readonly concurrency: number;
}

export function createGeneralistArm({ contract, model, concurrency }: GeneralistArmOptions): Arm {
  return {
    ...contract,
    concurrency,
    run: async ({ task, signal }) => {
      const request = { messages: messagesOf(task), maxTokens: task.budget.max_tokens };
      const answer = await model.complete(request, signal);
      if (answer.finish === 'blocked' || answer.finish === 'empty') throw new AnswerUnusable(model.id, answer.finish);
      return {
        result: {
          output: answer.text,
          model: answer.modelVersion ?? answer.model,
          scripted: answer.scripted,
          truncated: answer.finish === 'length',
          acceptance: task.acceptanceCriteria.map((criterion) => ({
            criterion,
            met: null,
            reason: 'criteria are not judged in this version',
          })),
        },
        usage: {
          input_tokens: answer.usage.inputTokens,
          output_tokens: answer.usage.outputTokens,
          estimated: answer.usage.estimated,
        },
        costUsd: answer.scripted ? 0 : null,
      };
    },
    problem: () => null,
  };
}

function messagesOf(task: Task): ModelMessage[] {
  const sections = [
    ['Goal', task.goal],
    ['Context', task.context ?? ''],
    ['Constraints', Object.keys(task.constraints).length === 0 ? '' : JSON.stringify(task.constraints, null, 2)],
    ['Acceptance criteria', task.acceptanceCriteria.map((criterion) => `- ${criterion}`).join('\n')],
    ['Input', task.input === null ? '' : JSON.stringify(task.input, null, 2)],
  ];
  const content = sections
    .filter(([, text]) => text !== '')
    .map(([title, text]) => `# ${title}\n${text}`)
    .join('\n\n');
  return [
    { role: 'system', content: INSTRUCTION },
    { role: 'user', content },
  ];
}
