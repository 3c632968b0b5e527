/**
 * Sends ended spans to any OpenTelemetry collector: POST /v1/traces, OTLP/JSON, in batches.
 *
 * Owns the spans between their end and the collector's answer. Leaves retries within a request to HttpClient and the form to
 * `otlp-json.ts`.
 *
 * 1. A span is encoded when it is exported; what happens to its record afterwards changes nothing.
 * 2. One request at a time, of at most `maxBatchSpans` spans and about `maxBatchBytes` bytes, oldest first.
 * 3. What waits is bounded by count and bytes; the oldest make room and are counted as dropped.
 * 4. A collector that cannot be reached is tried again later, for ever; one that refuses (a 4xx that is not worth a retry)
 *    is sent nothing more, which is reported once.
 * 5. exported = sent + dropped + waiting, always; after `close` nothing waits.
 */
import type { Clock } from '../clock.ts';
import { isTransient } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { InMemoryQueue } from '../queue/in-memory-queue.ts';
import type { SpanRecord, SpanSink } from '../tracing/span-record.ts';
import { backgroundClock } from '../transport/delivery/background-clock.ts';
import { deadlineSignal } from '../transport/delivery/deadline.ts';
import {
  CollectorRefused,
  CollectorUnreachable,
  type DeliveryProblem,
  reportAsWarning,
} from '../transport/delivery/problems.ts';
import { HttpClient, type HttpClientConfig, type HttpClientDependencies } from '../transport/http/http-client.ts';
import { CORE_VERSION } from './core-version.ts';
import { encodeRequest, encodeSpan, type OtlpResource, type OtlpScope } from './otlp-json.ts';

const TRACES_PATH = '/v1/traces';
const DEFAULT_MAX_SPANS = 4_096;
const DEFAULT_MAX_BYTES = 16 * 2 ** 20;
const DEFAULT_BATCH_SPANS = 512;
const DEFAULT_BATCH_BYTES = 512 * 1_024;
const DEFAULT_INTERVAL_MS = 5_000;
const DEFAULT_CLOSE_MS = 10_000;
const SCOPE: OtlpScope = { name: '@switchyard/core', version: CORE_VERSION };
/** The statuses that OTLP/HTTP says may be tried again. */
const RETRYABLE_STATUSES = [429, 502, 503, 504];

/** `apiUrl` is the base of the collector (`OTEL_EXPORTER_OTLP_ENDPOINT`), without /v1/traces. */
export type OtlpExporterConfig = HttpClientConfig & {
  readonly resource: OtlpResource;
  /** Headers of every request, as a key of a vendor. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Most spans that wait. Default 4,096. */
  readonly maxSpans?: number | undefined;
  /** Most bytes that wait. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
  /** Default 512. */
  readonly maxBatchSpans?: number | undefined;
  /** Default 512 KiB. */
  readonly maxBatchBytes?: number | undefined;
  /** The longest that a span waits for others, in milliseconds. Default 5,000. */
  readonly intervalMs?: number | undefined;
};

export interface OtlpExporterDependencies extends HttpClientDependencies {
  /** Told once of each thing that keeps spans from being sent. Default: a process warning. */
  readonly report?: ((problem: DeliveryProblem) => void) | undefined;
}

export interface OtlpExporterCounters {
  readonly exported: number;
  readonly sent: number;
  readonly dropped: number;
  readonly waiting: number;
  /** Spans that the collector took with the rest but said it would not keep (`partialSuccess`); they count as sent. */
  readonly rejected: number;
}

/** What became of every span that was exported. */
export interface OtlpCloseReport {
  readonly sent: number;
  readonly dropped: number;
}

interface Waiting {
  readonly span: JsonObject;
  readonly bytes: number;
}

type State =
  | { readonly name: 'open' }
  | { readonly name: 'refused' }
  | { readonly name: 'closed'; readonly report: Promise<OtlpCloseReport> };

export class OtlpExporter implements SpanSink {
  readonly #config: OtlpExporterConfig;
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #report: (problem: DeliveryProblem) => void;
  readonly #queue: InMemoryQueue<Waiting>;
  readonly #closing = new AbortController();
  #state: State = { name: 'open' };
  #batch: readonly Waiting[] = [];
  #flushing: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  #unreachable = false;
  #exported = 0;
  #sent = 0;
  #dropped = 0;
  #rejected = 0;

