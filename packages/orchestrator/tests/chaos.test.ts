/**
 * The suite of last resort: a real system under random kills, database crashes and cut connections, held to the law of
 * chaos/accounts.ts. `SEED=… npx vitest run chaos` replays a plan; `npm run chaos` makes it longer.
 */
import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { runChaos } from './chaos/run-chaos.ts';
import { openEmbeddedServer } from './chaos/servers.ts';

const TIMEOUT_MS = 400_000;

it('2,000 tasks end exactly once each, through kills of everything', { timeout: TIMEOUT_MS }, async () => {
  const seed = Number(process.env['SEED'] ?? randomInt(1, 2 ** 31 - 1));
  const say = (line: string): void => void process.stdout.write(`chaos: ${line}\n`);
  say(`seed ${seed}`);
  await using server = await openEmbeddedServer();
  const report = await runChaos({
    ...{ seed, server, say },
    tasks: 2_000,
    kills: 12,
    durationMs: 25_000,
    ownServer: true,
  });
  say(JSON.stringify(report));
  expect(report.breaches).toEqual([]);
  expect(report.tasks).toBe(2_000);
  // Otherwise nothing was proven.
  expect(report.workerDeaths).toBeGreaterThan(0);
});
