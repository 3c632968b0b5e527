/** The probe arm: holds a conversation with a model by a scenario, and keeps its transcript. */
import {
  createPricer,
  ModelError,
  type Pricer,
  type ProbeRuntime,
  type ProbeTaskInput,
  probeTaskInputJsonSchema,
  probeTaskInputProblems,
  probeTaskInputSchema,
  type WorkerError,
  type WorkerOutput,
  type WorkerTranscript,
} from '@switchyard/probe';
import { jsonObjectSchema, type TaskError } from '../../contract/index.ts';
import { storable } from '../../domain/storable.ts';
import type { Arm, ArmContract, ArmResult, Screening, Work } from '../../ports/arm.ts';
import type { BudgetHold } from '../../ports/meter.ts';
import type { NewTranscript, StoredTurn } from '../../ports/transcripts.ts';
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
  readonly concurrency: number;
}

export function createProbeArm({ contract, runtime, concurrency }: ProbeArmOptions): Arm {
  const pricer = createPricer();
  return {
    ...contract,
    concurrency,
    run: async (work) => {
      const input = probeTaskInputSchema.parse(work.task.input);
      // One conversation is one call of its budget: what its turns use comes out only when they are made.
      const hold = await work.meter.hold({ tokens: mostTokens(input, work), costUsd: null }, work.signal);
      const spent = { inputTokens: 0, outputTokens: 0, costUsd: null };
      let output: WorkerOutput;
      try {
        output = await converse(runtime, input, work, spent);
      } catch (error) {
        // The turns before it broke were paid for.
        if (spent.inputTokens + spent.outputTokens === 0) await hold.release();
        else await hold.settle(spent).catch(() => undefined);
        throw error;
      }
      if (output.success) {
        const costUsd = await keep(pricer, input, output.transcript, null, work, hold);
        return resultOf(input, output.transcript, costUsd, work);
      }
      const failure = failureOf(output.error);
      if (output.partial === undefined) await hold.release();
      else await keep(pricer, input, output.partial, failure, work, hold);
      throw failure;
    },
    problem: () => null,
  };
}

/** Of all its turns; never more than the task may use. */
function mostTokens({ scenario, config }: ProbeTaskInput, { task }: Work): number {
  const turns = Math.min(config.maxTurns, scenario.followups.length + 1);
  return Math.min(turns * config.maxTokens, task.budget.max_tokens);
}

/** @throws TokenBudgetSpent, the signal's reason, a fault of the runtime */
async function converse(
  runtime: ProbeRuntime,
  input: ProbeTaskInput,
  work: Work,
  use: { inputTokens: number; outputTokens: number },
): Promise<WorkerOutput> {
  const { task, signal } = work;
  const spending = new AbortController();
  return await runtime.run(
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
}

/** The layer that repeats calls lies inside the runtime: `retryable` says whether the engine may come back. */
function failureOf({ code, message, retryable, statusCode, retryAfterMs }: WorkerError): ModelError {
  return new ModelError(code, message, {
    retryable,
    ...(statusCode !== undefined && { statusCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Leaves what was said, and counts it, with the outcome. @returns its price */
async function keep(
  pricer: Pricer,
  input: ProbeTaskInput,
  transcript: WorkerTranscript,
  failure: ModelError | null,
  work: Work,
  hold: BudgetHold,
): Promise<number | null> {
  const costUsd = await pricer.ofTranscript(input, transcript);
  const error = failure === null ? null : { code: failure.code, message: failure.message };
  work.keep(recordOf(input, transcript, costUsd, error));
  const { totalInputTokens: inputTokens, totalOutputTokens: outputTokens } = transcript;
  // It is held and will be kept, whatever comes of the counting.
  await hold.settleLast({ inputTokens, outputTokens, costUsd }).catch(() => undefined);
  return costUsd;
}

function isScripted({ turns }: WorkerTranscript): boolean {
  return turns.every(({ providerMetadata }) => providerMetadata?.['scripted'] === true);
}

function recordOf(
  input: ProbeTaskInput,
  transcript: WorkerTranscript,
  estimatedCost: number | null,
  error: TaskError | null,
): NewTranscript {
  const { turns, totalInputTokens, totalOutputTokens } = transcript;
  return {
    scenarioId: input.scenarioId,
    modelId: input.modelId,
    modelVersion: transcript.modelVersion ?? null,
    sampleIndex: input.sampleIndex,
    turns: turns.flatMap(storedTurns),
    turnCount: turns.length,
    tokenCount: totalInputTokens + totalOutputTokens,
    durationMs: Math.max(0, Date.parse(transcript.completedAt) - Date.parse(transcript.startedAt)),
    estimatedCost,
    scripted: isScripted(transcript),
    definitionSnapshot: input.definitionSnapshot ?? null,
    error,
  };
}

function resultOf(
  { modelId }: ProbeTaskInput,
  transcript: WorkerTranscript,
  costUsd: number | null,
  { task }: Work,
): ArmResult {
  const { turns, totalInputTokens, totalOutputTokens } = transcript;
  return {
    result: storable({ transcript, transcript_id: task.id, model: modelId, scripted: isScripted(transcript) }),
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
