/**
 * Configuration: one schema, five places, in this order: flag, environment, `switchyard.config.json` of the project,
 * the user's file (XDG Base Directory Specification), default. What is wrong is told all at once, each value by its name,
 * with what it was and what it may be; secrets are never part of a message.
 */
import { dirname, join, resolve } from 'node:path';
import { jsonPointer, SwitchyardError } from '@switchyard/core';
import type { z } from 'zod';
import { resolveArmPaths } from './config-arms.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { MODEL_SETTINGS } from './config-models.ts';
import { type RetentionTexts, retentionFromText, retentionTexts } from './config-retention.ts';
import { type Config, configSchema, type SettingName } from './config-schema.ts';
import { booleanFromText, listFromText, numberFromText } from './config-text.ts';
import { HIDDEN, jsonWithMaskedUrls, maskUrl } from './config-url.ts';

export { type ModelSettings, modelEnvironment } from './config-models.ts';
export { type Config, LOG_LEVELS, type SettingName } from './config-schema.ts';

const PROJECT_FILE = 'switchyard.config.json';
const USER_FILE = join('switchyard', 'config.json');
const SHOWN_CHARACTERS = 80;

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
  /** Several values in one text, each with its name. */
  readonly named?: true;
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
  retention: { env: 'SWITCHYARD_RETENTION', fromText: retentionFromText, named: true },
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
  readonly value: NonNullable<Config[SettingName]> | RetentionTexts | null;
  readonly origin: Origin | { readonly from: 'default' };
}

/** All settings in their order, as they are written, with where each value came from; passwords are masked. */
export function listSettings({ config, origins }: LoadedConfig): ListedSetting[] {
  return SETTING_NAMES.map((name) => {
    return {
      name,
      value: listed(name, config),
      origin: origins[name] ?? { from: 'default' },
    };
  });
}

function listed(name: SettingName, config: Config): ListedSetting['value'] {
  if (name === 'retention') return retentionTexts(config.retention);
  if (name === 'arms') return maskedArms(config.arms);
  const value = config[name] ?? null;
  if (typeof value !== 'string') return value;
  if (SETTINGS[name].secret) return HIDDEN;
  return SETTINGS[name].url ? maskUrl(value) : value;
}

function maskedArms(arms: Config['arms']): Config['arms'] {
  const shown = Object.entries(arms).map(([name, arm]): [string, typeof arm] =>
    arm.type === 'http' ? [name, { ...arm, url: maskUrl(arm.url) }] : [name, arm],
  );
  return Object.fromEntries(shown);
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
  const among = inner.length > 0 && SETTINGS[name].named ? `, ${inner.join('.')},` : '';
  const where = {
    flag: entry.origin.name,
    environment: `${entry.origin.name} (environment)${among}`,
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
  const text = jsonWithMaskedUrls(value);
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

function userFileOf(env: LoadConfigOptions['env']): string | null {
  const { XDG_CONFIG_HOME: xdg, HOME: home } = env;
  // The specification says to ignore a relative path.
  if (xdg?.startsWith('/')) return join(xdg, USER_FILE);
  return home ? join(home, '.config', USER_FILE) : null;
}
