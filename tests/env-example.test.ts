import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

describe('.env.example', () => {
  it('names every variable of the configuration, and sets none', () => {
    const files = ['config.ts', 'config-models.ts'].map((file) => read('packages', 'orchestrator', 'src', file));
    const settings = [...files.join('\n').matchAll(/\benv: '([A-Z_]+)'/g)];
    const example = read('.env.example');
    expect(settings.length).toBeGreaterThan(20);
    for (const [, name] of settings) expect(example).toMatch(new RegExp(`^#${name}=`, 'm'));
    expect(example).not.toMatch(/^[^#\n]/m);
  });
});
