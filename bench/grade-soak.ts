/** `npm run soak -- [--driver native] [--grades 10000]`: grades in a row through a server, and whether anything of it grew. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '@switchyard/core';
import { GreenlightClient } from '@switchyard/greenlight';
import { type Benchmark, closedLoop, type Table, wholeNumber } from './benchmark.ts';
import { markdownTable, writeSection } from './report.ts';
import { type Growth, growthOf } from './soak/growth.ts';
import { openSoakServer, type SoakServer } from './soak/server.ts';
import { ALLOWANCES, type Usage, usageOf } from './soak/usage.ts';
import { SOAK_LANGUAGES, type SoakLanguage, workAt } from './soak/work.ts';

const HELP = `npm run soak -- [options]

  npm run soak -- --driver native
  npm run soak -- --driver wasm --grades 2000 --languages python
  npm run soak -- --record                   # writes its table to docs/benchmarks.md, too

  --driver NAME       native or wasm (default: native)
  --grades N          grades in a row, from 100 (default 10000)
  --at-once N         of them at a time, 1 to 64 (default 4)
  --languages A,B     of ${SOAK_LANGUAGES.join(', ')} (default python,javascript)
  --record            also writes the table to docs/benchmarks.md
  --json              the figures as JSON

One grade in five is of an answer that fails: wrong, raising, exiting, endless, flooding, no code at all. Each has to get its score.
Exits 0 when nothing grew, 1 when something did or a score was wrong, 2 when it is asked wrongly.`;

const OPTIONS = {
  driver: { type: 'string' },
  grades: { type: 'string' },
  'at-once': { type: 'string' },
  languages: { type: 'string' },
  record: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Samples over the whole; the first fifth of them is start-up and not judged. */
const SAMPLES = 25;
const START_UP = SAMPLES / 5;
/** Pools refill and boxes end for a moment after the last grade: what is held counts once it stays, milliseconds. */
const SETTLE_STEP_MS = 300;
const SETTLE_STEPS = 30;

interface Soak {
  readonly driver: 'native' | 'wasm';
  readonly grades: number;
  readonly atOnce: number;
  readonly languages: readonly SoakLanguage[];
}

interface Soaked {
  readonly perSecond: number;
  readonly wrong: readonly string[];
  readonly growths: { readonly [name in keyof Usage]: Growth };
}

const NAMES: { readonly [name in keyof Usage]: string } = {
  heapMb: 'server, live heap MiB',
  serverMb: 'server, resident MiB',
  boxesMb: 'pool and boxes, MiB',
  descriptors: 'descriptors',
  threads: 'threads',
  processes: 'processes under it',
  controlGroups: 'control groups',
  files: 'temporary files',
};

async function soak(asked: Soak): Promise<Soaked> {
  await using server = await openSoakServer(asked.driver);
  const client = new GreenlightClient(server.url);
  const samples: { at: number; usage: Usage }[] = [];
  const wrong: string[] = [];
  let busySeconds = 0;
  const each = Math.ceil(asked.grades / SAMPLES);
  for (let at = 0; at < asked.grades; at += each) {
    const count = Math.min(each, asked.grades - at);
    const { perSecond } = await closedLoop(count, asked.atOnce, async (index) => {
      const { atom, score } = workAt(at + index, asked.languages);
      const result = await client.executeAtom(atom);
      if (result.partial_score !== score) wrong.push(`${atom.atom_id}: ${result.partial_score}, not ${score}`);
    });
    busySeconds += count / perSecond;
    const usage = await settled(server);
    samples.push({ at: at + count, usage });
    const { heapMb, serverMb, boxesMb, processes, threads, descriptors } = usage;
    const held = `heap ${heapMb.toFixed(1)} MiB, server ${serverMb.toFixed(0)} MiB, boxes ${boxesMb.toFixed(0)} MiB, ${processes} processes, ${threads} threads, ${descriptors} descriptors`;
    note(`${at + count} grades, ${perSecond.toFixed(1)} a second; ${held}`);
  }
  await client.close();
  const judged = samples.slice(START_UP);
  const grown = (name: keyof Usage): Growth =>
    growthOf(
      judged.map(({ at, usage }) => ({ at, value: usage[name] })),
      ALLOWANCES[name],
    );
  return {
    perSecond: asked.grades / busySeconds,
    wrong,
    growths: {
      heapMb: grown('heapMb'),
      serverMb: grown('serverMb'),
      boxesMb: grown('boxesMb'),
      descriptors: grown('descriptors'),
      threads: grown('threads'),
      processes: grown('processes'),
      controlGroups: grown('controlGroups'),
      files: grown('files'),
    },
  };
}

