/**
 * The generalist arm: a model's answer to a goal, judged criterion by criterion, repaired once where the budget lasts.
 * What a task without `assigned_arm` gets.
 */
import { SwitchyardError } from '@switchyard/core';
import type { Model, ModelAnswer, ModelMessage } from '@switchyard/probe';
import { BudgetExceeded } from '../../app/meter.ts';
import type { Task } from '../../domain/task.ts';
import type { Arm, ArmContract, ArmResult, Screening, Work } from '../../ports/arm.ts';
import { type Judgement, judge, notJudged } from './acceptance.ts';
import { inputTokensOf, meteredModel, type PriceOf } from './metered-model.ts';

const INSTRUCTION =
  'Do what the goal asks. Keep to every constraint, use the context where it helps, and meet each acceptance criterion.';
/** A judgement or a repair that would have less room than this is not begun. */
const SHORTEST_ANSWER_TOKENS = 256;

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
  return { name: 'generalist', screening, inputSchema: INPUT, checkInput: () => [] };
}

/** For descriptions and forms. */
const INPUT = { description: 'Anything that the goal is about: it is shown to the model as JSON. May be left out.' };

export interface GeneralistArmOptions {
  readonly contract: ArmContract;
  readonly model: Model;
  readonly concurrency: number;
  readonly priceOf: PriceOf;
}

export function createGeneralistArm({ contract, model, concurrency, priceOf }: GeneralistArmOptions): Arm {
  return {
    ...contract,
    concurrency,
    run: (work) => answerGoal(work, model, priceOf),
    problem: () => null,
  };
}

/**
 * What the budget leaves for an answer to these messages.
 *
 * @throws BudgetExceeded when a further answer would be cut short
 */
function roomFor(messages: readonly ModelMessage[], { id, budget }: Task, answers: readonly ModelAnswer[]): number {
  const used = answers.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
  const left = budget.max_tokens - used - inputTokensOf({ messages });
  if (answers.length === 0 || left >= SHORTEST_ANSWER_TOKENS) return Math.max(1, left);
  throw new BudgetExceeded({ taskId: id, limit: 'max_tokens', allowed: budget.max_tokens, used, by: [] });
}

/** All calls of one attempt, and what they used. */
interface Talk {
  readonly ask: (messages: readonly ModelMessage[]) => Promise<ModelAnswer>;
  readonly answers: readonly ModelAnswer[];
}

async function answerGoal(work: Work, model: Model, priceOf: PriceOf): Promise<ArmResult> {
  const { task, signal, meter } = work;
  const metered = meteredModel(model, meter, priceOf);
  const answers: ModelAnswer[] = [];
  const talk: Talk = {
    answers,
    ask: async (messages) => {
      const maxTokens = roomFor(messages, task, answers);
      const answer = await metered.complete({ messages, maxTokens }, signal);
      answers.push(answer);
      return answer;
    },
  };
  const question = questionOf(task);
  const first = said(await talk.ask(question), model);
  const { answer, judgements, repaired } = await accepted(task, question, first, talk, model);
  return resultOf(answer, judgements, repaired, answers, await costOf(model, answers, priceOf));
}

interface Accepted {
  readonly answer: ModelAnswer;
  readonly judgements: readonly Judgement[];
  readonly repaired: boolean;
}

/** Judges the answer; where a criterion is not met, one more answer that knows why, judged again. */
async function accepted(
  task: Task,
  question: readonly ModelMessage[],
  answer: ModelAnswer,
  talk: Talk,
  model: Model,
): Promise<Accepted> {
  const criteria = task.acceptanceCriteria;
  if (criteria.length === 0) return { answer, judgements: [], repaired: false };
  if (answer.scripted) return { answer, judgements: notJudged(criteria, 'no model was asked'), repaired: false };
  let judgements: readonly Judgement[];
  try {
    judgements = await judge(criteria, answer.text, talk.ask);
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return { answer, judgements: notJudged(criteria, error.message), repaired: false };
  }
  const unmet = judgements.filter(({ met }) => met === false);
  if (unmet.length === 0) return { answer, judgements, repaired: false };
  try {
    const complaint = unmet.map(({ criterion, reason }) => `- ${criterion}: ${reason}`).join('\n');
    const again = await talk.ask([
      ...question,
      { role: 'assistant', content: answer.text },
      {
        role: 'user',
        content: `These criteria are not met yet:\n${complaint}\nAnswer again, whole, so that all are met.`,
      },
    ]);
    const better = said(again, model);
    return { answer: better, judgements: await judge(criteria, better.text, talk.ask), repaired: true };
  } catch (error) {
    // What there is stands, with what is wrong about it.
    if (error instanceof BudgetExceeded) return { answer, judgements, repaired: false };
    throw error;
  }
}

/** @throws AnswerBlocked, AnswerEmpty */
function said(answer: ModelAnswer, model: Model): ModelAnswer {
  if (answer.finish === 'blocked') throw new AnswerBlocked(model.id);
  if (answer.finish === 'empty') throw new AnswerEmpty(model.id);
  return answer;
}

function resultOf(
  answer: ModelAnswer,
  judgements: readonly Judgement[],
  repaired: boolean,
  answers: readonly ModelAnswer[],
  costUsd: number | null,
): ArmResult {
  const sum = (part: 'inputTokens' | 'outputTokens'): number =>
    answers.reduce((all, { usage }) => all + usage[part], 0);
  return {
    result: {
      output: answer.text,
      model: answer.modelVersion ?? answer.model,
      scripted: answer.scripted,
      truncated: answer.finish === 'length',
      repaired,
      acceptance: judgements.map((judgement) => ({ ...judgement })),
    },
    usage: {
      input_tokens: sum('inputTokens'),
      output_tokens: sum('outputTokens'),
      estimated: answers.some(({ usage }) => usage.estimated),
    },
    costUsd,
  };
}

/** Of all calls; null when the price of any is not known. */
async function costOf(model: Model, answers: readonly ModelAnswer[], priceOf: PriceOf): Promise<number | null> {
  let sum = 0;
  for (const answer of answers) {
    const price = await priceOf(model, answer.usage, answer);
    if (price === null) return null;
    sum += price;
  }
  return sum;
}

function questionOf(task: Task): ModelMessage[] {
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
