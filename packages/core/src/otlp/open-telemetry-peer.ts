/**
 * The current span of an application that uses `@opentelemetry/api`, so that ours hang under it. The package is an optional
 * peer: where it is absent nothing is imported.
 */
import { createRequire } from 'node:module';
import { parseTraceparent, type TraceContext } from '../trace-context.ts';

/** A variable, so that neither the compiler nor a bundler insists on the package being there. */
const PEER: string = '@opentelemetry/api';

export interface PeerDependencies {
  /** Whether the package can be found from here. Default: by Node's resolution. */
  readonly isPresent?: ((name: string) => boolean) | undefined;
  /** Default: `import`. */
  readonly load?: ((name: string) => Promise<unknown>) | undefined;
}

/**
 * Gives what a tracer takes as its `outerContext`; null where `@opentelemetry/api` is not installed or not as expected.
 */
export async function openTelemetryContext({
  isPresent = canResolve,
  load = importModule,
}: PeerDependencies = {}): Promise<(() => TraceContext | undefined) | null> {
  if (!isPresent(PEER)) return null;
  const trace = propertyOf(await load(PEER), 'trace');
  const getActiveSpan = propertyOf(trace, 'getActiveSpan');
  if (typeof getActiveSpan !== 'function') return null;
  return () => contextOf(Reflect.apply(getActiveSpan, trace, []));
}

function contextOf(span: unknown): TraceContext | undefined {
  const spanContext = propertyOf(span, 'spanContext');
  if (typeof spanContext !== 'function') return undefined;
  const context: unknown = Reflect.apply(spanContext, span, []);
  const [traceId, spanId, flags] = ['traceId', 'spanId', 'traceFlags'].map((name) => propertyOf(context, name));
  if (typeof traceId !== 'string' || typeof spanId !== 'string' || typeof flags !== 'number') return undefined;
  // Through the header's own rules: an invalid context, as of a no-op tracer, is none.
  return parseTraceparent(`00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`) ?? undefined;
}

function propertyOf(value: unknown, name: string): unknown {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? Reflect.get(value, name)
    : undefined;
}

function canResolve(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function importModule(name: string): Promise<unknown> {
  return import(name);
}
