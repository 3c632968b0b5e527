/**
 * One conversation by a scenario: preamble, prompt, followups up to `maxTurns`, each turn after the answer to the one before.
 *
 * A blocked or empty answer ends it as a failure, with the turns before it kept. An answer that ends at maxTokens is one, and
 * marked (`finishReason: length`).
 */
import { ModelError, type ModelErrorCode } from '../model/errors.ts';
import type { Model, ModelAnswer, ModelMessage } from '../model/port.ts';
import type { WorkerInput } from '../worker-contract/input.ts';
import { FIRST_LABEL } from '../worker-contract/limits.ts';
import type { TranscriptTurn, WorkerError, WorkerOutput, WorkerTranscript } from '../worker-contract/output.ts';
import { cutAnswer } from './cut-answer.ts';

export interface ConversationHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onTurnStarted?: ((turn: PlannedTurn, turns: number) => void) | undefined;
  readonly onTurnCompleted?: ((turn: TranscriptTurn, turns: number) => void) | undefined;
  /** Milliseconds since 1970. Default Date.now. */
  readonly today?: (() => number) | undefined;
}

export interface PlannedTurn {
  readonly turnNumber: number;
  readonly promptLabel: string;
  readonly probePrompt: string;
}

/** The turns that there will be: the prompt, then followups, `maxTurns` at most. */
export function plannedTurns({ scenario, config }: Pick<WorkerInput, 'scenario' | 'config'>): PlannedTurn[] {
  return [{ label: FIRST_LABEL, prompt: scenario.prompt }, ...scenario.followups]
    .slice(0, config.maxTurns)
    .map(({ label, prompt }, index) => ({ turnNumber: index + 1, promptLabel: label, probePrompt: prompt }));
}

/** @throws the signal's reason when it aborts, and what is no failure of a model */
export async function holdConversation(
  model: Model,
  input: WorkerInput,
  hooks: ConversationHooks = {},
): Promise<WorkerOutput> {
  const { today = Date.now, signal } = hooks;
  const { preamble } = input.scenario;
  const { maxTokens, temperature } = input.config;
  const messages: ModelMessage[] = preamble.trim() === '' ? [] : [{ role: 'system', content: preamble }];
  const startedAt = today();
  const turns: TranscriptTurn[] = [];
  let modelVersion: string | undefined;
  const transcript = (): WorkerTranscript => summarise(turns, modelVersion, startedAt, today());
  const planned = plannedTurns(input);
  for (const turn of planned) {
    hooks.onTurnStarted?.(turn, planned.length);
    messages.push({ role: 'user', content: turn.probePrompt });
    const request = { messages: [...messages], maxTokens, ...(typeof temperature === 'number' && { temperature }) };
    let answer: ModelAnswer;
    try {
      answer = await model.complete(request, signal);
      modelVersion ??= answer.modelVersion;
      refuseSilence(answer, maxTokens);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      return { success: false, error: errorOf(error), ...(turns.length > 0 && { partial: transcript() }) };
    }
    const completed = turnOf(turn, answer);
    turns.push(completed);
    messages.push({ role: 'assistant', content: completed.targetResponse });
    hooks.onTurnCompleted?.(completed, planned.length);
  }
  return { success: true, transcript: transcript() };
}

/** The failure as the contract has it. */
export function errorOf({ code, message, retryable, statusCode, retryAfterMs }: ModelError): WorkerError {
  return {
    message,
    code,
    retryable,
    ...(statusCode !== undefined && { statusCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function refuseSilence({ finish, model, usage }: ModelAnswer, maxTokens: number): void {
  const fail = (code: ModelErrorCode, message: string): never => {
    throw new ModelError(code, message);
  };
  if (finish === 'blocked') fail('CONTENT_BLOCKED', `the provider of ${model} withheld the answer`);
  if (finish !== 'empty') return;
  if ((usage.reasoningTokens ?? 0) >= maxTokens) {
    fail(
      'INVALID_RESPONSE',
      `${model} answered nothing: its reasoning took all of maxTokens (${maxTokens}); give it more`,
    );
  }
  fail('INVALID_RESPONSE', `${model} answered nothing`);
}

function turnOf(turn: PlannedTurn, answer: ModelAnswer): TranscriptTurn {
  const { text, cutBytes } = cutAnswer(answer.text);
  const { inputTokens, outputTokens, reasoningTokens, cachedInputTokens, estimated } = answer.usage;
  return {
    ...turn,
    targetResponse: text,
    inputTokens,
    outputTokens,
    providerMetadata: {
      finishReason: answer.finish,
      ...(answer.modelVersion !== undefined && { modelVersion: answer.modelVersion }),
      ...(reasoningTokens !== undefined && { reasoningTokens }),
      ...(cachedInputTokens !== undefined && { cachedInputTokens }),
      ...(estimated && { tokensEstimated: true }),
      ...(cutBytes > 0 && { cutBytes }),
      ...(answer.scripted && { scripted: true }),
    },
  };
}

function summarise(
  turns: readonly TranscriptTurn[],
  modelVersion: string | undefined,
  startedAt: number,
  completedAt: number,
): WorkerTranscript {
  return {
    turns: [...turns],
    totalInputTokens: turns.reduce((sum, { inputTokens = 0 }) => sum + inputTokens, 0),
    totalOutputTokens: turns.reduce((sum, { outputTokens = 0 }) => sum + outputTokens, 0),
    ...(modelVersion !== undefined && { modelVersion }),
    startedAt: new Date(startedAt).toISOString(),
    completedAt: new Date(completedAt).toISOString(),
  };
}
