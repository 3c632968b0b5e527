import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { holderOfDirectory, takeDirectoryLock } from '../../../src/adapters/embedded-postgres/directory-lock.ts';

/** Where the lock of a directory is a file: on all platforms but Linux. */
function lockFileOf(directory: string): string {
  return join(tmpdir(), `switchyard-${createHash('sha256').update(directory).digest('hex').slice(0, 32)}.sock`);
}

describe.each(['linux', 'darwin'] as const)('the lock of a directory as on %s', (platform) => {
  // An abstract socket exists on Linux only; a socket file works everywhere.
  const skip = platform === 'linux' && process.platform !== 'linux';

  it.skipIf(skip)('goes to at most one of any number of takers, and is free after its release', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), async (takers) => {
        const directory = `/test/${randomUUID()}`;
        const attempts = await Promise.all(
          Array.from({ length: takers }, () => takeDirectoryLock(directory, platform)),
        );
        const locks = attempts.flatMap((attempt) => (attempt.taken ? [attempt.lock] : []));
        for (const lock of locks) await lock.release();
        expect(locks.length).toBe(1);
        expect(await holderOfDirectory(directory, platform)).toBeNull();
        const again = await takeDirectoryLock(directory, platform);
        expect(again.taken).toBe(true);
        if (again.taken) await again.lock.release();
      }),
      { numRuns: 25 },
    );
  });

  it.skipIf(skip)('tells who holds it and since when', async () => {
    const directory = `/test/${randomUUID()}`;
    const before = new Date().toISOString();
    const first = await takeDirectoryLock(directory, platform);
    if (!first.taken) throw new Error('it should be free');
    onTestFinished(() => first.lock.release());
    const holder = await holderOfDirectory(directory, platform);
    expect(holder?.pid).toBe(process.pid);
    expect((holder?.since ?? '') >= before).toBe(true);
    expect(await takeDirectoryLock(directory, platform)).toEqual({ taken: false, holder });
  });

  it.skipIf(skip)('is its own for each directory', async () => {
    const [one, two] = await Promise.all([
      takeDirectoryLock(`/test/${randomUUID()}`, platform),
      takeDirectoryLock(`/test/${randomUUID()}`, platform),
    ]);
    expect([one.taken, two.taken]).toEqual([true, true]);
    if (one.taken) await one.lock.release();
    if (two.taken) await two.lock.release();
  });
});

describe('a lock file that nobody answers on', () => {
  it('is stale: the next taker replaces it', async () => {
    const directory = `/test/${randomUUID()}`;
    await writeFile(lockFileOf(directory), '');
    const attempt = await takeDirectoryLock(directory, 'darwin');
    expect(attempt.taken).toBe(true);
    if (attempt.taken) await attempt.lock.release();
  });
});

describe('a stranger on the address of the lock', () => {
  it.each([
    ['says something else', 'hello\n'],
    ['says an array', '[]\n'],
    ['says too much', 'x'.repeat(5_000)],
    ['hangs up', ''],
  ])('that %s keeps it taken, by nobody known', async (_what, answer) => {
    const directory = `/test/${randomUUID()}`;
    const stranger = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(answer);
    }).listen(lockFileOf(directory));
    onTestFinished(async () => {
      stranger.close();
      await rm(lockFileOf(directory), { force: true });
    });
    await once(stranger, 'listening');
    const nobodyKnown = { pid: undefined, since: undefined };
    expect(await takeDirectoryLock(directory, 'darwin')).toEqual({ taken: false, holder: nobodyKnown });
  });
});
