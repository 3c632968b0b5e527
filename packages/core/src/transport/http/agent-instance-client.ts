/** The collector's endpoints for agent instances: CONTRACTS.md, section 1. JSON names as on the wire. */
import {
  type AgentInstance,
  type Created,
  keyOf,
  parseCreated,
  parseInstance,
  segmentOf,
} from './collector-answers.ts';
import type { HttpClient } from './http-client.ts';
import { HttpClientError } from './http-client-error.ts';

const BASE = '/api/v1/agent_instance';
const CONFLICT = 409;

export interface RegisterAgentInstance {
  readonly agent_id?: string | undefined;
  readonly environment_id?: string | undefined;
  readonly agent_version: {
    readonly external_identifier: string;
    readonly name: string;
    readonly description: string;
  };
  readonly agent_schema_version?: unknown;
  /** At most 64 characters. Default: a new UUID. */
  readonly idempotency_key?: string | undefined;
}

export interface CollectorCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** At most 64 characters. Default: a new UUID. */
  readonly idempotency_key?: string | undefined;
}

export interface StartAgentInstance extends CollectorCallOptions {
  /** ISO 8601. */
  readonly timestamp?: string | undefined;
}

export interface FinishAgentInstance extends StartAgentInstance {
  readonly status?: 'complete' | 'failed' | 'cancelled' | undefined;
}

/** Every method: @throws {HttpClientError | CollectorCallInvalid}, or the signal's reason. */
export class AgentInstanceClient {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /**
   * Asks whether the collector is there and takes the token: a 401 or 403 (kind `refused`) says that it does not. What it
   * answers besides is of no interest.
   */
  async ping(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    try {
      await this.#http.request('/api/v1/ping', { signal: options.signal });
    } catch (error) {
      // A 2xx with a text that is no JSON.
      if (!(error instanceof HttpClientError && error.code === 'http_invalid_answer')) throw error;
    }
  }

  /** Makes an instance known; its id is in `details`. */
  async register(payload: RegisterAgentInstance, options: { readonly signal?: AbortSignal } = {}): Promise<Created> {
    const key = keyOf(payload.idempotency_key);
    const body = { ...payload, idempotency_key: key };
    return this.#http.request(`${BASE}/register`, {
      method: 'POST',
      body,
      idempotencyKey: key,
      signal: options.signal,
      parse: parseCreated,
    });
  }

  async start(id: string, options: StartAgentInstance = {}): Promise<void> {
    await this.#post(id, 'start', options);
  }

  /** An instance that has finished already (409) counts as finished. */
  async finish(id: string, options: FinishAgentInstance = {}): Promise<void> {
    try {
      await this.#post(id, 'finish', options);
    } catch (error) {
      if (!(error instanceof HttpClientError && error.status === CONFLICT)) throw error;
    }
  }

  /** Its `details.status` and, once it was asked to stop, `details.termination_reason`. */
  async get(id: string, options: { readonly signal?: AbortSignal } = {}): Promise<AgentInstance> {
    return this.#http.request(`${BASE}/${segmentOf(id)}`, { signal: options.signal, parse: parseInstance });
  }

  async #post(id: string, action: string, { signal, ...options }: FinishAgentInstance): Promise<void> {
    const key = keyOf(options.idempotency_key);
    await this.#http.request(`${BASE}/${segmentOf(id)}/${action}`, {
      method: 'POST',
      body: { ...options, idempotency_key: key },
      idempotencyKey: key,
      signal,
    });
  }
}
