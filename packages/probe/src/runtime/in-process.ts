/** The runtime that holds the conversation in this process, on the models that `resolveModel` gives. */
import { errorOf, holdConversation } from '../conversation/hold-conversation.ts';
import { ModelError } from '../model/errors.ts';
import type { ModelSources } from '../model/resolve-model.ts';
import { resolveModel } from '../model/resolve-model.ts';
import type { TranscriptTurn, WorkerOutput } from '../worker-contract/output.ts';
import type { ProbeRuntime, RunOptions } from './port.ts';

export interface InProcessOptions {
  readonly sources: ModelSources;
  /** With the texts, which a progress line has not. */
  readonly onTurn?: (turn: TranscriptTurn) => void;
}

export function createInProcessRuntime({ sources, onTurn }: InProcessOptions): ProbeRuntime {
  return {
    name: 'in-process',
    async run(input, { signal, onProgress }: RunOptions = {}): Promise<WorkerOutput> {
      signal?.throwIfAborted();
      try {
        const model = resolveModel(
          input.modelVersion === undefined ? input.modelId : versioned(input.modelId, input.modelVersion),
          {
            ...sources,
            ...(input.modelConfig && { modelConfig: input.modelConfig }),
          },
        );
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

/** The version in place of the model, with the provider that the id names. */
function versioned(id: string, version: string): string {
  const provider = /^([a-z-]+):/.exec(id)?.[0] ?? '';
  return version.startsWith(provider) ? version : `${provider}${version}`;
}
