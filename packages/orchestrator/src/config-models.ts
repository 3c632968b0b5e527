/**
 * Settings of model providers and of workers in other processes. Whoever calls a model reads them as variables, under the
 * names that the providers' own tools use; here they are checked before anything starts, and may stand in a file as well.
 */
import { z } from 'zod';
import { booleanFromText, numberFromText } from './config-text.ts';

/** What a timer takes. */
const LONGEST_TIME_LIMIT_MS = 2_147_483_647;
const TIME_LIMIT = { error: `milliseconds from 1 to ${LONGEST_TIME_LIMIT_MS}` };
const ADDRESS = {
  error:
    'an http or https URL without user, query or fragment, as http://127.0.0.1:11434/v1; keys have variables of their own',
};
const ON_OR_OFF = { error: 'true or false' };
const COMMAND = { error: 'the path or the name of a Python of 3.10 or later' };

const address = z.string(ADDRESS).refine(isAddress, ADDRESS).optional();

export const MODEL_SHAPE = {
  /** Where calls to a provider go; unset: its own address. */
  openaiBaseUrl: address,
  anthropicBaseUrl: address,
  googleBaseUrl: address,
  xaiBaseUrl: address,
  deepseekBaseUrl: address,
  mistralBaseUrl: address,
  openaiCompatibleBaseUrl: address,
  /** Milliseconds for one job of a worker process, in any language. Default 300,000. */
  workerTimeout: z.int(TIME_LIMIT).min(1, TIME_LIMIT).max(LONGEST_TIME_LIMIT_MS, TIME_LIMIT).default(300_000),
  /** Whether workers log each call. Default false. */
  workerDebug: z.boolean(ON_OR_OFF).default(false),
  /** The Python of the workers; unset: it is looked for. */
  pythonCommand: z.string(COMMAND).min(1, COMMAND).optional(),
};

export const MODEL_SETTINGS = {
  openaiBaseUrl: { env: 'OPENAI_BASE_URL', url: true },
  anthropicBaseUrl: { env: 'ANTHROPIC_BASE_URL', url: true },
  googleBaseUrl: { env: 'GOOGLE_BASE_URL', url: true },
  xaiBaseUrl: { env: 'XAI_BASE_URL', url: true },
  deepseekBaseUrl: { env: 'DEEPSEEK_BASE_URL', url: true },
  mistralBaseUrl: { env: 'MISTRAL_BASE_URL', url: true },
  openaiCompatibleBaseUrl: { env: 'OPENAI_COMPATIBLE_BASE_URL', url: true },
  workerTimeout: { env: 'PYTHON_WORKER_TIMEOUT', fromText: numberFromText },
  workerDebug: { env: 'PYTHON_WORKER_DEBUG', fromText: booleanFromText },
  pythonCommand: { env: 'PYTHON_WORKER_COMMAND' },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;
export type ModelSettings = Readonly<z.output<z.ZodObject<typeof MODEL_SHAPE>>>;

/** `env` with these settings under their variables, where it does not have them itself: it wins over the files. */
export function modelEnvironment(settings: ModelSettings, env: Environment): Environment {
  const { workerTimeout, workerDebug, pythonCommand, ...addresses } = settings;
  const variables: Record<string, string | undefined> = {
    [MODEL_SETTINGS.workerTimeout.env]: String(workerTimeout),
    [MODEL_SETTINGS.workerDebug.env]: workerDebug ? '1' : undefined,
    [MODEL_SETTINGS.pythonCommand.env]: pythonCommand,
    [MODEL_SETTINGS.openaiBaseUrl.env]: addresses.openaiBaseUrl,
    [MODEL_SETTINGS.anthropicBaseUrl.env]: addresses.anthropicBaseUrl,
    [MODEL_SETTINGS.googleBaseUrl.env]: addresses.googleBaseUrl,
    [MODEL_SETTINGS.xaiBaseUrl.env]: addresses.xaiBaseUrl,
    [MODEL_SETTINGS.deepseekBaseUrl.env]: addresses.deepseekBaseUrl,
    [MODEL_SETTINGS.mistralBaseUrl.env]: addresses.mistralBaseUrl,
    [MODEL_SETTINGS.openaiCompatibleBaseUrl.env]: addresses.openaiCompatibleBaseUrl,
  };
  const missing = Object.entries(variables).filter(([name, value]) => value !== undefined && (env[name] ?? '') === '');
  return { ...env, ...Object.fromEntries(missing) };
}

/** As the providers take it; a password or a key in it would show wherever an address does. */
function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}
