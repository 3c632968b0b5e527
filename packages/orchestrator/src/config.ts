/**
 * Configuration: one schema, five places, in this order: flag, environment, `switchyard.config.json` of the project,
 * the user's file (XDG Base Directory Specification), default. What is wrong is told all at once, each value by its name,
 * with what it was and what it may be; secrets are never part of a message.
 */
import { dirname, join, resolve } from 'node:path';
import { jsonPointer, SwitchyardError } from '@switchyard/core';
import { z } from 'zod';
import { armsSchema, resolveArmPaths } from './config-arms.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { MODEL_SETTINGS, MODEL_SHAPE } from './config-models.ts';
import { retentionFromText, retentionSchema } from './config-retention.ts';
import { booleanFromText, listFromText, numberFromText } from './config-text.ts';
import { HIDDEN, isDatabaseUrl, maskUrl } from './config-url.ts';
import { PII_TREATMENTS } from './contract/index.ts';
import { readSecretKeys } from './domain/secret-keys.ts';

export { type ModelSettings, modelEnvironment } from './config-models.ts';

const PROJECT_FILE = 'switchyard.config.json';
const USER_FILE = join('switchyard', 'config.json');
const HIGHEST_PORT = 65_535;
const SHOWN_CHARACTERS = 80;

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