/** What is held once the processes stay the same. */
async function settled({ pid, temporary, heapMb }: SoakServer): Promise<Usage> {
  let usage = await usageOf(pid, temporary, await heapMb());
  for (let step = 0, same = 0; step < SETTLE_STEPS && same < 2; step += 1) {
    await delay(SETTLE_STEP_MS);
    const next = await usageOf(pid, temporary, await heapMb());
    same = next.processes === usage.processes ? same + 1 : 0;
    usage = next;
  }
  return usage;
}

function tableOf({ growths }: Soaked): Table {
  const number = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0));
  const rows = USAGE_NAMES.map((name) => {
    const { first, last, slope, uncertainty, grew } = growths[name];
    const sloped = `${number(slope)} ± ${number(uncertainty)}`;
    return [NAMES[name], number(first), number(last), sloped, grew ? 'grew' : 'no'];
  });
  return { columns: ['held', 'after start-up', 'at the end', 'slope for 1,000 grades', 'growth'], rows };
}

const USAGE_NAMES = [
  'heapMb',
  'serverMb',
  'boxesMb',
  'descriptors',
  'threads',
  'processes',
  'controlGroups',
  'files',
] as const satisfies readonly (keyof Usage)[];

function benchmarkOf({ driver, grades, atOnce, languages }: Soak, { perSecond }: Soaked): Benchmark {
  return {
    name: `soak-${driver}`,
    title: `${wholeNumber(grades)} grades in a row, ${driver} sandbox`,
    about: `Through \`switchyard greenlight\` over HTTP, ${languages.join(' and ')}, ${atOnce} at once, ${perSecond.toFixed(1)} a second; every fifth answer fails in one of six ways. Sampled ${SAMPLES} times, each once the pool had settled; the first ${START_UP} are start-up. Slope by least squares, ± twice its standard error.`,
    run: () => Promise.reject(new Error('npm run soak')),
  };
}

function wholeBetween(name: string, text: string | undefined, otherwise: number, least: number, most: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`--${name} was ${text}; it may be a whole number from ${least} to ${most}`);
}

function languagesOf(text = 'python,javascript'): SoakLanguage[] {
  return text.split(',').map((name) => {
    const language = SOAK_LANGUAGES.find((known) => known === name);
    if (language === undefined)
      throw new RangeError(`--languages had "${name}"; they may be of: ${SOAK_LANGUAGES.join(', ')}`);
    return language;
  });
}

function driverOf(text = 'native'): Soak['driver'] {
  if (text === 'native' || text === 'wasm') return text;
  throw new RangeError(`--driver was "${text}"; it may be native or wasm`);
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help === true) {
    print(HELP);
    return 0;
  }
  const asked: Soak = {
    driver: driverOf(values.driver),
    grades: wholeBetween('grades', values.grades, 10_000, 100, 1_000_000),
    atOnce: wholeBetween('at-once', values['at-once'], 4, 1, 64),
    languages: languagesOf(values.languages),
  };
  if (process.platform !== 'linux') throw new RangeError('what a process holds is read from /proc: Linux only');
  const soaked = await soak(asked);
  const table = tableOf(soaked);
  if (values.json === true) print(JSON.stringify({ ...asked, ...soaked }, null, 2));
  else print(`\n${soaked.perSecond.toFixed(1)} grades a second\n${markdownTable(table)}`);
  if (values.record === true) writeSection(benchmarkOf(asked, soaked), table);
  for (const one of soaked.wrong.slice(0, 20)) note(`WRONG: ${one}`);
  return soaked.wrong.length > 0 || USAGE_NAMES.some((name) => soaked.growths[name].grew) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  note(messageOf(error));
  process.exitCode = error instanceof RangeError || error instanceof TypeError ? 2 : 1;
}
