/** Spans and transports for the tests of this folder. */
import { afterEach } from 'vitest';
import type { DeliveryProblem } from '../../src/transport/delivery/problems.ts';
import type { EmittedSpan } from '../../src/transport/delivery/span-actions.ts';
import { HttpTransport } from '../../src/transport/http.ts';
import type { HttpTransportConfig, HttpTransportDependencies } from '../../src/transport/http-transport-config.ts';

const START = Date.UTC(2026, 0, 1);
const open: HttpTransport[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close({ deadlineMs: 0 })));
});

/** 32 hex digits that end in the number. */
export function traceId(number: number): string {
  return `a${number.toString(16).padStart(31, '0')}`;
}

/** 16 hex digits that end in the number. */
export function spanId(number: number): string {
  return `b${number.toString(16).padStart(15, '0')}`;
}

/** A span of trace 1 that is going on, named by its number. */
export function activeSpan(number: number, changes: Partial<EmittedSpan> = {}): EmittedSpan {
  return {
    traceId: traceId(1),
    spanId: spanId(number),
    parentSpanId: null,
    name: `span ${number}`,
    status: 'active',
    startTime: START + number,
    endTime: null,
    ...changes,
  };
}

/** The same, ended. */
export function endedSpan(number: number, changes: Partial<EmittedSpan> = {}): EmittedSpan {
  return activeSpan(number, { status: 'complete', endTime: START + number + 1, ...changes });
}

export interface TestTransport {
  readonly transport: HttpTransport;
  readonly problems: DeliveryProblem[];
  readonly terminations: string[];
}

/** A transport that retries and pauses without waiting, closed after the test at the latest. */
export function openTransport(
  apiUrl: string,
  config: Partial<HttpTransportConfig> = {},
  dependencies: HttpTransportDependencies = {},
): TestTransport {
  const problems: DeliveryProblem[] = [];
  const terminations: string[] = [];
  const transport = new HttpTransport(
    {
      apiUrl,
      apiToken: 'a-token',
      agentIdentifier: 'test@1',
      initialRetryDelay: 0,
      // Outages are the transport's own matter here; the breaker has tests of its own.
      breaker: { failureThreshold: 1_000_000 },
      retryBudget: { capacity: 1_000_000 },
      ...config,
      delivery: { pauseMs: 1, maxPauseMs: 1, ...config.delivery },
    },
    {
      report: (problem) => problems.push(problem),
      onTerminate: (reason) => terminations.push(reason),
      ...dependencies,
    },
  );
  open.push(transport);
  return { transport, problems, terminations };
}
