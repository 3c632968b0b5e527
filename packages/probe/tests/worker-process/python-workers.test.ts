import { BASE_VARIABLES, runProcess } from '@switchyard/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PYTHON_WORKERS } from '../../src/worker-process/spawn-worker.ts';
import { python, withoutPython } from './with-python.ts';

const reportSchema = z.object({
  tests: z.int(),
  passed: z.boolean(),
  coverage: z.record(
    z.string(),
    z.object({
      percent: z.number(),
      bound: z.number(),
      lines: z.int(),
      missed: z.record(z.string(), z.array(z.int())),
    }),
  ),
  below: z.array(z.string()),
});

describe.skipIf(withoutPython)('the unit tests of the Python workers', () => {
  it('pass, and reach as many lines as they must', async () => {
    const result = await runProcess(python ?? '', ['-m', 'tests'], {
      cwd: PYTHON_WORKERS,
      environment: { source: process.env, allow: BASE_VARIABLES },
      timeLimitMs: 120_000,
      stderrTailLines: 200,
    });
    const report = reportSchema.parse(JSON.parse(result.stdout));
    expect(result.status).toBe('exited');
    expect(report.passed ? '' : result.stderr).toBe('');
    expect(report.tests).toBeGreaterThan(100);
    for (const [group, { percent, bound, missed }] of Object.entries(report.coverage)) {
      process.stderr.write(`Python workers, ${group}: ${percent} % of lines (at least ${bound} %)\n`);
      expect(percent >= bound ? {} : { [group]: missed }).toEqual({});
    }
    expect(report.below).toEqual([]);
    const bounds = Object.fromEntries(Object.entries(report.coverage).map(([group, { bound }]) => [group, bound]));
    expect(bounds).toMatchObject({ probe: 90, adapters: 85, errors: 100 });
    expect(result.exitCode).toBe(0);
  }, 150_000);
});
