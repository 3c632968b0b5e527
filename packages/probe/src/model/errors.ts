import { type ErrorKind, SwitchyardError } from '@switchyard/core';
import type { SchemaProblem } from '../worker-contract/schema-problems.ts';

/**
 * Codes of the worker contract (CONTRACTS.md, section 5) and what each means to the engine. Those of kind `transient` are
 * retryable; where a provider says otherwise for one failure, its word decides.
 */
const KINDS = {
  RATE_LIMIT: 'transient',
  TIMEOUT: 'transient',
  NETWORK_ERROR: 'transient',
  SERVER_ERROR: 'transient',
  AUTH_ERROR: 'terminal',
  VALIDATION_ERROR: 'invalid',
  NOT_FOUND: 'invalid',
  UNSUPPORTED_PROVIDER: 'invalid',
  MISSING_API_KEY: 'invalid',
  INVALID_RESPONSE: 'terminal',
  CONTENT_BLOCKED: 'refused',
  UNKNOWN: 'terminal',
} as const satisfies Record<string, ErrorKind>;

export type ModelErrorCode = keyof typeof KINDS;

/** All codes, for schemas and documentation. */
export const MODEL_ERROR_CODES = [
  'RATE_LIMIT',
  'TIMEOUT',
  'NETWORK_ERROR',
  'SERVER_ERROR',
  'AUTH_ERROR',
  'VALIDATION_ERROR',
  'NOT_FOUND',
  'UNSUPPORTED_PROVIDER',
  'MISSING_API_KEY',
  'INVALID_RESPONSE',
  'CONTENT_BLOCKED',
  'UNKNOWN',
] as const satisfies readonly ModelErrorCode[];

/** Whether trying again may help, where a failure does not say so itself. */
export function isRetryableCode(code: ModelErrorCode): boolean {
  return KINDS[code] === 'transient';
}

export interface ModelErrorDetails {
  /** Overrides what the code says. */
  readonly retryable?: boolean;
  /** HTTP status of the provider's answer. */
  readonly statusCode?: number;
  /** The provider's own word on when to try again, milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Why a model gave no answer. Only a retryable one is `transient`. */
export class ModelError extends SwitchyardError {
  declare readonly code: ModelErrorCode;
  readonly retryable: boolean;
  readonly statusCode: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ModelErrorCode, message: string, details: ModelErrorDetails = {}) {
    const retryable = details.retryable ?? isRetryableCode(code);
    super(code, kindOf(code, retryable), message, details.cause === undefined ? {} : { cause: details.cause });
    this.retryable = retryable;
    this.statusCode = details.statusCode;
    this.retryAfterMs = details.retryAfterMs;
  }
}

function kindOf(code: ModelErrorCode, retryable: boolean): ErrorKind {
  if (retryable) return 'transient';
  return KINDS[code] === 'transient' ? 'terminal' : KINDS[code];
}

/** A model id that names no provider, and from which none can be inferred. */
export class ProviderUnsupported extends ModelError {
  constructor(id: string, providers: readonly string[]) {
    super(
      'UNSUPPORTED_PROVIDER',
      `model "${shown(id)}" belongs to no provider that is known here; name one before it, as openai:MODEL (${providers.join(', ')}), or use "scripted", which asks no model`,
    );
  }
}

/** No key for the provider of a model. */
export class ApiKeyMissing extends ModelError {
  constructor(provider: string, variable: string) {
    super('MISSING_API_KEY', `${provider} needs a key and there is none; set ${variable} in the environment`);
  }
}

/** The configured address of a provider cannot be used. It is not part of the message: it may hold a password. */
export class ProviderAddressInvalid extends ModelError {
  constructor(variable: string) {
    super(
      'VALIDATION_ERROR',
      `${variable} is no address that can be called; it may be an http or https URL without user, query or fragment, as https://gateway.example.com/v1`,
    );
  }
}

/** A provider without an address of its own, and none is configured. */
export class ProviderAddressMissing extends ModelError {
  constructor(provider: string, variable: string) {
    super(
      'VALIDATION_ERROR',
      `${provider} has no address by itself; set ${variable} in the environment, as http://127.0.0.1:11434/v1`,
    );
  }
}

/** Nothing came back from where a provider should be. */
export class ProviderUnreachable extends ModelError {
  constructor(provider: string, host: string, reason: string, variable: string, cause: unknown) {
    super(
      'NETWORK_ERROR',
      `${provider} cannot be reached at ${host}, or broke off its answer: ${reason}; ${variable} sets its address`,
      { cause },
    );
  }
}

/** One call took longer than a call may. */
export class ModelCallTimedOut extends ModelError {
  constructor(model: string, ms: number) {
    super('TIMEOUT', `${model} did not answer within ${ms / 1000} s`);
  }
}

/** The provider asked for no calls, for longer than a call waits: none was made. */
export class CallsPaused extends ModelError {
  constructor(model: string, pausedMs: number) {
    super(
      'RATE_LIMIT',
      `the provider of ${model} asks for no calls for another ${Math.ceil(pausedMs / 1000)} s; none was made`,
      {
        retryAfterMs: pausedMs,
      },
    );
  }
}

/** A provider that sends more than any model writes. */
export class AnswerTooLarge extends ModelError {
  constructor(provider: string, bytes: number) {
    super('INVALID_RESPONSE', `the answer of ${provider} has over ${bytes} bytes, which no model writes`);
  }
}

/** `scripted:NAME` without a script of that name. */
export class ScriptNotFound extends ModelError {
  constructor(name: string, known: readonly string[]) {
    const choice = known.length > 0 ? `configured are: ${known.map(shown).join(', ')}` : 'none is configured';
    super('NOT_FOUND', `there is no script "${shown(name)}" for the scripted model; ${choice}`);
  }
}

/** A script for the scripted model that cannot be used: a setting is wrong, not what a model was asked. */
export class ScriptInvalid extends SwitchyardError {
  readonly problems: readonly SchemaProblem[];

  constructor(source: string, problems: readonly SchemaProblem[], cause?: unknown) {
    super('script_invalid', 'invalid', inWords(`the script ${source}`, problems), { cause });
    this.problems = problems;
  }
}

/** A scenario file that does not fit its schema. */
export class ScenarioInvalid extends ModelError {
  readonly problems: readonly SchemaProblem[];

  constructor(source: string, problems: readonly SchemaProblem[]) {
    super('VALIDATION_ERROR', inWords(`the scenario ${source}`, problems));
    this.problems = problems;
  }
}

/** What is wrong with the file as a whole goes with its name, what is wrong inside stands in a list. */
function inWords(file: string, problems: readonly SchemaProblem[]): string {
  const [first, ...others] = problems;
  if (first?.pointer === '' && others.length === 0) return `${file} ${first.detail}`;
  const list = problems.map(({ pointer, detail }) => `  ${pointer === '' ? '(whole)' : pointer}: ${detail}`);
  return [`${file} is not valid; correct it and try again:`, ...list].join('\n');
}

/** A request that no model can answer. */
export class ModelRequestInvalid extends ModelError {
  constructor(field: string, was: string, mayBe: string) {
    super('VALIDATION_ERROR', `the model request's ${field} was ${was}; it may be ${mayBe}`);
  }
}

/** A failure that a script asked for. */
export class ScriptedFailure extends ModelError {
  constructor(code: ModelErrorCode, model: string, message: string | undefined) {
    super(code, `${model}, as its script says: ${message ?? `fails with ${code}`}`);
  }
}

/** Ids come from callers: cut to what a message can carry. */
function shown(id: string): string {
  return id.length > 80 ? `${id.slice(0, 80)}…` : id;
}
