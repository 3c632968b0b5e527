/**
 * What the outcomes of one job may hold together. Each is bounded by itself, and a job may have two hundred: without this a submission that
 * returns all it may in each of them filled a gigabyte of the server.
 */
import type { StepOutcome, Value } from './port.ts';

/** Values of all steps, those inside of others counted too: some 120 MB as objects. */
const MOST_VALUES = 1_000_000;
/** Characters of all outputs, texts and digits: as many as two hundred steps of the usual output. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

interface Size {
  readonly values: number;
  readonly characters: number;
}

export class JobRoom {
  #values: number;
  #characters: number;

  constructor({ values, characters }: Size = { values: MOST_VALUES, characters: MOST_CHARACTERS }) {
    this.#values = values;
    this.#characters = characters;
  }

  /** The outcome with as much of it as there is room for: output is cut, a value too large is one that equals nothing. */
  hold(outcome: StepOutcome): StepOutcome {
    const stdout = this.#cut(outcome.stdout);
    const stderr = this.#cut(outcome.stderr);
    const isCut = stdout.length < outcome.stdout.length || stderr.length < outcome.stderr.length;
    const kept = { ...outcome, stdout, stderr, truncated: outcome.truncated || isCut };
    if (kept.status === 'returned' && !this.#takes(sizeOf(kept.value))) {
      return { ...kept, value: { type: 'opaque', name: kept.value.type, text: '(too large with those before it)' } };
    }
    if (kept.status === 'tested' && !this.#takes({ values: 0, characters: JSON.stringify(kept.tests).length })) {
      const { tests: _, ...rest } = kept;
      return { ...rest, status: 'lost', reason: 'its answer is too long with those before it' };
    }
    return kept;
  }

  #cut(text: string): string {
    const part = text.slice(0, this.#characters);
    this.#characters -= part.length;
    return part;
  }

  #takes({ values, characters }: Size): boolean {
    if (values > this.#values || characters > this.#characters) return false;
    this.#values -= values;
    this.#characters -= characters;
    return true;
  }
}

/** Recursion ends with the value, whose depth is bounded. */
function sizeOf(value: Value): Size {
  switch (value.type) {
    case 'null':
    case 'undefined':
    case 'boolean':
    case 'float':
      return { values: 1, characters: 0 };
    case 'integer':
    case 'string':
    case 'bytes':
      return { values: 1, characters: value.value.length };
    case 'opaque':
      return { values: 1, characters: value.name.length + value.text.length };
    case 'list':
    case 'tuple':
    case 'set':
      return sum(value.items);
    case 'map':
      return sum(value.entries.flat());
  }
}

function sum(parts: readonly Value[]): Size {
  let [values, characters] = [1, 0];
  for (const part of parts) {
    const size = sizeOf(part);
    values += size.values;
    characters += size.characters;
  }
  return { values, characters };
}
