import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Line coverage that each package must reach by itself, in percent: a well tested one does not make up for another. */
const PACKAGE_LINES = 85;
const packages = readdirSync(join(import.meta.dirname, 'packages'));

export default defineConfig({
  test: {
    include: ['packages/*/tests/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['packages/orchestrator/testing/global-setup.ts'],
    // Real servers, real processes: a loaded two-core machine needs the room. No assertion is about time.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
      thresholds: Object.fromEntries(packages.map((name) => [`packages/${name}/src/**`, { lines: PACKAGE_LINES }])),
    },
  },
});
