// What other packages may use. Helpers of a single module stay private to it.
export { isTransient, messageOf, SwitchyardError } from './errors.ts';
export { isJsonObject } from './json.ts';
export { sleep } from './sleep.ts';
export { childContext, formatTraceparent, newTraceContext, parseTraceparent } from './trace-context.ts';

export type { ErrorKind } from './errors.ts';
export type { Json, JsonObject } from './json.ts';
export type { TraceContext } from './trace-context.ts';
