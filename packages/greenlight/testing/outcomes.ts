import type { InsideTest, JsonValue, ProgramError, StepOutcome, Value } from '../src/index.ts';

const QUIET = { stdout: '', stderr: '', truncated: false, durationMs: 1 } as const;

/** A step that returned a value. */
export function returned(value: Value, more: Partial<Pick<StepOutcome, keyof typeof QUIET>> = {}): StepOutcome {
  return { ...QUIET, ...more, status: 'returned', value };
}

/** A step that threw. */
export function raised(type: string, message = '', where: Partial<ProgramError> = {}): StepOutcome {
  return { ...QUIET, status: 'raised', error: { type, message, ...where } };
}

/** A program that ran to its end. */
export function printed(stdout: string, exitCode = 0, error?: ProgramError): StepOutcome {
  return { ...QUIET, stdout, status: 'exited', exitCode, ...(error === undefined ? {} : { error }) };
}

/** A test file that ran to its end. */
export function tested(...tests: readonly InsideTest[]): StepOutcome {
  return { ...QUIET, status: 'tested', tests };
}

/** A step that its time limit ended. */
export function timedOut(limitMs: number, line?: number): StepOutcome {
  return { ...QUIET, durationMs: limitMs, status: 'timed-out', limitMs, ...(line === undefined ? {} : { line }) };
}

/** A step that ended in one of the other ways. */
export function ended(
  how:
    | { readonly status: 'out-of-memory' | 'output-limit' }
    | { readonly status: 'exited'; readonly exitCode: number }
    | { readonly status: 'lost' | 'skipped'; readonly reason: string },
): StepOutcome {
  return { ...QUIET, ...how };
}

/** The value that a program would return for this JSON: whole numbers as integers, others as floats. */
export function valueOf(json: JsonValue): Value {
  if (json === null) {
    return { type: 'null' };
  }
  if (typeof json === 'boolean') {
    return { type: 'boolean', value: json };
  }
  if (typeof json === 'string') {
    return { type: 'string', value: json };
  }
  if (typeof json === 'number') {
    return Number.isSafeInteger(json) ? { type: 'integer', value: String(json) } : { type: 'float', value: json };
  }
  if (isList(json)) {
    return { type: 'list', items: json.map(valueOf) };
  }
  return {
    type: 'map',
    entries: Object.entries(json).map(([key, held]) => [{ type: 'string', value: key }, valueOf(held)]),
  };
}

function isList(json: JsonValue): json is readonly JsonValue[] {
  return Array.isArray(json);
}
