/**
 * A worker that is started for one question: one JSON object on its stdin, one on its stdout.
 *
 *     const answer = await spawnPython('probe.py', input, { env, onProgress });
 *
 * It runs in a process group of its own and sees, of `env`, what programs need and the one key that the input's model needs.
 * At the time limit or an abort the group gets SIGTERM, and SIGKILL after the grace.
 */
import { basename, isAbsolute, join } from 'node:path';
import { isJsonObject, type JsonObject, runProcess } from '@switchyard/core';
import { parseModelId } from '../providers/model-id.ts';
import { type Provider, providerOf } from '../providers/provider-table.ts';
import { type Environment, timeLimitOf, workerEnvironment } from './environment.ts';
import { findPython } from './find-python.ts';
import { tellLine, type WorkerListeners } from './stderr-line.ts';
import { type Answered, readAnswer } from './worker-answer.ts';

/** Bytes of stdout: some hundred answers of the longest kind, with their prompts. More ends the worker. */
export const LONGEST_OUTPUT_BYTES = 33_554_432;
/** Our Python workers. */
export const PYTHON_WORKERS = join(import.meta.dirname, '..', '..', 'workers');

export interface SpawnOptions extends WorkerListeners {
  /** Where keys, addresses and settings come from. Default: none, so every provider lacks its key. */
  readonly env?: Environment | undefined;
  /** Milliseconds. Default `PYTHON_WORKER_TIMEOUT` of `env`, else 300,000. */
  readonly timeLimitMs?: number | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. Default 5,000. */
  readonly graceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Most bytes of stdout. Default 32 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** Of `spawnPython`. Default: the one that `findPython` finds, which takes a start of it. */
  readonly python?: string | undefined;
  /** ISO 8601. Default: the system's time. */
  readonly now?: (() => string) | undefined;
}

/**
 * @param command the program and its arguments
 * @param input as JSON; its `modelId`, where it has one, says which key the worker gets
 * @returns the JSON object that it answered, with a boolean `success`: a failure that it reports is a value
 * @throws WorkerDied, WorkerTimedOut, WorkerNotStartable, WorkerAnswerTooLarge, WorkerAnswerInvalid; the signal's reason;
 *   what a listener threw
 */
export async function spawnWorker(
  command: readonly [string, ...string[]],
  input: object,
  options: SpawnOptions = {},
): Promise<JsonObject> {
  return (await askOnce(command, input, options)).answer;
}

/**
 * As `spawnWorker`, by Python.
 *
 * @param script a path; a bare name is one of our own workers, as `probe.py`
 * @throws PythonUnusable besides
 */
export async function spawnPython(script: string, input: object, options: SpawnOptions = {}): Promise<JsonObject> {
  const python = options.python ?? (await findPython(options)).executable;
  const path = isAbsolute(script) || script.includes('/') ? script : join(PYTHON_WORKERS, script);
  return await spawnWorker([python, path], input, options);
}

/** As `spawnWorker`, with the worker's last words. */
export async function askOnce(
  command: readonly [string, ...string[]],
  input: object,
  options: SpawnOptions,
): Promise<Answered> {
  const { env = {}, signal, graceMs, maxOutputBytes = LONGEST_OUTPUT_BYTES, now = isoNow } = options;
  const timeLimitMs = options.timeLimitMs ?? timeLimitOf(env);
  const [program, ...args] = command;
  const result = await runProcess(program, args, {
    ...workerEnvironment(providerOfInput(input), env, timeLimitMs),
    timeLimitMs,
    graceMs,
    signal,
    stdin: `${JSON.stringify(input)}\n`,
    maxStdoutBytes: maxOutputBytes,
    onStderrLine: (line) => tellLine(line, options, now),
  });
  return readAnswer(workerName(command), result, false);
}

/** For messages: the script rather than what runs it. */
export function workerName(command: readonly string[]): string {
  const named = command.find((part, index) => index > 0 && !part.startsWith('-')) ?? command[0] ?? '';
  return `the worker ${basename(named)}`;
}

/** Whose key an input needs; null where it names no model, or one of no provider. */
export function providerOfInput(input: object): Provider | null {
  const modelId = isJsonObject(input) ? input['modelId'] : undefined;
  if (typeof modelId !== 'string') return null;
  try {
    return providerOf(parseModelId(modelId).provider);
  } catch {
    // The worker says what is wrong with it.
    return null;
  }
}

export function isoNow(): string {
  return new Date().toISOString();
}
