import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf } from '@switchyard/core';
import { type JsonValue, jsonSchema } from '@switchyard/orchestrator/contract';
import { InputUnusable } from './errors.ts';
import type { Io } from './io.ts';

/** Beyond this nothing would take it anyway. */
const LARGEST_INPUT_BYTES = 64 * 1024 * 1024;

/** The text of a file, or of stdin for `-`. */
export async function readText(file: string, io: Io): Promise<string> {
  const what = nameOf(file);
  try {
    if (file !== '-') return await readFile(resolve(io.cwd, file), 'utf8');
    return await readStdin(io);
  } catch (error) {
    if (error instanceof InputUnusable) throw error;
    throw new InputUnusable(what, `cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** The JSON in a file, or in stdin for `-`. */
export async function readJson(file: string, io: Io): Promise<JsonValue> {
  const text = await readText(file, io);
  try {
    return jsonSchema.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    throw new InputUnusable(nameOf(file), `is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
}

async function readStdin(io: Io): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of io.stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST_INPUT_BYTES) throw new InputUnusable('stdin', `holds over ${LARGEST_INPUT_BYTES} bytes`);
  }
  return text + decoder.decode();
}

function nameOf(file: string): string {
  return file === '-' ? 'stdin' : file;
}
