import { isTransient, SwitchyardError } from '../errors.ts';

/**
 * True unless trying again cannot help: a SwitchyardError that is not transient, an abort, or a fault in the handler's
 * own code (TypeError, RangeError, ReferenceError or SyntaxError without a `cause`; with one it may be a `fetch` that
 * failed).
 */
export function isWorthRetrying(error: unknown): boolean {
  if (error instanceof SwitchyardError) return isTransient(error);
  if (!(error instanceof Error)) return true;
  if (error.name === 'AbortError') return false;
  const isProgrammingError =
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError;
  return !isProgrammingError || error.cause !== undefined;
}
