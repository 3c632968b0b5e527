/** The generalist arm: one model answer to a goal. What a task without `assigned_arm` gets. */
import { SwitchyardError } from '@switchyard/core';
import { type Model, type ModelAnswer, type ModelMessage, priceOfCalls } from '@switchyard/probe';
import type { Task } from '../../domain/task.ts';
import type { Arm, ArmContract, Screening } from '../../ports/arm.ts';

const INSTRUCTION =
  'Do what the goal asks. Keep to every constraint, use the context where it helps, and meet each acceptance criterion.';

/** The provider refused to answer; that is never a success. */
export class AnswerBlocked extends SwitchyardError {
  constructor(model: string) {
    super(
      'answer_blocked',
      'terminal',
      `the answer of model ${model} was blocked by its provider; word the goal differently`,
    );
  }
}

/** The model said nothing; that is never a success either. */
export class AnswerEmpty extends SwitchyardError {
  constructor(model: string) {
    super('answer_empty', 'terminal', `the answer of model ${model} holds no text; word the goal differently`);
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
      if (answer.finish === 'blocked') throw new AnswerBlocked(model.id);
      if (answer.finish === 'empty') throw new AnswerEmpty(model.id);
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
        costUsd: await priceOf(answer),
      };
    },
    problem: () => null,
  };
}

function priceOf({ model, modelVersion, scripted, usage }: ModelAnswer): Promise<number | null> {
  const { inputTokens, outputTokens, cachedInputTokens } = usage;
  const call = { inputTokens, outputTokens, cachedInputTokens, modelVersion, scripted };
  return priceOfCalls({ modelId: model }, [call], new Date());
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
