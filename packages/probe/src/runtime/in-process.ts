/** The runtime that holds the conversation in this process, on the models that `resolveModel` gives. */
import { errorOf, holdConversation } from '../conversation/hold-conversation.ts';
import { ModelError } from '../model/errors.ts';
import type { Model } from '../model/port.ts';
import type { ModelSources } from '../model/resolve-model.ts';
import { resolveModel } from '../model/resolve-model.ts';
import type { WorkerInput } from '../worker-contract/input.ts';
import type { TranscriptTurn, WorkerOutput } from '../worker-contract/output.ts';
import type { ProbeRuntime, RunOptions } from './port.ts';

export interface InProcessOptions {
  readonly sources: ModelSources;
  /** With the texts, which a progress line has not. */
  readonly onTurn?: (turn: TranscriptTurn) => void;
}

/** Models that are kept; their names come from tasks, so there may be any number of them. */
const MOST_MODELS = 100;

export function createInProcessRuntime({ sources, onTurn }: InProcessOptions): ProbeRuntime {
  const modelOf = createModels(sources);
  return {
    name: 'in-process',
    async run(input, { signal, onProgress }: RunOptions = {}): Promise<WorkerOutput> {
      signal?.throwIfAborted();
      try {
        const model = modelOf(input);
        return await holdConversation(model, input, {
          signal,
          onTurnStarted: ({ turnNumber, promptLabel }, turns) =>
            onProgress?.({ type: 'progress', event: 'turn-started', turnNumber, turns, promptLabel }),
          onTurnCompleted: (turn, turns) => {
            onTurn?.(turn);
            const { turnNumber, promptLabel, inputTokens, outputTokens } = turn;
            onProgress?.({
              type: 'progress',
              event: 'turn-completed',
              turnNumber,
              turns,
              promptLabel,
              inputTokens,
              outputTokens,
            });
          },
        });
      } catch (error) {
        if (error instanceof ModelError) return { success: false, error: errorOf(error) };
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}

/** One model for all conversations with it: it keeps nothing of them. */
function createModels(
  sources: ModelSources,
): (input: Pick<WorkerInput, 'modelId' | 'modelVersion' | 'modelConfig'>) => Model {
  const models = new Map<string, Model>();
  return ({ modelId, modelVersion, modelConfig }) => {
    const id = modelVersion === undefined ? modelId : versioned(modelId, modelVersion);
    const name = JSON.stringify([id, modelConfig]);
    const kept = models.get(name);
    if (kept !== undefined) return kept;
    const model = resolveModel(id, { ...sources, ...(modelConfig && { modelConfig }) });
    if (models.size >= MOST_MODELS) models.clear();
    models.set(name, model);
    return model;
  };
}

/** The version in place of the model, with the provider that the id names. */
function versioned(id: string, version: string): string {
  const provider = /^([a-z-]+):/.exec(id)?.[0] ?? '';
  return version.startsWith(provider) ? version : `${provider}${version}`;
}
