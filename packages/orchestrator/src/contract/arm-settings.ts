/**
 * What the configuration says of arms: `arms` in `switchyard.config.json`, by name. An arm is of a type; `greenlight`,
 * `generalist` and `probe` are there without being named, every other name says its type.
 */
import { z } from 'zod';
import { screeningSettingNames, screeningSettingsSchema } from './screening.ts';

/** Also the name of the arm's queue. */
export const ARM_NAME = /^[a-z][a-z0-9-]{0,62}$/;
export const ARM_NAME_LIMIT = 63;

const MOST_CONCURRENCY = 1_000;
const LONGEST_SECONDS = 3_600;
const MOST_ATTEMPTS = 20;
const MOST_FALLBACKS = 5;
const LARGEST_OUTPUT_MB = 64;

/** A value that breaks its rule is told as `it may be …`. */
const whole = (low: number, high: number) => {
  const may = { error: `a whole number from ${low} to ${high}` };
  return z.int(may).min(low, may).max(high, may);
};
const seconds = (low: number, high: number) => {
  const may = { error: `a number of seconds from ${low} to ${high}` };
  return z.number(may).min(low, may).max(high, may);
};
const text = (may: string) => z.string({ error: may }).min(1, { error: may });
const VARIABLE = 'the name of an environment variable, as MY_ARM_TOKEN';
const variable = z.string({ error: VARIABLE }).regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: VARIABLE });

const retrySchema = z.strictObject(
  {
    /** Failed attempts before the task is failed; a task's own `max_attempts` may be lower. Default: the task's. */
    attempts: whole(1, MOST_ATTEMPTS).optional(),
    /** The wait after the first failure. Default 1. */
    initialSeconds: seconds(0, LONGEST_SECONDS).default(1),
    /** Each wait is this many times the one before. Default 2. */
    factor: z.number({ error: 'a number from 1 to 10' }).min(1, { error: 'a number from 1 to 10' }).max(10).default(2),
    /** No wait is longer. Default 60. */
    maxSeconds: seconds(0, LONGEST_SECONDS).default(60),
  },
  { error: 'an object, as {"attempts": 5, "initialSeconds": 2}' },
);

const MOST_RATE = 100_000;

const rateSchema = z
  .strictObject(
    {
      /** At most so many attempts begin, retries too … */
      attempts: whole(1, MOST_RATE),
      /** … within any so many seconds. Default 60. */
      seconds: seconds(1, LONGEST_SECONDS).default(60),
      /** So many may begin at the same moment. Default a tenth of `attempts`. */
      burst: whole(1, MOST_RATE).optional(),
    },
    { error: 'an object, as {"attempts": 60, "seconds": 60}' },
  )
  .refine(({ attempts, burst }) => burst === undefined || burst <= attempts, {
    error: 'a number up to its attempts',
    path: ['burst'],
  });

const common = {
  /** Attempts that a node runs at once. */
  concurrency: whole(1, MOST_CONCURRENCY).optional(),
  /** Attempts that run at once on all nodes together. Default: as many as the nodes do. */
  maxRunning: whole(1, MOST_CONCURRENCY).optional(),
  /** How many attempts may begin in a time, on all nodes together. Default: no limit. */
  rate: rateSchema.optional(),
  /** What is done about what the screen finds in the texts of a task. Default by type of arm. */
  screening: screeningSettingsSchema.optional(),
  /** The longest that one attempt may take; then it counts as failed and is tried again. Default: the task's budget. */
  timeoutSeconds: seconds(0.1, LONGEST_SECONDS).optional(),
  retry: retrySchema.optional(),
  /** Arms that are asked instead, in this order, when this one has given up on a task. */
  fallback: z
    .array(z.string({ error: 'the name of an arm' }).regex(ARM_NAME, { error: 'the name of an arm' }), {
      error: 'names of arms, as ["second"]',
    })
    .max(MOST_FALLBACKS, { error: `at most ${MOST_FALLBACKS} arms` })
    .default([]),
  /** JSON Schema (draft 2020-12) of the task's `input`: for 422s, the API's description and forms. */
  inputSchema: z.record(z.string(), z.json(), { error: 'a JSON Schema: an object' }).optional(),
};

