import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CORE_VERSION } from '../../src/otlp/core-version.ts';

it('what OTLP is told as our version is the version of the package', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ version: CORE_VERSION });
});
