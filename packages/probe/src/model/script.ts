/** Scripts of the scripted model: what it answers to what, read from a file or an object and checked whole. */
import { readFile, stat } from 'node:fs/promises';
import { fileTrouble, jsonTrouble } from '@switchyard/core';
import { z } from 'zod';
import { schemaProblems } from '../worker-contract/schema-problems.ts';
import { boundedPatternProblem, LONGEST_PATTERN } from './bounded-pattern.ts';
import { MODEL_ERROR_CODES, ScriptInvalid } from './errors.ts';

const LONGEST_ANSWER = 200_000;
const LONGEST_MESSAGE = 1_000;
const MOST_RULES = 1_000;
const LONGEST_DELAY_MS = 600_000;
/** A script file above this size is refused unread, bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;

const answerFields = {
  /** What the model says. */
  answer: z.string().max(LONGEST_ANSWER).optional(),
  /** Fails with this code instead. */
  error: z.enum(MODEL_ERROR_CODES).optional(),
  /** The failure's message. */
  message: z.string().max(LONGEST_MESSAGE).optional(),
  /** The answer counts as withheld by the provider; its text is not given. */
  blocked: z.boolean().optional(),
  /** Milliseconds before the answer or failure. Default 0. */
  delay_ms: z.int().min(0).max(LONGEST_DELAY_MS).optional(),
};

const outcomeCount = (rule: { answer?: unknown; error?: unknown; blocked?: unknown }): number =>
  [rule.answer !== undefined, rule.error !== undefined, rule.blocked === true].filter(Boolean).length;
const ONE_OUTCOME = 'must have exactly one of "answer", "error" and "blocked": true';

const matchSchema = z
  .strictObject({
    /** Matches where the message contains it, in upper or lower case. */
    contains: z.string().min(1).max(LONGEST_MESSAGE).optional(),
    /** A regular expression, bounded as bounded-pattern.ts says; ignores case. */
    pattern: z
      .string()
      .min(1)
      .max(LONGEST_PATTERN)
      .superRefine((source, context) => {
        const problem = boundedPatternProblem(source);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      })
      .optional(),
  })
  .refine(
    ({ contains, pattern }) => (contains === undefined) !== (pattern === undefined),
    'must have exactly one of "contains" and "pattern"',
  );

const scriptSchema = z.strictObject({
  rules: z
    .array(
      z.strictObject({ match: matchSchema, ...answerFields }).refine((rule) => outcomeCount(rule) === 1, ONE_OUTCOME),
    )
    .max(MOST_RULES)
    .default([]),
  default: z
    .strictObject(answerFields)
    .refine((rule) => outcomeCount(rule) === 1, ONE_OUTCOME)
    .optional(),
});

export type Script = z.infer<typeof scriptSchema>;
export type ScriptRule = Script['rules'][number];
export type ScriptOutcome = Omit<ScriptRule, 'match'>;

/** What is said when no rule matches and the script has no default of its own. */
export const DEFAULT_OUTCOME: ScriptOutcome = {
  answer:
    '[scripted] No model was asked. This text is the default answer of the scripted model, which stands in while no model provider is configured.',
};

/** What `scripted` says without any script configured: the default answer to everything. */
export const DEFAULT_SCRIPT: Script = { rules: [], default: DEFAULT_OUTCOME };

/**
 * Checks a script.
 *
 * @param source how to name the script in an error, as its path
 * @throws ScriptInvalid with a JSON Pointer for each problem
 */
export function parseScript(value: unknown, source: string): Script {
  const parsed = scriptSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ScriptInvalid(source, schemaProblems(parsed.error, value));
}

/**
 * Reads the script that the setting names.
 *
 * @throws ScriptInvalid also for a file that cannot be read, is too large or is not JSON
 */
export async function loadScript(path: string, signal?: AbortSignal): Promise<Script> {
  const source = `${path} (SWITCHYARD_SCRIPT, scriptFile)`;
  const whole = (detail: string, cause?: unknown): ScriptInvalid =>
    new ScriptInvalid(source, [{ pointer: '', detail }], cause);
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE) throw whole(`has ${size} bytes; at most ${LARGEST_FILE} are read`);
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path, signal && { signal }));
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof ScriptInvalid ? error : whole(`cannot be read: ${fileTrouble(error)}`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw whole(`is not JSON: ${jsonTrouble(text)}`, error);
  }
  return parseScript(value, source);
}
