/** What an arm outside of this program is given, and the reading of what it answers. */
import { isJsonObject, jsonPointer } from '@switchyard/core';
import type { z } from 'zod';
import { type ArmAnswer, type ArmRequest, armAnswerSchema } from '../../contract/index.ts';
import type { ArmResult, Work } from '../../ports/arm.ts';
import { ArmAnswerInvalid, ArmOutOfStep, ArmReportedFailure } from './arm-errors.ts';

export function requestOf({ task, attempt, deadline }: Work): ArmRequest {
  return {
    id: `${task.id}/${attempt}`,
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
  if (answer.id !== undefined && answer.id !== asked.id)
    throw new ArmAnswerInvalid(arm, 'its id is that of another question');
  if (!answer.success) throw new ArmReportedFailure(arm, answer.error);
  return {
    result: answer.result,
    ...(answer.usage === undefined ? {} : { usage: answer.usage }),
    costUsd: answer.cost_usd ?? null,
  };
}

/** @throws ArmOutOfStep when the line does not say that it answers this very question */
export function checkInStep(arm: string, line: string, asked: ArmRequest): void {
  let id: unknown;
  try {
    const value: unknown = JSON.parse(line);
    id = isJsonObject(value) ? value['id'] : undefined;
  } catch {
    id = undefined;
  }
  if (id !== asked.id) throw new ArmOutOfStep(arm, id === undefined ? 'says no id' : 'says the id of another question');
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
