import { describe, expect, test } from 'vitest';
import {
  CLIENT_CONFIG_NAMES,
  ClientConfigInvalid,
  type ClientConfigName,
  createConfig,
  environmentNameOf,
} from '../src/config.ts';

const apiUrl = 'https://collector.test/base';

/** A value for every setting, as text and as what it becomes. */
const VALUES: { readonly [name in ClientConfigName]: readonly [string, unknown] } = {
  apiUrl: [apiUrl, apiUrl],
  apiToken: ['token-1', 'token-1'],
  requestTimeout: ['1500', 1_500],
  totalTimeout: ['90000', 90_000],
  maxRetries: ['0', 0],
  initialRetryDelay: ['12.5', 12.5],
  maxRetryDelay: ['4e3', 4_000],
  retryMultiplier: ['1.5', 1.5],
  retryStrategy: ['extra-quarter', 'extra-quarter'],
  retryOnStatusCodes: ['429, 502-504', [429, 502, 503, 504]],
  maxResponseBytes: ['1024', 1_024],
};

function problemsOf(options: Parameters<typeof createConfig>[0], env: Record<string, string> = {}): readonly string[] {
  try {
    createConfig(options, env);
  } catch (error) {
    if (error instanceof ClientConfigInvalid) return error.problems;
    throw error;
  }
  return [];
}

describe('createConfig', () => {
  test('has the defaults of the contract', () => {
    expect(createConfig({ apiUrl }, {})).toEqual({
      apiUrl,
      requestTimeout: 30_000,
      totalTimeout: 300_000,
      maxRetries: 3,
      initialRetryDelay: 1_000,
      maxRetryDelay: 60_000,
      retryMultiplier: 2,
      retryStrategy: 'half-jitter',
      retryOnStatusCodes: [429, ...Array.from({ length: 100 }, (_code, index) => 500 + index)],
      maxResponseBytes: 16_777_216,
    });
  });

  test('reads every setting from its own environment variable', () => {
    const env = Object.fromEntries(CLIENT_CONFIG_NAMES.map((name) => [environmentNameOf(name), VALUES[name][0]]));
    expect(Object.keys(env)).toContain('SWITCHYARD_TRACE_RETRY_ON_STATUS_CODES');
    expect(createConfig({}, env)).toEqual(
      Object.fromEntries(CLIENT_CONFIG_NAMES.map((name) => [name, VALUES[name][1]])),
    );
  });

  test('puts what is given before the environment, and takes an empty variable for none', () => {
    const env = { SWITCHYARD_TRACE_MAX_RETRIES: '7', SWITCHYARD_TRACE_REQUEST_TIMEOUT: ' ' };
    expect(createConfig({ apiUrl, maxRetries: 1 }, env)).toMatchObject({ maxRetries: 1, requestTimeout: 30_000 });
    expect(createConfig({ apiUrl }, env).maxRetries).toBe(7);
  });

  test('names everything that is wrong, where it came from, what it was and what it may be', () => {
    const env = { SWITCHYARD_TRACE_REQUEST_TIMEOUT: 'soon', SWITCHYARD_TRACE_RETRY_ON_STATUS_CODES: '5xx' };
    expect(problemsOf({ maxRetries: 1.5 }, env)).toEqual([
      'apiUrl is missing; it must be an http or https URL without user, query or fragment, as https://collector.example.com/base',
      'SWITCHYARD_TRACE_REQUEST_TIMEOUT (requestTimeout) is "soon", but must be whole milliseconds from 1 to 2147483647',
      'maxRetries is 1.5, but must be a whole number from 0 to 100',
      'SWITCHYARD_TRACE_RETRY_ON_STATUS_CODES (retryOnStatusCodes) is "5xx", but must be status codes from 100 to 599, as 429,500-599',
    ]);
  });

  test.each([
    'ftp://x.test',
    'x.test',
    'https://user:hidden@x.test',
    'https://x.test?key=hidden',
    'https://x.test#hidden',
  ])('refuses %s without repeating it', (url) => {
    const [problem = ''] = problemsOf({ apiUrl: url });
    expect(problem).toContain('apiUrl');
    expect(problem).not.toContain('hidden');
  });

  test('never shows a token', () => {
    expect(problemsOf({ apiUrl, apiToken: 'hidden secret' }).join('\n')).not.toContain('hidden');
  });
});
