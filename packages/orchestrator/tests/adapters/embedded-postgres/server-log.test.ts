import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServerLog } from '../../../src/adapters/embedded-postgres/server-log.ts';

async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'swy-log-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Cuts a text at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...places.map((place) => place % (text.length + 1)), 0, text.length].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => text.slice(at[i], end));
}

describe('the log of the server', () => {
  it('gives the same lines however its input was cut', async () => {
    const line = fc.string({ maxLength: 30 }).map((text) => text.replaceAll('\n', ''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        async (lines, places) => {
          await inFolder((folder) => {
            const log = new ServerLog(folder);
            for (const piece of cut(lines.map((one) => `${one}\n`).join(''), places)) log.write(piece);
            expect(log.lastLines()).toEqual(lines.slice(-20));
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('never holds more than its bound in each of its two files, and goes on where an earlier one ended', async () => {
    await inFolder((folder) => {
      for (let start = 0; start < 3; start += 1) {
        const log = new ServerLog(folder, 1_000);
        for (let i = 0; i < 50; i += 1) log.write(`${start} ${i} ${'x'.repeat(i)}\n`);
      }
      expect(statSync(join(folder, 'postgres.log')).size).toBeLessThanOrEqual(1_000);
      expect(statSync(join(folder, 'postgres.log.1')).size).toBeLessThanOrEqual(1_000);
      expect(readFileSync(join(folder, 'postgres.log'), 'utf8')).toMatch(/\n2 49 x{49}\n$/);
    });
  });

  it('cuts a line without end instead of keeping it', async () => {
    await inFolder((folder) => {
      const log = new ServerLog(folder);
      for (let i = 0; i < 100; i += 1) log.write('x'.repeat(1_000));
      expect(log.lastLines().join('')).toHaveLength(2_000);
    });
  });

  it('keeps its last lines when the file cannot be written', async () => {
    await inFolder(async (folder) => {
      const log = new ServerLog(join(folder, 'missing'));
      log.write('one\ntwo\n');
      expect(log.lastLines()).toEqual(['one', 'two']);
    });
  });
});
