/** What an arm outside of this program is given, and the reading of what it answers. */
import { jsonPointer } from '@switchyard/core';
import type { z } from 'zod';
import { type ArmAnswer, type ArmRequest, armAnswerSchema } from '../../contract/index.ts';
import type { ArmResult, Work } from '../../ports/arm.ts';
import { ArmAnswerInvalid, ArmReportedFailure } from './arm-errors.ts';

export function requestOf({ task, attempt, deadline }: Work): ArmRequest {
  return {
    task_id: task.id,
    attempt,
    contract: {
      goal: task.goal,
      constraints: { ...task.constraints },
      context: task.context,
      acceptance_criteria: [...task.acceptanceCriteria],
      budget: task.budget,
      priority: task.priority,
      input: task.input,
      metadata: { ...task.metadata },
    },
    deadline: deadline.toISOString(),
  };
}

/**
 * @param text what it wrote to stdout: one JSON object
 * @throws ArmAnswerInvalid, and ArmReportedFailure when the arm says that it failed
 */
export function resultOf(arm: string, text: string, asked: ArmRequest): ArmResult {
  const answer = parseAnswer(arm, text);
  if (answer.task_id !== undefined && answer.task_id !== asked.task_id) {
    throw new ArmAnswerInvalid(arm, 'its task_id is that of another task');
  }
  if (!answer.success) throw new ArmReportedFailure(arm, answer.error);
  return {
    result: answer.result,
    ...(answer.usage === undefined ? {} : { usage: answer.usage }),
    costUsd: answer.cost_usd ?? null,
  };
}

function parseAnswer(arm: string, text: string): ArmAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const what = text.trim() === '' ? 'nothing at all' : 'what is not one JSON value';
    throw new ArmAnswerInvalid(arm, `${what}, where {"success": true, "result": …} was expected`, { cause: error });
  }
  const parsed = armAnswerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ArmAnswerInvalid(arm, placesOf(parsed.error), { cause: parsed.error });
}

function placesOf({ issues }: z.ZodError): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => `${jsonPointer(path) || 'the answer'}: ${message}`)
    .join('; ');
}
