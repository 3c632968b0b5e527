/** Telling a failure of the network from a mistake in a program: both reach a caller of fetch as a TypeError. */
import { errorCodeOf } from '../../errno.ts';

/** Codes of failures that may pass: Node's system calls, undici, Bun. */
const TRANSIENT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'EADDRNOTAVAIL',
  'EMFILE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_ABORTED',
  'HPE_INVALID_EOF_STATE',
  'HPE_CLOSED_CONNECTION',
  'ConnectionRefused',
  'ConnectionClosed',
  'ConnectionReset',
  'ConnectionTimeout',
  'FailedToOpenSocket',
  'Timeout',
]);

/** The answer is not HTTP, or the connection cannot be trusted: the same again next time. */
const LASTING_CODE = /^(?:HPE_|CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/;

/** undici's parser gives a code to some of its errors only. */
const NOT_HTTP = 'HTTPParserError';

/** How the fetch of each runtime says that the network failed, when it gives no code. */
const WORDINGS =
  /^(?:fetch failed|failed to fetch|networkerror|load failed|network error|terminated$|unable to connect)/i;

/** Causes that are looked through. */
const DEEPEST_CAUSE = 5;

/** `transient`: may pass. `lasting`: the network, but not to pass by itself. Null: not the network's doing. */
export function networkFailureOf(error: unknown): 'transient' | 'lasting' | null {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && current instanceof Error; depth += 1) {
    const code = errorCodeOf(current);
    if (code !== undefined) {
      if (TRANSIENT_CODES.has(code)) return 'transient';
      if (LASTING_CODE.test(code)) return 'lasting';
    }
    if (current.name === NOT_HTTP) return 'lasting';
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return error instanceof Error && WORDINGS.test(error.message) ? 'transient' : null;
}
