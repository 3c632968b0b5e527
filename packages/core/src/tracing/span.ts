/**
 * A span while it is going on.
 *
 * 1. What it is given is copied at once: changing it afterwards changes nothing here.
 * 2. It ends once; what comes after that is ignored.
 */
import { errorCodeOf } from '../errno.ts';
import type { Json, JsonObject } from '../json.ts';
import type { TraceContext } from '../trace-context.ts';
import type { SpanStatus } from '../transport/http/agent-span-client.ts';
import { type CopyLimits, toPlainJson } from './plain-json.ts';
import type { SpanError, SpanRecord } from './span-record.ts';

/** Attributes of one span; those after them are counted in `switchyard.dropped_attributes`. */
const MOST_ATTRIBUTES = 128;
const DROPPED_ATTRIBUTES = 'switchyard.dropped_attributes';
const STACK_LENGTH = 4_096;
const MESSAGE_LENGTH = 4_096;

export interface SpanStart {
  readonly context: TraceContext;
  readonly parentSpanId: string | null;
  readonly remoteParent: boolean;
  readonly name: string;
  readonly spanType: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly inputs?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

export interface SpanEnd {
  /** Default: `failed` when an error was recorded, else `complete`. */
  readonly status?: Exclude<SpanStatus, 'active'> | undefined;
  readonly outputs?: unknown;
  /** Milliseconds since 1970. Default: now. */
  readonly endTime?: number | undefined;
}

type State =
  | { readonly name: 'going-on' }
  | { readonly name: 'ended'; readonly status: SpanStatus; readonly endTime: number };

export class Span {
  /** The ids that go to what this span causes. */
  readonly context: TraceContext;
  readonly #start: Omit<SpanRecord, 'status' | 'endTime'>;
  readonly #limits: Partial<CopyLimits>;
  readonly #onEnd: (span: Span) => void;
  readonly #now: () => number;
  readonly #attributes = new Map<string, Json>();
  #droppedAttributes = 0;
  #outputs: Json | undefined;
  #error: SpanError | undefined;
  #state: State = { name: 'going-on' };

  constructor(start: SpanStart, limits: Partial<CopyLimits>, now: () => number, onEnd: (span: Span) => void) {
    const { context, inputs, attributes, ...facts } = start;
    this.context = context;
    this.#limits = limits;
    this.#now = now;
    this.#onEnd = onEnd;
    this.#start = {
      ...facts,
      traceId: context.traceId,
      spanId: context.spanId,
      ...(inputs === undefined ? {} : { inputs: toPlainJson(inputs, limits).json }),
    };
    if (attributes !== undefined) this.setAttributes(attributes);
  }

  get isEnded(): boolean {
    return this.#state.name === 'ended';
  }

  /** Sets facts about the span; undefined is left out, an old value is replaced. */
  setAttributes(attributes: Readonly<Record<string, unknown>>): void {
    if (this.isEnded) return;
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined) continue;
      if (this.#attributes.size < MOST_ATTRIBUTES || this.#attributes.has(key))
        this.#attributes.set(key, toPlainJson(value, this.#limits).json);
      else this.#droppedAttributes += 1;
    }
  }

  setOutputs(outputs: unknown): void {
    if (!this.isEnded && outputs !== undefined) this.#outputs = toPlainJson(outputs, this.#limits).json;
  }

  /** Notes why it failed; the span then ends as `failed` unless `end` says otherwise. */
  recordError(error: unknown): void {
    if (!this.isEnded) this.#error = describeError(error);
  }

  end({ status, outputs, endTime }: SpanEnd = {}): void {
    if (this.isEnded) return;
    this.setOutputs(outputs);
    const inferred = this.#error === undefined ? 'complete' : 'failed';
    this.#state = { name: 'ended', status: status ?? inferred, endTime: endTime ?? this.#now() };
    this.#onEnd(this);
  }

  /** A copy of it as it is now. */
  snapshot(): SpanRecord {
    const ended = this.#state.name === 'ended' ? this.#state : { status: 'active' as const, endTime: null };
    return {
      ...this.#start,
      status: ended.status,
      endTime: ended.endTime,
      attributes: this.#attributeCopy(),
      ...(this.#outputs === undefined ? {} : { outputs: this.#outputs }),
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }

  #attributeCopy(): JsonObject {
    const copy = Object.fromEntries(this.#attributes);
    return this.#droppedAttributes === 0 ? copy : { ...copy, [DROPPED_ATTRIBUTES]: this.#droppedAttributes };
  }
}

/** The facts of anything that was thrown, in bounds. Never throws. */
function describeError(thrown: unknown): SpanError {
  try {
    if (!(thrown instanceof Error)) return { type: typeof thrown, message: cut(String(thrown), MESSAGE_LENGTH) };
    const code = errorCodeOf(thrown);
    return {
      type: thrown.name,
      message: cut(thrown.message, MESSAGE_LENGTH),
      ...(code === undefined ? {} : { code }),
      ...(thrown.stack === undefined ? {} : { stack: cut(thrown.stack, STACK_LENGTH) }),
    };
  } catch {
    return { type: 'unknown', message: '[unreadable error]' };
  }
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
