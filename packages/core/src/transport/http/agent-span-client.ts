/** The collector's endpoints for spans: CONTRACTS.md, section 1. JSON names as on the wire. */
import { isJsonObject } from '../../json.ts';
import type { CollectorCallOptions } from './agent-instance-client.ts';
import {
  type Acknowledged,
  type Created,
  keyOf,
  parseAcknowledged,
  parseCreated,
  segmentOf,
} from './collector-answers.ts';
import type { HttpClient } from './http-client.ts';
import { HttpClientError } from './http-client-error.ts';

const BASE = '/api/v1/agent_spans';
const CONFLICT = 409;
const ALREADY_FINISHED = 'invalid_action';

export type SpanStatus = 'active' | 'complete' | 'failed';

export interface CreateSpan {
  readonly details: {
    readonly agent_instance_id: string;
    readonly schema_name: string;
    readonly status: SpanStatus;
    readonly payload: unknown;
    readonly result_payload?: unknown;
    /** The collector's id of the parent; null for a root. */
    readonly parent_span_id: string | null;
    /** ISO 8601. */
    readonly started_at: string;
    /** ISO 8601; null while it is active. */
    readonly finished_at: string | null;
    /** Taken from here too, as the collector does. */
    readonly idempotency_key?: string | undefined;
  };
  /** At most 64 characters. Default: the one in `details`, else a new UUID. */
  readonly idempotency_key?: string | undefined;
}

export interface FinishSpan extends CollectorCallOptions {
  readonly status?: Exclude<SpanStatus, 'active'> | undefined;
  readonly result_payload?: unknown;
}

/** Every method: @throws {HttpClientError | CollectorCallInvalid}, or the signal's reason. */
export class AgentSpanClient {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** Stores a span; the collector's id is in `details`, a wish to stop in `control`. */
  async create(payload: CreateSpan, options: { readonly signal?: AbortSignal } = {}): Promise<Created> {
    const key = keyOf(payload.idempotency_key ?? payload.details.idempotency_key);
    return this.#http.request(BASE, {
      method: 'POST',
      body: { ...payload, idempotency_key: key },
      idempotencyKey: key,
      signal: options.signal,
      parse: parseCreated,
    });
  }

  /**
   * Finishes a span. One that has finished already (409 `invalid_action`) counts as finished.
   *
   * @param timestamp ISO 8601
   */
  async finish(spanId: string, timestamp: string, options: FinishSpan = {}): Promise<Acknowledged> {
    const { signal, ...fields } = options;
    const key = keyOf(fields.idempotency_key);
    try {
      return await this.#http.request(`${BASE}/${segmentOf(spanId)}/finish`, {
        method: 'POST',
        body: { timestamp, ...fields, idempotency_key: key },
        idempotencyKey: key,
        signal,
        parse: parseAcknowledged,
      });
    } catch (error) {
      if (isAlreadyFinished(error)) return {};
      throw error;
    }
  }
}

function isAlreadyFinished(error: unknown): boolean {
  return (
    error instanceof HttpClientError &&
    error.status === CONFLICT &&
    isJsonObject(error.responseBody) &&
    error.responseBody['code'] === ALREADY_FINISHED
  );
}
