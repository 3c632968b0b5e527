/** What can be set, what each setting may be, and its default. */
import { z } from 'zod';
import { armsSchema } from './config-arms.ts';
import { MODEL_SHAPE } from './config-models.ts';
import { retentionSchema } from './config-retention.ts';
import { isDatabaseUrl } from './config-url.ts';
import { PII_TREATMENTS } from './contract/index.ts';
import { readSecretKeys } from './domain/secret-keys.ts';

const HIGHEST_PORT = 65_535;

const PORT = { error: `a whole number from 0 to ${HIGHEST_PORT} (0 takes any free port)` };
const HOST = { error: 'a loopback address: 127.0.0.1, ::1 or localhost' };
const HOST_BEYOND = {
  error:
    'a loopback address (127.0.0.1, ::1 or localhost): no bind beyond loopback without a token, and this version has none',
};
const FOLDER = { error: 'the path of a folder' };
const DATABASE_URL = { error: 'a PostgreSQL URL, as postgres://user:password@host:5432/database' };
const REFLEX_URL = { error: 'an http or https URL, as http://127.0.0.1:8081' };
const PII_POLICY = { error: 'block, redact or report' };
const SECRET_KEY = {
  error:
    '32 random bytes as base64 or hexadecimal (openssl rand -base64 32); several with commas between them, the newest first',
};
const ORIGINS = {
  error: 'origins as a browser sends them, as http://localhost:5173; several with commas between them',
};
/** As greenlight names them; this module is read without loading it. */
const SANDBOX_DRIVERS = ['wasm', 'native', 'auto'] as const;
const DRIVER = { error: 'wasm, native or auto (native where it holds)' };
const ON_OR_OFF = { error: 'true or false' };

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const configSchema = z.object({
  /** 0 takes any free port. Default 8000. */
  port: z.int(PORT).min(0, PORT).max(HIGHEST_PORT, PORT).default(8000),
  /** A loopback address; nothing else until there are tokens. Default 127.0.0.1. */
  host: z.string(HOST).min(1, HOST).refine(isLoopback, HOST_BEYOND).default('127.0.0.1'),
  /** Absolute. Default `.switchyard` in the working directory. */
  dataDir: z.string(FOLDER).min(1, FOLDER),
  /** Another PostgreSQL instead of the embedded one. Holds a password: never print it. */
  databaseUrl: z.string(DATABASE_URL).refine(isDatabaseUrl, DATABASE_URL).optional(),
  /** A remote screen instead of the one in process. */
  reflexUrl: z.url({ ...REFLEX_URL, protocol: /^https?$/ }).optional(),
  /** What happens when the remote screen does not answer: refuse the task, or screen it in process. Default refuse. */
  reflexFallback: z.enum(['refuse', 'local'], { error: 'refuse or local' }).default('refuse'),
  /** What is done about personal data, for all arms; unset: each arm's own policy. */
  piiPolicy: z.enum(PII_TREATMENTS, PII_POLICY).optional(),
  /** What values that a policy takes out are sealed with; unset: a key in the data directory. Never print it. */
  secretKey: z
    .string(SECRET_KEY)
    .refine((text) => readSecretKeys(text) !== null, SECRET_KEY)
    .optional(),
  /** Origins of web pages that may call the API, beside its own. */
  corsOrigins: z.array(z.string(ORIGINS).refine(isOrigin, ORIGINS), ORIGINS).default([]),
  /** Default info. */
  logLevel: z.enum(LOG_LEVELS, { error: `one of: ${LOG_LEVELS.join(', ')}` }).default('info'),
  /** Settings by arm; from a file only. */
  arms: armsSchema.default({}),
  /** Whether the API speaks the handoff protocol under /greenlight. Default true. */
  greenlightEnabled: z.boolean(ON_OR_OFF).default(true),
  /** Which sandbox runs what both could: `wasm` (default), `native`, or `auto`: native where it holds. */
  greenlightDriver: z.enum(SANDBOX_DRIVERS, DRIVER).default('wasm'),
  /** How long what has ended is kept. */
  retention: retentionSchema.prefault({}),
  /** What the scripted model answers. Absolute; unset: its built-in script. */
  scriptFile: z.string({ error: 'the path of a file' }).min(1, { error: 'the path of a file' }).optional(),
  ...MODEL_SHAPE,
});

/** Everything that the system can be told, checked and with every default filled in. */
export type Config = Readonly<z.output<typeof configSchema>>;
export type SettingName = keyof typeof configSchema.shape;

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
