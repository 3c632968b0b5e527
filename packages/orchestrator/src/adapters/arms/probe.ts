/** The probe arm: holds a conversation with a model by a scenario, and keeps its transcript. */
import {
  ModelError,
  type ProbeRuntime,
  type ProbeTaskInput,
  priceOfTranscript,
  probeTaskInputJsonSchema,
  probeTaskInputProblems,
  probeTaskInputSchema,
  type WorkerError,
  type WorkerTranscript,
} from '@switchyard/probe';
import { jsonObjectSchema, jsonSchema } from '../../contract/index.ts';
import type { Arm, ArmContract, ArmResult, Screening, Work } from '../../ports/arm.ts';
import type { StoredTurn, TranscriptStore } from '../../ports/transcripts.ts';
import { TokenBudgetSpent } from './arm-errors.ts';

/** @param screening default `report`: a scenario may be an attack on purpose */
export function probeContract(screening: Screening = 'report'): ArmContract {
  return {
    name: 'probe',
    screening,
    inputSchema: jsonObjectSchema.parse(probeTaskInputJsonSchema()),
    checkInput: (input) => probeTaskInputProblems(input),
  };
}

export interface ProbeArmOptions {
  readonly contract: ArmContract;
  readonly runtime: ProbeRuntime;
  readonly transcripts: TranscriptStore;
  readonly concurrency: number;
}

export function createProbeArm({ contract, runtime, transcripts, concurrency }: ProbeArmOptions): Arm {
  return {
    ...contract,
    concurrency,
    run: async (work) => {
      const input = probeTaskInputSchema.parse(work.task.input);
      // One conversation is one call of its budget: what its turns use comes out only when they are made.
      const hold = await work.meter.hold({ tokens: mostTokens(input, work), costUsd: null }, work.signal);
      const spent = { inputTokens: 0, outputTokens: 0, costUsd: null };
      let transcript: WorkerTranscript;
      try {
        transcript = await converse(runtime, input, work, spent);
      } catch (error) {
        // The turns before it broke were paid for.
        if (spent.inputTokens + spent.outputTokens === 0) await hold.release();
        else await hold.settle(spent).catch(() => undefined);
        throw error;
      }
      const kept = await keep(transcripts, input, transcript, work);
      const { totalInputTokens: inputTokens, totalOutputTokens: outputTokens } = transcript;
      // The conversation is held and kept: a budget that it went beyond stops what comes after it.
      await hold.settle({ inputTokens, outputTokens, costUsd: kept.costUsd ?? null }).catch(() => undefined);
      return kept;
    },
    problem: () => null,
  };
}

/** Of all its turns; never more than the task may use. */
function mostTokens({ scenario, config }: ProbeTaskInput, { task }: Work): number {
  const turns = Math.min(config.maxTurns, scenario.followups.length + 1);
  return Math.min(turns * config.maxTokens, task.budget.max_tokens);
}

/** @throws ModelError when the conversation failed, TokenBudgetSpent, the signal's reason, a fault of the runtime */
async function converse(
  runtime: ProbeRuntime,
  input: ProbeTaskInput,
  work: Work,
  use: { inputTokens: number; outputTokens: number },
): Promise<WorkerTranscript> {
  const { task, signal } = work;
  const spending = new AbortController();
  const output = await runtime.run(
    { ...input, runId: input.runId ?? task.id },
    {
      signal: AbortSignal.any([signal, spending.signal]),
      onProgress: ({ event, turnNumber, turns, promptLabel, inputTokens = 0, outputTokens = 0 }) => {
        // The first turn begins when the task does, and the last ends with it: no news.
        if (event === 'turn-started') {
          if (turnNumber > 1) work.progress({ turn: turnNumber, turns, label: promptLabel });
          return;
        }
        use.inputTokens += inputTokens;
        use.outputTokens += outputTokens;
        const spent = use.inputTokens + use.outputTokens;
        if (spent > task.budget.max_tokens && turnNumber < turns) {
          spending.abort(new TokenBudgetSpent(spent, task.budget.max_tokens, turnNumber, turns));
        }
      },
    },
  );
  if (!output.success) throw failureOf(output.error);
  return output.transcript;
}

/** The layer that repeats calls lies inside the runtime: `retryable` says whether the engine may come back. */
function failureOf({ code, message, retryable, statusCode, retryAfterMs }: WorkerError): ModelError {
  return new ModelError(code, message, {
    retryable,
    ...(statusCode !== undefined && { statusCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

async function keep(
  transcripts: TranscriptStore,
  input: ProbeTaskInput,
  transcript: WorkerTranscript,
  { task, attempt }: Work,
): Promise<ArmResult> {
  const { turns, totalInputTokens, totalOutputTokens } = transcript;
  const scripted = turns.every(({ providerMetadata }) => providerMetadata?.['scripted'] === true);
  const costUsd = await priceOfTranscript(input, transcript);
  const id = await transcripts.save({
    taskId: task.id,
    attempt,
    scenarioId: input.scenarioId,
    modelId: input.modelId,
    modelVersion: transcript.modelVersion ?? null,
    sampleIndex: input.sampleIndex,
    turns: turns.flatMap(storedTurns),
    turnCount: turns.length,
    tokenCount: totalInputTokens + totalOutputTokens,
    durationMs: Math.max(0, Date.parse(transcript.completedAt) - Date.parse(transcript.startedAt)),
    estimatedCost: costUsd,
    scripted,
    definitionSnapshot: input.definitionSnapshot ?? null,
  });
  return {
    result: jsonSchema.parse({ transcript, transcript_id: id, model: input.modelId, scripted }),
    usage: {
      input_tokens: totalInputTokens,
      output_tokens: totalOutputTokens,
      estimated: turns.some(({ providerMetadata }) => providerMetadata?.['tokensEstimated'] === true),
    },
    costUsd,
  };
}

/** A turn of the worker is a prompt and its answer; they are stored as two. */
function storedTurns(turn: WorkerTranscript['turns'][number]): StoredTurn[] {
  const { promptLabel, probePrompt, targetResponse, inputTokens, outputTokens } = turn;
  return [
    { role: 'user', content: probePrompt, label: promptLabel },
    {
      role: 'assistant',
      content: targetResponse,
      ...(inputTokens !== undefined && { inputTokens }),
      ...(outputTokens !== undefined && { outputTokens }),
    },
  ];
}
