/** What a provider's refusal means: `models/failures.json`, read from the top, the first row that fits. Workers in other languages read it as well. */
import { z } from 'zod';
import table from '../../models/failures.json' with { type: 'json' };
import { isRetryableCode, MODEL_ERROR_CODES, type ModelErrorCode } from '../model/errors.ts';
import { PROVIDER_IDS, type ProviderId, providerOf } from './provider-table.ts';

const rowSchema = z.strictObject({
  /** Absent: all of them. */
  provider: z.enum(PROVIDER_IDS).optional(),
  /** An HTTP status, or all that begin with its digit, or any. */
  status: z.union([z.int(), z.enum(['4xx', '5xx', 'any'])]),
  /** JSON Pointer (RFC 6901) into the body, where `*` stands for every entry of a list. Absent: the body does not matter. */
  pointer: z.string().optional(),
  /** A pattern of the text there. */
  pattern: z.string().optional(),
  code: z.enum(MODEL_ERROR_CODES),
  /** Where it differs from the code's class. */
  retryable: z.boolean().optional(),
  /** For the message. */
  meaning: z.string(),
  /** What to do about it; `{key}` and `{baseUrl}` stand for the provider's variables. */
  todo: z.string().optional(),
  source: z.url().optional(),
});
export type FailureRow = z.output<typeof rowSchema>;

export const FAILURES: readonly FailureRow[] = z.array(rowSchema).parse(table);

export interface Classified {
  readonly code: ModelErrorCode;
  readonly retryable: boolean;
  readonly meaning: string;
  /** What to do about it; null: nothing that is known here. */
  readonly todo: string | null;
}

/** @param body the parsed JSON of the answer; undefined when it was none */
export function classifyFailure(provider: ProviderId, status: number, body: unknown): Classified {
  const row = FAILURES.find(
    (one) =>
      (one.provider === undefined || family(provider).includes(one.provider)) &&
      fitsStatus(one, status) &&
      (one.pointer === undefined || fitsBody(one, body)),
  );
  if (row === undefined) throw new Error('models/failures.json does not end in a row that always fits');
  const { code, meaning, retryable = isRetryableCode(code) } = row;
  return { code, retryable, meaning, todo: row.todo === undefined ? null : withVariables(row.todo, provider) };
}

function withVariables(text: string, provider: ProviderId): string {
  const { keyVariable, baseUrlVariable } = providerOf(provider);
  return text.replaceAll('{key}', keyVariable).replaceAll('{baseUrl}', baseUrlVariable);
}

/** A compatible server imitates OpenAI's errors as well. */
function family(provider: ProviderId): readonly ProviderId[] {
  return provider === 'openai-compatible' ? [provider, 'openai'] : [provider];
}

function fitsStatus({ status }: FailureRow, actual: number): boolean {
  if (status === 'any') return true;
  return typeof status === 'number' ? status === actual : Math.floor(actual / 100) === Number(status[0]);
}

function fitsBody({ pointer = '', pattern = '' }: FailureRow, body: unknown): boolean {
  const steps = pointer.split('/').slice(1);
  const found = new RegExp(pattern);
  return valuesAt(body, steps).some((value) => typeof value === 'string' && found.test(value));
}

function valuesAt(value: unknown, [step, ...rest]: readonly string[]): unknown[] {
  if (step === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (step === '*') return Object.values(value).flatMap((entry) => valuesAt(entry, rest));
  const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
  return Object.hasOwn(value, key) ? valuesAt(Reflect.get(value, key), rest) : [];
}