  /** @throws {ClientConfigInvalid} */
  constructor(config: OtlpExporterConfig, dependencies: OtlpExporterDependencies = {}) {
    const {
      resource: _resource,
      headers: _headers,
      maxSpans,
      maxBytes,
      maxBatchSpans: _s,
      maxBatchBytes: _b,
      intervalMs: _i,
      ...http
    } = config;
    const { report = reportAsWarning, ...rest } = dependencies;
    this.#config = config;
    this.#http = new HttpClient({ retryOnStatusCodes: RETRYABLE_STATUSES, ...http }, rest);
    this.#clock = dependencies.clock ?? backgroundClock;
    this.#report = report;
    this.#queue = new InMemoryQueue<Waiting>({
      maxItems: maxSpans ?? DEFAULT_MAX_SPANS,
      weight: { maxBytes: maxBytes ?? DEFAULT_MAX_BYTES, sizeOf: ({ bytes }) => bytes },
      whenFull: 'drop-oldest',
      onDrop: () => {
        this.#dropped += 1;
      },
    });
  }

  /** Takes an ended span; one that is still going on is ignored. */
  readonly spanFinished = (record: SpanRecord): void => {
    if (record.endTime === null) return;
    this.#exported += 1;
    const span = encodeSpan(record);
    const bytes = JSON.stringify(span).length;
    if (this.#state.name !== 'open' || this.#queue.tryPut({ span, bytes }) !== 'queued') {
      this.#dropped += 1;
      return;
    }
    if (this.#queue.size() >= (this.#config.maxBatchSpans ?? DEFAULT_BATCH_SPANS)) void this.flush();
    else
      this.#cancelTimer ??= this.#clock.schedule(
        this.#config.intervalMs ?? DEFAULT_INTERVAL_MS,
        () => void this.flush(),
      );
  };

  /** Sends what waits; resolves when it is sent, or as much of it as can be for now. Never rejects. */
  flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#flushing ??= this.#sendAll().finally(() => {
      this.#flushing = null;
      if (this.#state.name === 'open' && this.#waiting > 0)
        this.#cancelTimer ??= this.#clock.schedule(
          this.#config.intervalMs ?? DEFAULT_INTERVAL_MS,
          () => void this.flush(),
        );
    });
    return this.#flushing;
  }

  counters(): OtlpExporterCounters {
    return {
      exported: this.#exported,
      sent: this.#sent,
      dropped: this.#dropped,
      waiting: this.#waiting,
      rejected: this.#rejected,
    };
  }

  /**
   * Sends what waits, for at most `deadlineMs` (default 10,000), and ends. A second call gives the same report. Never rejects.
   */
  close({
    deadlineMs = DEFAULT_CLOSE_MS,
  }: {
    readonly deadlineMs?: number | undefined;
  } = {}): Promise<OtlpCloseReport> {
    if (this.#state.name === 'closed') return this.#state.report;
    const refused = this.#state.name === 'refused';
    const report = this.#drain(refused ? 0 : deadlineMs);
    this.#state = { name: 'closed', report };
    return report;
  }

  async #drain(deadlineMs: number): Promise<OtlpCloseReport> {
    const deadline = deadlineSignal(this.#clock, deadlineMs);
    const abort = (): void => this.#closing.abort(deadline.signal.reason);
    if (deadline.signal.aborted) abort();
    else deadline.signal.addEventListener('abort', abort, { once: true });
    // The second time sends what came while the flush that was under way had its last batch.
    await this.flush();
    await this.flush();
    deadline.cancel();
    this.#dropAll();
    await this.#http.close();
    return { sent: this.#sent, dropped: this.#dropped };
  }

  get #waiting(): number {
    return this.#queue.size() + this.#batch.length;
  }

  async #sendAll(): Promise<void> {
    while (this.#state.name !== 'refused' && this.#nextBatch()) {
      try {
        const answer = await this.#http.request(TRACES_PATH, {
          method: 'POST',
          body: encodeRequest(
            this.#batch.map(({ span }) => span),
            this.#config.resource,
            SCOPE,
          ),
          ...(this.#config.headers === undefined ? {} : { headers: this.#config.headers }),
          idempotent: true,
          signal: this.#closing.signal,
        });
        this.#unreachable = false;
        this.#sent += this.#batch.length;
        this.#rejected += rejectedSpans(answer);
        this.#batch = [];
      } catch (error) {
        this.#fail(error);
        return;
      }
    }
  }

  /** False when there is nothing to send. A batch that failed is the next one again. */
  #nextBatch(): boolean {
    if (this.#batch.length > 0) return true;
    const { maxBatchSpans = DEFAULT_BATCH_SPANS, maxBatchBytes = DEFAULT_BATCH_BYTES } = this.#config;
    const batch: Waiting[] = [];
    let bytes = 0;
    while (batch.length < maxBatchSpans && bytes < maxBatchBytes) {
      const next = this.#queue.tryGet();
      if (next === null || next.done) break;
      batch.push(next.item);
      bytes += next.item.bytes;
    }
    this.#batch = batch;
    return batch.length > 0;
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    if (isTransient(error)) {
      if (!this.#unreachable) this.#report(new CollectorUnreachable(error));
      this.#unreachable = true;
      return;
    }
    if (this.#state.name === 'open') this.#state = { name: 'refused' };
    this.#dropAll();
    this.#report(new CollectorRefused(error));
  }

  #dropAll(): void {
    this.#dropped += this.#waiting;
    this.#batch = [];
    while (this.#queue.tryGet()?.done === false);
  }
}

/** By OTLP, `partialSuccess.rejectedSpans` is a 64-bit integer, so text or a number. */
function rejectedSpans(answer: unknown): number {
  if (typeof answer !== 'object' || answer === null || !('partialSuccess' in answer)) return 0;
  const { partialSuccess } = answer;
  if (typeof partialSuccess !== 'object' || partialSuccess === null || !('rejectedSpans' in partialSuccess)) return 0;
  const rejected = Number(partialSuccess.rejectedSpans);
  return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
}
