/**
 * The outer form of a worker: one JSON object in, one out; or, serving, a line in, a line out, many times. Text that is no input
 * of the worker contract is answered with a reported failure. stdout carries answers and nothing else.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { isJsonObject, jsonPointer, messageOf } from '@switchyard/core';
import type { ProbeRuntime } from '../runtime/port.ts';
import { type WorkerInput, workerInputSchema } from '../worker-contract/input.ts';
import type { WorkerOutput } from '../worker-contract/output.ts';

export interface ServeOptions {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly runtime: ProbeRuntime;
  /** True: questions come by the line until stdin ends. */
  readonly serve: boolean;
  /** Milliseconds after which the worker is ended from outside: a conversation is given up before that. */
  readonly timeLimitMs: number;
}

/** Milliseconds kept back for telling of the failure. */
const RESERVE_MS = 2_000;

/** Resolves when stdin has ended and the last answer is written. */
export async function serveWorker(options: ServeOptions): Promise<void> {
  if (!options.serve) {
    await answer(await text(options.stdin), options);
    return;
  }
  for await (const line of createInterface({ input: options.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    await answer(line, options);
  }
}

async function answer(question: string, options: ServeOptions): Promise<void> {
  const value = parse(question);
  const output = await outputFor(value, options);
  const id = isJsonObject(value) ? value['id'] : undefined;
  const written = options.stdout.write(`${JSON.stringify({ ...output, ...(id !== undefined && { id }) })}\n`);
  if (!written) await once(options.stdout, 'drain');
}

async function outputFor(value: unknown, options: ServeOptions): Promise<WorkerOutput> {
  const { data, error } = workerInputSchema.safeParse(value);
  if (error === undefined) return await converse(data, options);
  const issue = error.issues[0];
  const where = jsonPointer(issue?.path ?? []);
  return failure('VALIDATION_ERROR', `${where === '' ? 'the input' : where} is not valid: ${issue?.message ?? ''}`);
}

async function converse(input: WorkerInput, { runtime, stderr, timeLimitMs }: ServeOptions): Promise<WorkerOutput> {
  const usableMs = Math.max(timeLimitMs - RESERVE_MS, Math.floor(timeLimitMs / 2));
  const signal = AbortSignal.timeout(usableMs);
  try {
    return await runtime.run(input, {
      signal,
      onProgress: (progress) => stderr.write(`${JSON.stringify(progress)}\n`),
    });
  } catch (error) {
    if (signal.aborted) return failure('TIMEOUT', `the conversation did not end within ${usableMs} ms`);
    return failure('UNKNOWN', `the worker has a fault: ${messageOf(error)}`);
  }
}

function failure(code: 'VALIDATION_ERROR' | 'TIMEOUT' | 'UNKNOWN', message: string): WorkerOutput {
  return { success: false, error: { code, message, retryable: false } };
}

function parse(question: string): unknown {
  try {
    return JSON.parse(question) as unknown;
  } catch {
    return undefined;
  }
}
