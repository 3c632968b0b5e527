/** From an answer on the wire to the value, or the error, that the caller gets. */
import type { Clock } from '../../clock.ts';
import type { ClientConfig } from '../../config.ts';
import type { AnswerHead, IncomingAnswer } from './exchange.ts';
import { HttpClientError } from './http-client-error.ts';
import { AnswerNotUnderstood, type RequestFacts } from './http-failures.ts';
import { readRetryAfter } from './retry-after.ts';
import { shouldRetryStatusCode } from './retry-policy.ts';

/** What of an error body is read and kept. */
const ERROR_BODY_BYTES = 64 * 1024;
/** How long an error body is waited for: the status says what matters. */
const ERROR_BODY_MS = 1_000;
const FIRST_SUCCESS = 200;
const LAST_SUCCESS = 299;

export interface AnswerReader {
  readonly config: ClientConfig;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly today: () => number;
}

/**
 * The parsed body of a 2xx answer; undefined when it has none.
 *
 * @throws {HttpClientError | AnswerNotUnderstood | AnswerTooLarge}
 */
export async function readAnswer(
  answer: IncomingAnswer,
  facts: RequestFacts,
  reader: AnswerReader,
  parse: ((body: unknown, head: AnswerHead) => unknown) | undefined,
): Promise<unknown> {
  if (answer.status < FIRST_SUCCESS || answer.status > LAST_SUCCESS) throw await refusalOf(answer, facts, reader);
  const text = await answer.text(reader.config.maxResponseBytes);
  try {
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    return parse === undefined ? body : parse(body, answer);
  } catch (error) {
    throw new AnswerNotUnderstood(error);
  }
}

async function refusalOf(
  answer: IncomingAnswer,
  facts: RequestFacts,
  { config, clock, today }: AnswerReader,
): Promise<HttpClientError> {
  const text = await errorBody(answer, clock);
  return new HttpClientError({
    ...facts,
    code: 'http_status',
    status: answer.status,
    statusText: answer.statusText,
    responseBody: text === '' ? undefined : jsonOrText(text),
    retryable: shouldRetryStatusCode(answer.status, config.retryOnStatusCodes),
    retryAfterMs: readRetryAfter((name) => answer.header(name), today),
  });
}

/** Drained, so that the connection can be used again; what takes too long is given up with its connection. */
function errorBody(answer: IncomingAnswer, clock: Clock): Promise<string> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(ERROR_BODY_MS, () => resolve(''));
    void answer.beginning(ERROR_BODY_BYTES).then((text) => {
      cancel();
      resolve(text);
    });
  });
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
