/** A recorded conversation: one for each task, under the task's own id. A later attempt replaces what an earlier one wrote. */
import type { JsonValue, TaskError, TranscriptView } from '../contract/index.ts';

/** A turn as it is stored: what was said by whom, under which label, and what it counted. */
export interface StoredTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly label?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

export interface NewTranscript {
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
  /** Why the conversation broke off after these turns; null when it was held to its end. */
  readonly error: TaskError | null;
}

export interface TranscriptReader {
  /** Null when there is none; also where the id is none. */
  ofTask(taskId: string): Promise<TranscriptView | null>;
}
