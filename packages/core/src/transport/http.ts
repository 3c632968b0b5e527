/**
 * Sends agent instances and spans to a trace collector, in the background (CONTRACTS.md, section 1).
 *
 * Owns the agent's runs, the spans' life as the caller sees it, and the parts below. Leaves the way to the collector to
 * `Delivery`, retries within one request to `HttpClient`.
 *
 * 1. Its calls return at once, never wait for the network and, `startAgentInstance`'s guard apart, never throw.
 * 2. A span is copied when it is emitted, with its idempotency key: what happens to it afterwards changes nothing, and what
 *    cannot be serialised is a note in the copy.
 * 3. Calls of one trace reach the collector in the order in which they were made; traces do not wait for each other.
 * 4. A span waits for its parent, a finish for its span, whichever came first. An instance is registered and started before
 *    its first span, and finished after its last.
 * 5. What waits is bounded by count and bytes. `spans` in `counters()` adds up at any time, `close` returns the final sum.
 * 6. An outage pauses sending and never ends it. A refusal (401, 403, another 4xx that is not worth a retry) ends it, and is
 *    reported once.
 * 7. A changed schema needs a new `agentIdentifier`.
 */
import { randomUUID } from 'node:crypto';
import { isJsonObject } from '../json.ts';
import { toPlainJson } from '../tracing/plain-json.ts';
import { ActionSender } from './delivery/action-sender.ts';
import { AgentRuns } from './delivery/agent-runs.ts';
import { backgroundClock } from './delivery/background-clock.ts';
import { Delivery } from './delivery/delivery.ts';
import { type DeliverySettings, deliverySettings } from './delivery/delivery-config.ts';
import { type DeliveryProblem, reportAsWarning } from './delivery/problems.ts';
import { startWithSpool } from './delivery/recover-spool.ts';
import {
  type ActionSource,
  createAction,
  type EmittedSpan,
  type FinishOptions,
  finishAction,
} from './delivery/span-actions.ts';
import { SpanIds } from './delivery/span-ids.ts';
import { TerminationWatch } from './delivery/termination-watch.ts';
import { EarlyFinishes } from './early-finishes.ts';
import { AgentInstanceClient } from './http/agent-instance-client.ts';
import { AgentSpanClient } from './http/agent-span-client.ts';
import { HttpClient } from './http/http-client.ts';
import { calculateRetryDelay, type RetryDelayConfig } from './http/retry-policy.ts';
import type {
  AgentIdentity,
  CloseOptions,
  CloseReport,
  HttpTransportConfig,
  HttpTransportCounters,
  HttpTransportDependencies,
} from './http-transport-config.ts';

const DEFAULT_CLOSE_MS = 10_000;
/** What an action of an agent instance weighs in the queue, in bytes. */
const AGENT_ACTION_BYTES = 1_024;
const PAUSE_MULTIPLIER = 2;

type State = { readonly name: 'open' } | { readonly name: 'closed'; readonly report: Promise<CloseReport> };

export class HttpTransport {
  readonly #source: ActionSource;
  readonly #runs: AgentRuns;
  readonly #http: HttpClient;
  readonly #ids: SpanIds;
  readonly #early: EarlyFinishes;
  readonly #delivery: Delivery;
  readonly #watch: TerminationWatch | null;
  /** Null without a spool. */
  readonly #opened: Promise<unknown> | null;
  #repeated = 0;
  #state: State = { name: 'open' };

