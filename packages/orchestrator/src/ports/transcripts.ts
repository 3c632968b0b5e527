/** Where recorded conversations are kept. */
import type { JsonValue } from '../contract/index.ts';

/** A turn as it is stored: what was said by whom, under which label, and what it counted. */
export interface StoredTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly label?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

export interface NewTranscript {
  readonly taskId: string;
  readonly attempt: number;
  readonly scenarioId: string;
  readonly modelId: string;
  readonly modelVersion: string | null;
  readonly sampleIndex: number;
  readonly turns: readonly StoredTurn[];
  /** Prompts with their answers. */
  readonly turnCount: number;
  readonly tokenCount: number;
  readonly durationMs: number;
  /** US dollars; null when the price is not known. */
  readonly estimatedCost: number | null;
  readonly scripted: boolean;
  readonly definitionSnapshot: JsonValue;
}

export interface TranscriptStore {
  /**
   * One for each task: a later attempt replaces what an earlier one wrote, under the same id, and never the other way round.
   * Inside a run it belongs to the run of its task.
   *
   * @returns its id; null when the task is gone or a later attempt has written
   */
  save(transcript: NewTranscript): Promise<string | null>;
}
