/**
 * Makes spans and knows which one is going on.
 *
 * Owns: the current context of each asynchronous call chain (AsyncLocalStorage), ids, what becomes of errors. Leaves to its
 * sinks where spans go, and to `Span` what one holds.
 *
 * 1. A span that is started while another is current hangs under it, across awaits, timers and callbacks.
 * 2. `withSpan` gives back what its work gives back and throws what its work throws, whatever the sinks do.
 * 3. A sink gets copies, and only of spans whose trace is sampled.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { childContext, newTraceContext, type TraceContext } from '../trace-context.ts';
import type { CopyLimits } from './plain-json.ts';
import { Span } from './span.ts';
import { DEFAULT_SPAN_TYPE, type SpanRecord, type SpanSink } from './span-record.ts';

export interface SpanOptions {
  /** What is done, as `grade submission`. */
  readonly name: string;
  /** The kind of span, which is its schema at the collector. Default `span`. */
  readonly spanType?: string | undefined;
  readonly inputs?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** The span above it: one of this tracer, the context of another program, or null to begin a trace. Default: the current. */
  readonly parent?: Span | TraceContext | null | undefined;
  /** Milliseconds since 1970. Default: now. */
  readonly startTime?: number | undefined;
}

export interface TracerDependencies {
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** That many random bytes. Default: node's `randomBytes`. */
  readonly random?: ((bytes: number) => Uint8Array) | undefined;
  /** Bounds of inputs, outputs and each attribute. */
  readonly limits?: Partial<CopyLimits> | undefined;
  /** The parent where none is given and none is current, as another tracing library's; see `openTelemetryContext`. */
  readonly outerContext?: (() => TraceContext | undefined) | undefined;
  /** Told what a sink threw. Default: ignored. */
  readonly onSinkError?: ((error: unknown) => void) | undefined;
}

export class Tracer {
  readonly #sinks: readonly SpanSink[];
  readonly #dependencies: TracerDependencies;
  readonly #now: () => number;
  readonly #current = new AsyncLocalStorage<Span | TraceContext | null>();

  constructor(sinks: readonly SpanSink[], dependencies: TracerDependencies = {}) {
    this.#sinks = sinks;
    this.#dependencies = dependencies;
    this.#now = dependencies.now ?? Date.now;
  }

  /** Starts a span, which its caller must end. It does not become current; `withSpan` does both. */
  startSpan(options: SpanOptions): Span {
    const parent = options.parent === undefined ? this.#implicitParent() : options.parent;
    const { random, limits = {} } = this.#dependencies;
    const above = parent instanceof Span ? parent.context : parent;
    const context = above === null ? newTraceContext(random) : childContext(above, random);
    const span = new Span(
      {
        context,
        parentSpanId: above?.spanId ?? null,
        remoteParent: above !== null && !(parent instanceof Span),
        name: options.name,
        spanType: options.spanType ?? DEFAULT_SPAN_TYPE,
        startTime: options.startTime ?? this.#now(),
        inputs: options.inputs,
        attributes: options.attributes,
      },
      limits,
      this.#now,
      (ended) => this.#tell('spanFinished', ended),
    );
    this.#tell('spanStarted', span);
    return span;
  }

  /**
   * Runs `work` inside a span of its own, which ends when the work does: `complete`, or `failed` with the error that was
   * thrown. Gives back what the work gives back; its outputs are what `span.setOutputs` was told, not the value.
   *
   * @throws what `work` throws
   */
  async withSpan<T>(options: SpanOptions, work: (span: Span) => T | Promise<T>): Promise<T> {
    const span = this.startSpan(options);
    try {
      const value = await this.#current.run(span, () => work(span));
      span.end();
      return value;
    } catch (error) {
      span.recordError(error);
      span.end({ status: 'failed' });
      throw error;
    }
  }

  /** Runs `work` under the context of another program, as `traceparent` gave it; null: outside of any trace. */
  withContext<T>(context: TraceContext | null, work: () => T): T {
    return this.#current.run(context, work);
  }

  /** The span that is going on here, if it is one of this tracer. */
  currentSpan(): Span | undefined {
    const current = this.#current.getStore();
    return current instanceof Span ? current : undefined;
  }

  /** The ids for what is caused here: HttpClient's `currentTrace`, `injectTraceparent`. */
  readonly currentContext = (): TraceContext | undefined => {
    const current = this.#implicitParent();
    return current instanceof Span ? current.context : (current ?? undefined);
  };

  #implicitParent(): Span | TraceContext | null {
    const current = this.#current.getStore();
    return current === undefined ? (this.#dependencies.outerContext?.() ?? null) : current;
  }

  #tell(what: 'spanStarted' | 'spanFinished', span: Span): void {
    if (!span.context.sampled) return;
    const record: SpanRecord = span.snapshot();
    for (const sink of this.#sinks) {
      try {
        sink[what]?.(record);
      } catch (error) {
        this.#dependencies.onSinkError?.(error);
      }
    }
  }
}