  /** @throws {ClientConfigInvalid | TransportConfigInvalid} */
  constructor(config: HttpTransportConfig, dependencies: HttpTransportDependencies = {}) {
    const { agentIdentifier, agentName, agentDescription, agentId, environmentId, ...rest } = config;
    const { delivery, spool, limits = {}, ...http } = rest;
    const settings = deliverySettings(delivery);
    const clock = dependencies.clock ?? backgroundClock;
    const { newKey = randomUUID, today = Date.now, random = Math.random, report = reportAsWarning } = dependencies;
    const tell = (problem: DeliveryProblem): void => guarded(() => report(problem));
    this.#source = { newKey, now: today, limits };
    this.#runs = new AgentRuns({ agentIdentifier, agentName, agentDescription, agentId, environmentId }, this.#source);
    this.#http = new HttpClient(http, dependencies);
    this.#ids = new SpanIds({ maxSpans: settings.maxKnownSpans, rememberMs: settings.rememberMs, now: clock.now });
    this.#early = new EarlyFinishes(settings.maxKnownSpans, limits);
    const client = new AgentInstanceClient(this.#http);
    this.#delivery = new Delivery({
      settings,
      clock,
      sender: new ActionSender(client, new AgentSpanClient(this.#http)),
      ids: this.#ids,
      pauseMs: (failures) => calculateRetryDelay(failures, pauseConfig(settings), random),
      report: tell,
      onTerminate: (reason) => guarded(() => dependencies.onTerminate?.(reason)),
      onRunStarted: (run) => this.#watch?.watch(run),
    });
    const delivering = this.#delivery;
    const everyMs = settings.watchTerminationMs;
    this.#watch =
      everyMs === null
        ? null
        : new TerminationWatch({
            client,
            clock,
            everyMs,
            isReachable: () => delivering.gate.state === 'open',
            terminate: (run, reason) => delivering.terminate(run, reason),
          });
    if (spool === undefined) this.#delivery.start(null);
    this.#opened =
      spool === undefined ? null : startWithSpool(spool, { delivery: this.#delivery, ids: this.#ids, report: tell });
  }

  /** Aborts, with the reason, when the collector asks for the instance that runs now to end. */
  get terminationSignal(): AbortSignal {
    return this.#runs.present.termination.signal;
  }

  /** The schema of the instances that start from now on. */
  registerSchema(schema: unknown): void {
    const copy = toPlainJson(schema, this.#source.limits).json;
    this.#runs.guard.register(isJsonObject(copy) ? copy : { schema: copy });
  }

  /**
   * Starts an instance of the agent; one that runs is finished first. What is left out is as in the configuration.
   *
   * @throws {AgentSchemaChanged} when the schema is not the one that this `agentIdentifier` had
   */
  startAgentInstance(identity: AgentIdentity = {}): void {
    const run = this.#runs.prepare(identity);
    this.finishAgentInstance();
    this.#runs.begin(run);
    this.#delivery.accept(run.action, run, AGENT_ACTION_BYTES);
  }

  /** Finishes the instance that runs, after all of its spans; without one does nothing. */
  finishAgentInstance({ status }: { readonly status?: 'complete' | 'failed' | 'cancelled' | undefined } = {}): void {
    const ended = this.#runs.end(status);
    if (ended === null) return;
    this.#watch?.leave(ended.run);
    this.#delivery.accept(ended.action, ended.run, AGENT_ACTION_BYTES);
  }

  /** Takes a span that began, or began and ended. Without an instance that runs, one is started as configured. */
  emit(span: EmittedSpan): void {
    const known = this.#ids.get(span.spanId);
    if (known !== undefined) {
      if (known.life === 'open' && span.endTime !== null) this.finishSpan(span.spanId, span.endTime, finishOf(span));
      else this.#repeated += 1;
      return;
    }
    if (this.#state.name === 'closed') {
      this.#delivery.countDropped('span', 'closed');
      return;
    }
    const run = this.#runs.present;
    const { action, bytes } = createAction(span, this.#source);
    this.#ids.add(span.spanId, {
      traceId: span.traceId,
      run,
      place: { name: 'unsent' },
      life: span.endTime === null ? 'open' : 'finishing',
    });
    this.#delivery.accept(action, run, bytes);
    const early = this.#early.take(span.spanId);
    if (early !== undefined && span.endTime === null) this.finishSpan(span.spanId, early.endTime, early.options);
    else if (early !== undefined) this.#repeated += 1;
  }

  /**
   * Finishes a span that was emitted while it was active, or is about to be.
   *
   * @param endTime milliseconds since 1970
   */
  finishSpan(id: string, endTime: number, options: FinishOptions = {}): void {
    const known = this.#ids.get(id);
    if (known === undefined) {
      this.#finishEarly(id, endTime, options);
      return;
    }
    if (known.life !== 'open') {
      this.#repeated += 1;
      return;
    }
    known.life = 'finishing';
    const { action, bytes } = finishAction({ traceId: known.traceId, spanId: id }, endTime, options, this.#source);
    this.#delivery.accept(action, known.run, bytes);
  }

  counters(): HttpTransportCounters {
    const { tally, outbox, gate } = this.#delivery;
    return {
      spans: tally.of('span'),
      finishes: tally.of('finish'),
      agentCalls: tally.of('agent'),
      droppedFor: tally.droppedFor,
      repeated: this.#repeated,
      queue: {
        items: outbox.size,
        bytes: outbox.bytes,
        lanes: outbox.laneCount,
        waitingForAnother: outbox.waitingCount,
      },
      ids: { known: this.#ids.size, forgotten: this.#ids.forgotten },
      gate: { state: gate.state, pauses: gate.pauses },
      spool: this.#delivery.spoolState,
      http: this.#http.counters(),
    };
  }

  /**
   * Sends what waits, within the deadline, and ends. The instance that runs is not finished by it: `finishAgentInstance`
   * does that. A second call gives the same report. Never rejects.
   */
  close({ deadlineMs = DEFAULT_CLOSE_MS }: CloseOptions = {}): Promise<CloseReport> {
    if (this.#state.name === 'open') this.#state = { name: 'closed', report: this.#close(deadlineMs) };
    return this.#state.report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(deadlineMs: number): Promise<CloseReport> {
    for (let left = this.#early.size; left > 0; left -= 1) this.#delivery.countDropped('finish', 'unknown-span');
    this.#early.clear();
    await this.#opened;
    await this.#delivery.close(deadlineMs);
    this.#watch?.stop();
    await this.#http.close();
    const { tally } = this.#delivery;
    const [{ sent, kept, dropped }, finishes] = [tally.of('span'), tally.of('finish')];
    return { sent, kept, dropped, finishes: { sent: finishes.sent, kept: finishes.kept, dropped: finishes.dropped } };
  }

  #finishEarly(id: string, endTime: number, options: FinishOptions): void {
    if (this.#state.name === 'closed') this.#delivery.countDropped('finish', 'closed');
    else if (this.#early.has(id)) this.#repeated += 1;
    else if (this.#early.add(id, endTime, options) > 0) this.#delivery.countDropped('finish', 'unknown-span');
  }
}

function pauseConfig({ pauseMs, maxPauseMs }: DeliverySettings): RetryDelayConfig {
  return { initialRetryDelay: pauseMs, maxRetryDelay: maxPauseMs, retryMultiplier: PAUSE_MULTIPLIER };
}

/** What a callback of the application throws has no place in the background. */
function guarded(call: () => void): void {
  try {
    call();
  } catch {
    // Nobody to tell: telling is what failed.
  }
}

function finishOf({ status, outputs, error, attributes }: EmittedSpan): FinishOptions {
  return { status: status === 'failed' ? 'failed' : 'complete', outputs, error, attributes };
}
