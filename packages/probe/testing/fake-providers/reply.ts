/** What a fake provider is told to answer, in words that mean the same for all of them; each wire says it its own way. */
import type { ProviderId } from '../../src/index.ts';

export const FAILURES = [
  'bad-key',
  'forbidden',
  'no-balance',
  'spend-limit',
  'rate-limit',
  'overloaded',
  'server-error',
  'unknown-model',
  'bad-request',
] as const;
/**
 * `no-balance` and `spend-limit` are about money and pass only when somebody pays; `rate-limit` passes by itself.
 */
export type FailureName = (typeof FAILURES)[number];

interface Timing {
  /** Milliseconds before anything is sent. Default the fake's latency. */
  readonly delayMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeAnswer extends Timing {
  readonly kind: 'answer';
  /** Default: a text made from the prompt. */
  readonly text?: string;
  readonly inputTokens?: number;
  /** Of the text alone. */
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
  /** What the body names as the model; null: nothing. Default the asked one with a date. */
  readonly served?: string | null;
  /** True: it ends at maxTokens. */
  readonly cut?: boolean;
  /** False: no counts are sent. */
  readonly usage?: boolean;
}

export type FakeReply =
  | FakeAnswer
  /** Withheld before (`prompt`) or after (`answer`) the model wrote. Default `answer`; some have one way only. */
  | (Timing & { readonly kind: 'blocked'; readonly by?: 'prompt' | 'answer' })
  /** Ends well, with no text; `reasoned`: the reasoning took all of maxTokens. */
  | (Timing & { readonly kind: 'empty'; readonly reasoned?: boolean })
  /** `afterSeconds`: when the provider says to come back, in its own way. */
  | (Timing & { readonly kind: 'failure'; readonly failure: FailureName; readonly afterSeconds?: number })
  | (Timing & { readonly kind: 'raw'; readonly status: number; readonly body: string })
  /** Never answers. */
  | (Timing & { readonly kind: 'hang' })
  /** Cuts the connection before (`reset`) or in the middle of (`truncated`) a good answer. */
  | (Timing & { readonly kind: 'reset' })
  | (Timing & { readonly kind: 'truncated' });

export interface FakeMessage {
  readonly role: string;
  readonly content: string;
}

/** A call as it arrived, read from the provider's own wire format. */
export interface FakeCall {
  readonly provider: ProviderId;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly model: string;
  readonly key: string | null;
  /** Instructions that do not stand among the messages (Anthropic, Google). */
  readonly system: string | null;
  readonly messages: readonly FakeMessage[];
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  /** From 0, over all calls. */
  readonly index: number;
}

export interface WireAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A filled-in answer. */
export interface Spoken {
  readonly text: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly served: string | null;
  readonly finish: 'stop' | 'cut' | 'blocked';
  readonly usage: boolean;
}

/** How one provider speaks. */
export interface Wire {
  readonly provider: ProviderId;
  /** In front of every path of it, version included. */
  readonly base: string;
  /** What a request says; null when its path is none of this provider's. */
  read(path: string, headers: FakeCall['headers'], body: unknown): Omit<FakeCall, 'index'> | null;
  /** What the real one would refuse about the call's form, in its own words. */
  refuse(call: FakeCall): WireAnswer | null;
  answer(call: FakeCall, spoken: Spoken): WireAnswer;
  /** Null where the provider has no such way of blocking. */
  blockedPrompt(call: FakeCall): WireAnswer | null;
  fail(failure: FailureName, call: FakeCall, afterSeconds: number | undefined): WireAnswer;
  /** GET of this path lists the models: what a health check asks. */
  readonly modelsPath: string;
}
