import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
/** A class that fixes its code and kind: `super('code', 'kind', …`. */
const CLASS_CODE = /super\(\s*'([a-z_]+)',\s*'(invalid|refused|conflict|transient|terminal|bug)',/g;
const TABLE_ROW = /^\| `([a-z_]+)` \| (invalid|refused|conflict|transient|terminal|bug) \|/gm;
/** Any call of super with a text first is about to fix a code; one that the pattern above misses would escape the table. */
const ANY_CODE = /super\(\s*['"`][a-z]+_[a-z_$]/g;

function sources(): string[] {
  return globSync('packages/*/src/**/*.ts', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'));
}

function pairs(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, code, kind]) => `${code} ${kind}`);
}

describe('docs/errors.md', () => {
  it('lists every code that a class fixes, with its kind, and no other', () => {
    const inCode = new Set(sources().flatMap((text) => pairs(text, CLASS_CODE)));
    const inTable = pairs(readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8'), TABLE_ROW);
    expect(inTable.toSorted()).toEqual([...inCode].toSorted());
  });

  it('names each code once, and each class has a code of its own', () => {
    const codes = sources().flatMap((text) => [...text.matchAll(CLASS_CODE)].map(([, code]) => code ?? ''));
    expect(codes.toSorted()).toEqual([...new Set(codes)].toSorted());
  });

  it('misses no class for the way in which it is written', () => {
    const all = sources().join('\n');
    expect([...all.matchAll(ANY_CODE)]).toHaveLength(
      [...all.matchAll(CLASS_CODE)].filter(([, code]) => code?.includes('_')).length,
    );
  });
});
