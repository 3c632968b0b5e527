/**
 * The Model port: what an arm needs of anything that answers a conversation.
 *
 * A model owns: talking to its provider, the provider's own quirks, telling its failures apart. It leaves to the caller:
 * budgets, storing; and retries, unless it is one that `resolveModel` gives, which has the one layer that repeats calls inside. Invariants that every model keeps:
 *
 * 1. `complete` resolves with an answer or rejects with a ModelError; aborted, it rejects with the signal's reason.
 * 2. A blocked or empty answer is marked in `finish`; it never passes for a success.
 * 3. `scripted` is true for every answer that no real model gave.
 * 4. When `complete` has settled, nothing of the call goes on.
 */

export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ModelRequest {
  /** In order; the last is what is answered. At least one. */
  readonly messages: readonly ModelMessage[];
  /** Most tokens of the answer, at least 1. */
  readonly maxTokens: number;
  /** 0 to 2; the provider's default when absent. Models that take none ignore it. */
  readonly temperature?: number;
}

/**
 * Why the answer ends: `stop` by itself, `length` at maxTokens, `blocked` by the provider's policy, `empty` without any text.
 */
export type Finish = 'stop' | 'length' | 'blocked' | 'empty';

export interface TokenUsage {
  readonly inputTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
  /** Of the output, what was thought and not said; absent when the provider does not say. */
  readonly reasoningTokens?: number;
  /** Of the input, what the provider had in its cache. */
  readonly cachedInputTokens?: number;
  /** True when the provider gave no counts and these are computed from the text. */
  readonly estimated: boolean;
}

export interface ModelAnswer {
  readonly text: string;
  /** The id that was asked for. */
  readonly model: string;
  /** What the provider says has answered; absent when it does not say. */
  readonly modelVersion?: string;
  readonly provider: string;
  /** True when no model was asked: whoever shows the text must say so. */
  readonly scripted: boolean;
  readonly finish: Finish;
  readonly usage: TokenUsage;
  /** Milliseconds for which the provider says that no call is left, by its rate-limit headers. Absent: some are. */
  readonly exhaustedForMs?: number;
}

export interface Model {
  /** The id that resolves to this model, as `scripted:greeting`. */
  readonly id: string;
  readonly provider: string;
  /** @throws ModelError; the signal's reason when aborted */
  complete(request: ModelRequest, signal?: AbortSignal): Promise<ModelAnswer>;
}
