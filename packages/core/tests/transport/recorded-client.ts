/** A client whose waits are written down instead of waited for. */
import {
  HttpClient,
  type HttpClientConfig,
  type HttpClientDependencies,
} from '../../src/transport/http/http-client.ts';
import { HttpClientError } from '../../src/transport/http/http-client-error.ts';

export interface RecordedClient extends AsyncDisposable {
  readonly client: HttpClient;
  /** Milliseconds that it would have waited, in order. */
  readonly waits: readonly number[];
}

/** With the highest random number there is, so that waits are the whole of the formula. */
export function openRecordedClient(
  config: HttpClientConfig,
  dependencies: HttpClientDependencies = {},
): RecordedClient {
  const waits: number[] = [];
  const client = new HttpClient(
    { apiToken: 'secret-token', ...config },
    {
      sleep: async (ms) => {
        waits.push(ms);
      },
      random: () => 1,
      ...dependencies,
    },
  );
  return { client, waits, [Symbol.asyncDispose]: () => client.close() };
}

/** The HttpClientError that a request ends with. */
export async function failureOf(request: Promise<unknown>): Promise<HttpClientError> {
  try {
    await request;
  } catch (error) {
    if (error instanceof HttpClientError) return error;
    throw error;
  }
  throw new Error('the request succeeded');
}
