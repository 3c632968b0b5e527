import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileTrouble, messageOf } from '@switchyard/core';
import { type JsonValue, jsonSchema } from '@switchyard/orchestrator/contract';
import { InputUnusable } from './errors.ts';
import type { Io } from './io.ts';

const NOT_UTF8 = 'is not UTF-8 text; convert it first, as with iconv -f UTF-16 -t UTF-8';

/** Beyond this nothing would take it anyway. */
const LARGEST_INPUT_BYTES = 64 * 1024 * 1024;

/** The text of a file, or of stdin for `-`. What is not UTF-8 is refused: half of it read would be taken for all of it. */
export async function readText(file: string, io: Io): Promise<string> {
  const what = nameOf(file);
  try {
    if (file !== '-') return decoderFor(what)(await readFile(resolve(io.cwd, file)));
    return await readStdin(io);
  } catch (error) {
    if (error instanceof InputUnusable) throw error;
    throw new InputUnusable(what, `cannot be read: ${fileTrouble(error)}`, { cause: error });
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
  const decode = decoderFor('stdin');
  let text = '';
  for await (const chunk of io.stdin) {
    text += typeof chunk === 'string' ? chunk : decode(chunk, true);
    if (text.length > LARGEST_INPUT_BYTES) throw new InputUnusable('stdin', `holds over ${LARGEST_INPUT_BYTES} bytes`);
  }
  return text + decode();
}

/** Decodes UTF-8, and throws an InputUnusable at what is none; a byte order mark stays, as part of what was written. */
function decoderFor(what: string): (bytes?: Uint8Array, more?: boolean) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (bytes, more = false) => {
    try {
      return decoder.decode(bytes, { stream: more });
    } catch (error) {
      throw new InputUnusable(what, NOT_UTF8, { cause: error });
    }
  };
}

function nameOf(file: string): string {
  return file === '-' ? 'stdin' : file;
}