const COMMAND = 'a program and its arguments, as ["python3", "arm.py"]';
const URL_OF_ARM =
  'an http or https URL without user and password, as https://arm.example.org/tasks; tokenEnv names what holds a token';

const PROBE_RUNTIMES = ['in-process', 'node', 'python'] as const;

/** Each type's own settings, beside those that all have. */
export const ARM_SETTINGS = {
  greenlight: z.strictObject({ type: z.literal('greenlight'), ...common }),
  generalist: z.strictObject({
    type: z.literal('generalist'),
    ...common,
    /** A model id of a provider, as `openai:gpt-5`; unset: the scripted model. */
    model: text('a model, as openai:gpt-5').optional(),
  }),
  probe: z.strictObject({
    type: z.literal('probe'),
    ...common,
    /** Where conversations are held: in this process, in Node children, in Python. Default in-process. */
    runtime: z.enum(PROBE_RUNTIMES, { error: `one of: ${PROBE_RUNTIMES.join(', ')}` }).default('in-process'),
  }),
  process: z.strictObject({
    type: z.literal('process'),
    ...common,
    command: z
      .array(text(COMMAND), { error: COMMAND })
      .min(1, { error: COMMAND })
      .max(100, { error: 'at most 100 words' }),
    /** Default: the folder of the configuration file. */
    cwd: text('the path of a folder').optional(),
    /** Variables of our environment that it may see, besides PATH, HOME, the locale and TZ. Their values never reach a log. */
    env: z.array(variable, { error: 'names of environment variables, as ["MY_ARM_TOKEN"]' }).max(100).default([]),
    /** It is started with `--serve` and kept: one line of JSON in, one out, many times. Default: a process for each attempt. */
    serve: z.boolean({ error: 'true or false' }).default(false),
    /** An answer beyond it fails the task. Default 1. */
    maxOutputMb: whole(1, LARGEST_OUTPUT_MB).default(1),
  }),
  http: z.strictObject({
    type: z.literal('http'),
    ...common,
    url: z.url({ error: URL_OF_ARM, protocol: /^https?$/ }).refine(hasNoCredentials, { error: URL_OF_ARM }),
    /** The variable that holds its bearer token. */
    tokenEnv: variable.optional(),
    /** The variable that holds the secret (`whsec_…`) that requests are signed with, by Standard Webhooks. */
    secretEnv: variable.optional(),
    /** Between two questions how a 202 stands, where the arm does not say. Default 1. */
    pollSeconds: seconds(0.1, 300).default(1),
    /** An answer beyond it fails the task. Default 1. */
    maxOutputMb: whole(1, LARGEST_OUTPUT_MB).default(1),
  }),
  module: z.strictObject({
    type: z.literal('module'),
    ...common,
    /** A TypeScript or JavaScript module whose default export is an arm; a relative path starts from the file. */
    module: text('the path of a module, as ./my-arm.ts'),
    /** An answer beyond it fails the task. Default 16. */
    maxOutputMb: whole(1, LARGEST_OUTPUT_MB).default(16),
  }),
} as const;

/** They would not be sent, and show wherever the URL does. */
function hasNoCredentials(text: string): boolean {
  const url = URL.parse(text);
  return url?.username === '' && url.password === '';
}

export type ArmType = keyof typeof ARM_SETTINGS;
export type ArmSettings = { readonly [type in ArmType]: z.output<(typeof ARM_SETTINGS)[type]> }[ArmType];
export type ArmSettingsOf<Type extends ArmType> = Extract<ArmSettings, { readonly type: Type }>;

/** Arms that are there without being configured; their name is their type. */
export const BUILT_IN_ARMS = ['generalist', 'greenlight', 'probe'] as const satisfies readonly ArmType[];

export function isArmType(text: unknown): text is ArmType {
  return typeof text === 'string' && Object.hasOwn(ARM_SETTINGS, text);
}

/** What an arm of this type may be told; of `retry`, `rate` or `screening`, where that is the part. */
export function armSettingNames(type: ArmType, part?: string, inner?: string): readonly string[] {
  if (part === 'screening') return screeningSettingNames(inner);
  if (part === 'rate') return Object.keys(rateSchema.shape);
  return Object.keys(part === 'retry' ? retrySchema.shape : ARM_SETTINGS[type].shape);
}