const configSchema = z.object({
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

/** Where a value came from; `name` as its writer knows it: `--port`, `PORT`, the path of the file. */
export interface Origin {
  readonly from: 'flag' | 'environment' | 'project' | 'user';
  readonly name: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from; what is not here is a default. */
  readonly origins: { readonly [name in SettingName]?: Origin };
}

/** Values as typed on the command line. */
export type ConfigFlags = { readonly [name in SettingName]?: string | undefined };

export interface LoadConfigOptions {
  readonly flags?: ConfigFlags;
  readonly env: { readonly [name: string]: string | undefined };
  /** What relative paths of flags and environment, and the default data directory, start from. Default: the process's. */
  readonly cwd?: string;
  /** Default `switchyard.config.json` in `cwd`. A file that is not there is no error. */
  readonly projectFile?: string;
  /** Default `$XDG_CONFIG_HOME/switchyard/config.json`, else `~/.config/switchyard/config.json`. */
  readonly userFile?: string;
  /** Text of a file; throws an error with code ENOENT when it is not there. */
  readonly readFile?: (path: string) => string;
}

/** One or more settings cannot be used. `problems` holds one line each, without secrets. */
export class ConfigInvalid extends SwitchyardError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const [only] = problems;
    super(
      'config_invalid',
      'invalid',
      problems.length === 1 && only !== undefined
        ? `the configuration is wrong: ${only}`
        : `the configuration is wrong in ${problems.length} places:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

interface Setting {
  readonly flag?: string;
  readonly env?: string;
  /** Reads what is only ever text on a command line or in the environment; as it is when it cannot be read. */
  readonly fromText?: (text: string) => unknown;
  readonly path?: true;
  /** A URL that may hold a password. */
  readonly url?: true;
  /** Never shown. */
  readonly secret?: true;
}

const SETTINGS: { readonly [name in SettingName]: Setting } = {
  port: { flag: '--port', env: 'PORT', fromText: numberFromText },
  host: { flag: '--host', env: 'HOST' },
  dataDir: { flag: '--data-dir', env: 'SWITCHYARD_DATA_DIR', path: true },
  databaseUrl: { flag: '--database-url', env: 'DATABASE_URL', url: true },
  reflexUrl: { env: 'REFLEX_URL', url: true },
  reflexFallback: { env: 'REFLEX_FALLBACK' },
  piiPolicy: { env: 'PII_POLICY' },
  secretKey: { env: 'SWITCHYARD_SECRET_KEY', secret: true },
  corsOrigins: { env: 'CORS_ORIGINS', fromText: listFromText },
  logLevel: { flag: '--log-level', env: 'LOG_LEVEL' },
  arms: {},
  greenlightEnabled: { env: 'GREENLIGHT_ENABLED', fromText: booleanFromText },
  greenlightDriver: { env: 'GREENLIGHT_DRIVER' },
  retention: { env: 'SWITCHYARD_RETENTION', fromText: retentionFromText },
  scriptFile: { env: 'SWITCHYARD_SCRIPT', path: true },
  ...MODEL_SETTINGS,
};

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName);

/**
 * Reads the configuration from all of its places.
 *
 * @throws {ConfigInvalid} naming every value that is wrong, where it came from and what it may be
 */
export function loadConfig(options: LoadConfigOptions): LoadedConfig {
  const { env, cwd = process.cwd() } = options;
  const problems: string[] = [];
  const open = (from: ConfigFile['from'], path: string | null): ConfigFile | null =>
    path === null ? null : readConfigFile(from, path, SETTING_NAMES, problems, options.readFile);
  const project = open('project', options.projectFile ?? join(cwd, PROJECT_FILE));
  const user = open('user', options.userFile ?? userFileOf(env));

  const found: { [name in SettingName]?: Found } = {};
  for (const name of SETTING_NAMES) {
    const value =
      fromFlag(name, options) ?? fromEnvironment(name, options) ?? fromFile(name, project) ?? fromFile(name, user);
    if (value !== undefined) found[name] = value;
  }
  const raw = Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value]));
  const parsed = configSchema.safeParse({ dataDir: join(cwd, '.switchyard'), ...raw });
  if (parsed.success && problems.length === 0) {
    const origins: { [name in SettingName]?: Origin } = {};
    for (const name of SETTING_NAMES) if (found[name] !== undefined) origins[name] = found[name].origin;
    return { config: parsed.data, origins };
  }
  throw new ConfigInvalid([...problems, ...(parsed.error?.issues.map((issue) => problemOf(issue, found)) ?? [])]);
}

/** A setting for people: secrets masked. */
export interface ListedSetting {
  readonly name: SettingName;
  /** Null when it is not set and has no default. */
  readonly value: NonNullable<Config[SettingName]> | null;
  readonly origin: Origin | { readonly from: 'default' };
}

/** All settings in their order, with where each value came from; passwords are masked. */
export function listSettings({ config, origins }: LoadedConfig): ListedSetting[] {
  return SETTING_NAMES.map((name) => {
    return {
      name,
      value: masked(name, config[name] ?? null),
      origin: origins[name] ?? { from: 'default' },
    };
  });
}

function masked(name: SettingName, value: ListedSetting['value']): ListedSetting['value'] {
  if (typeof value !== 'string') return value;
  if (SETTINGS[name].secret) return HIDDEN;
  return SETTINGS[name].url ? maskUrl(value) : value;
}

interface Found {
  readonly value: unknown;
  readonly origin: Origin;
}

function fromFlag(name: SettingName, { flags, cwd }: LoadConfigOptions): Found | undefined {
  const text = flags?.[name];
  const { flag } = SETTINGS[name];
  if (text === undefined || flag === undefined) return undefined;
  return { value: readText(name, text, cwd), origin: { from: 'flag', name: flag } };
}

/** An empty variable counts as not set, as shells and compose files mean it. */
function fromEnvironment(name: SettingName, { env, cwd }: LoadConfigOptions): Found | undefined {
  const variable = SETTINGS[name].env;
  const text = variable === undefined ? undefined : env[variable];
  if (variable === undefined || text === undefined || text === '') return undefined;
  return { value: readText(name, text, cwd), origin: { from: 'environment', name: variable } };
}

/** Paths in a file start from that file. */
function fromFile(name: SettingName, file: ConfigFile | null): Found | undefined {
  const value = file?.values.get(name);
  if (file === null || value === undefined) return undefined;
  if (name === 'arms')
    return { value: resolveArmPaths(value, file.path), origin: { from: file.from, name: file.path } };
  const isPath = SETTINGS[name].path && typeof value === 'string' && value !== '';
  return { value: isPath ? resolve(dirname(file.path), value) : value, origin: { from: file.from, name: file.path } };
}

function readText(name: SettingName, text: string, cwd = process.cwd()): unknown {
  const { fromText, path } = SETTINGS[name];
  if (path) return text === '' ? text : resolve(cwd, text);
  return fromText === undefined ? text : fromText(text);
}

function problemOf(issue: z.core.$ZodIssue, found: { readonly [name in SettingName]?: Found }): string {
  const [name = '', ...inner] = issue.path.map(String);
  const entry = isSettingName(name) ? found[name] : undefined;
  if (entry === undefined || !isSettingName(name)) return `${name} ${issue.message}`;
  const label = inner.length === 0 ? name : jsonPointer([name, ...inner]);
  const where = {
    flag: entry.origin.name,
    environment: `${entry.origin.name} (environment)`,
    project: `${label} in ${entry.origin.name}`,
    user: `${label} in ${entry.origin.name}`,
  }[entry.origin.from];
  if (issue.code === 'unrecognized_keys') {
    return `${where} holds ${issue.keys.join(', ')}; it may hold ${issue.message}`;
  }
  const was = valueAt(entry.value, inner);
  return `${where} ${was === undefined ? 'is missing' : `was ${show(name, was)}`}; it may be ${issue.message}`;
}

function show(name: SettingName, value: unknown): string {
  if (SETTINGS[name].secret) return 'something else';
  if (SETTINGS[name].url) return typeof value === 'string' ? JSON.stringify(maskUrl(value)) : 'no text';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}

function userFileOf(env: LoadConfigOptions['env']): string | null {
  const { XDG_CONFIG_HOME: xdg, HOME: home } = env;
  // The specification says to ignore a relative path.
  if (xdg?.startsWith('/')) return join(xdg, USER_FILE);
  return home ? join(home, '.config', USER_FILE) : null;
}
