import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileTrouble, jsonTrouble, messageOf } from '@switchyard/core';
import { type JsonValue, jsonSchema } from '@switchyard/orchestrator/contract';
import { InputUnusable } from './errors.ts';
import type { Io } from './io.ts';

/** Beyond this nothing would take it anyway. */
const LARGEST_INPUT_BYTES = 64 * 1024 * 1024;

/** The text of a file, or of stdin for `-`. What is not UTF-8 is refused: half of it read would be taken for all of it. */
export async function readText(file: string, io: Io): Promise<string> {
  try {
    return file === '-' ? await readStdin(io) : decoder()(await readFile(resolve(io.cwd, file)));
  } catch (error) {
    if (error instanceof InputUnusable) throw error;
    throw new InputUnusable(nameOf(file), `cannot be read: ${fileTrouble(error)}`, { cause: error });
  }
}

/** The JSON in a file, or in stdin for `-`. */
export async function readJson(file: string, io: Io): Promise<JsonValue> {
  return parseJson((await readText(file, io)).replace(/^\uFEFF/, ''), nameOf(file));
}

/** @param what holds the text, for an error @param where in it, as ` in line 2` */
export function parseJson(text: string, what: string, where = ''): JsonValue {
  try {
    return jsonSchema.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof SyntaxError ? jsonTrouble(text) : messageOf(error);
    throw new InputUnusable(what, `is not valid JSON${where}: ${why}`, { cause: error });
  }
}

async function readStdin(io: Io): Promise<string> {
  const decode = decoder();
  let text = '';
  for await (const chunk of io.stdin) {
    text += typeof chunk === 'string' ? chunk : decode(chunk, true);
    if (text.length > LARGEST_INPUT_BYTES) throw new InputUnusable('stdin', `holds over ${LARGEST_INPUT_BYTES} bytes`);
  }
  return text + decode();
}

/** Decodes UTF-8, and throws at what is none; a byte order mark stays, as part of what was written. */
function decoder(): (bytes?: Uint8Array, more?: boolean) => string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (bytes, more = false) => strict.decode(bytes, { stream: more });
}

function nameOf(file: string): string {
  return file === '-' ? 'stdin' : file;
}
