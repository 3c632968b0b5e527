/** `npm run chaos -- --tasks 10000 --kills 50 [--seed N] [--seconds N] [--postgres BIN | --database-url URL]` */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { messageOf } from '@switchyard/core';
import { runChaos } from './run-chaos.ts';
import { openEmbeddedServer, openForeignServer, openInstalledServer } from './servers.ts';

const HELP = `npm run chaos -- [options]

  npm run chaos -- --tasks 10000 --kills 50
  npm run chaos -- --tasks 10000 --kills 50 --postgres /usr/lib/postgresql/15/bin
  npm run chaos -- --seed 42                 # the same plan again

  --tasks N           tasks that are handed in (default 2000)
  --kills N           SIGKILLs of workers and API processes; other trouble comes in proportion (default 12)
  --seconds N         over how long it is spread (default: 2 s a kill, at least 20)
  --seed N            decides all that happens (default: random; printed)
  --postgres DIR      a server of its own from these binaries (initdb, pg_ctl); default: the embedded one
  --database-url URL  an empty database of a server that runs; it is not restarted

Exits 0 when nothing was lost or doubled, 1 when something was, 2 when it is asked wrongly.`;

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} was ${text}; it may be a whole number from 1`);
  return value;
}

const OPTIONS = {
  tasks: { type: 'string' },
  kills: { type: 'string' },
  seconds: { type: 'string' },
  seed: { type: 'string' },
  postgres: { type: 'string' },
  'database-url': { type: 'string' },
  help: { type: 'boolean' },
} as const;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help === true) {
    print(HELP);
    return 0;
  }
  const kills = wholeNumber('kills', values.kills, 12);
  const tasks = wholeNumber('tasks', values.tasks, 2_000);
  const seed = wholeNumber('seed', values.seed, randomInt(1, 2 ** 31 - 1));
  const seconds = wholeNumber('seconds', values.seconds, Math.max(20, 2 * kills));
  const url = values['database-url'];
  if (url !== undefined && values.postgres !== undefined)
    throw new RangeError('--postgres and --database-url were both given; give one of them');
  note(`seed ${seed}: ${tasks} tasks and ${kills} kills over ${seconds} s`);
  await using server =
    url !== undefined
      ? await openForeignServer(url)
      : values.postgres !== undefined
        ? await openInstalledServer(values.postgres)
        : await openEmbeddedServer();
  const report = await runChaos({
    ...{ seed, tasks, kills, server },
    durationMs: seconds * 1000,
    ownServer: url === undefined,
    say: note,
  });
  const { breaches, ...figures } = report;
  print(JSON.stringify({ seed, ...figures, breaches: breaches.length }, null, 2));
  for (const breach of breaches.slice(0, 50)) note(`BREACH: ${breach}`);
  return breaches.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  note(messageOf(error));
  process.exitCode = error instanceof RangeError || error instanceof TypeError ? 2 : 1;
}
