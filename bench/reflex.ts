import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runProcess } from '@switchyard/core';
import { FLOODS, filled, LONGEST_TEXT } from '@switchyard/reflex/testing';
import { type Benchmark, percentile, wholeNumber } from './benchmark.ts';
import { CLEAN, FULL, SOME } from './reflex-texts.ts';

const SIZES = [50, 1_000, 10_000, 100_000];
const KINDS = [
  ['clean', CLEAN],
  ['some', SOME],
  ['full', FULL],
] as const;
/** Characters that each contender screens at each size, spread over the calls. */
const CHARACTERS = 5_000_000;
const LEAST_CALLS = 10;
const MOST_CALLS = 5_000;
/** A contender that takes longer than this for one size is measured on the calls done so far. */
const MOST_MS = 2_000;
const TIME_LIMIT_MS = 300_000;
const OTHERS = ['redact-pii@3.4.0', 'openredaction@1.1.5'];

export const reflex: Benchmark = {
  name: 'reflex',
  title: 'Screening one text',
  about:
    'Microseconds a text, in process. Clean: prose without a finding; some: eight kinds of personal data and two injections, then prose, so that 1,000 characters have ten findings; full: the ten over and over, a finding every 24 characters. Flood: 100,000 characters of one thing that a detector looks at, repeated; of all such things that the tests know, the one that took longest (by its median, and by its slowest call, which may be a pause of the machine). Reflex looks for personal data, secrets and injections; the others for personal data only, and get no floods, on which they take minutes. Memory: what loading rules, phone plans and model adds to the heap and beside it.',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-reflex-'));
    try {
      await install(folder);
      const rows: string[][] = [];
      for (const name of ['reflex', 'redact-pii', 'openredaction']) rows.push(...(await measureApart(name, folder)));
      return { columns: ['screen', 'text', 'characters', 'p50 µs', 'p99 µs', 'max µs', 'loaded MB'], rows };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** The others come with a hundred packages of their own, so they are fetched for the measurement only. */
async function install(folder: string): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, ...OTHERS];
  // As if its user had called it: where it fetches from and through what is set by variables and in the home directory.
  const environment = { source: process.env, allow: Object.keys(process.env) };
  const result = await runProcess('npm', args, { environment, timeLimitMs: TIME_LIMIT_MS });
  if (result.status !== 'exited' || result.exitCode !== 0) throw new Error(`npm install: ${result.stderr}`);
}

async function measureApart(name: string, folder: string): Promise<string[][]> {
  const args = ['--expose-gc', import.meta.filename, name, folder];
  const result = await runProcess(process.execPath, args, { timeLimitMs: TIME_LIMIT_MS });
  if (result.status !== 'exited' || result.exitCode !== 0) throw new Error(`${name}: ${result.stderr}`);
  const rows: unknown = JSON.parse(result.stdout);
  if (!Array.isArray(rows)) throw new Error(`${name} printed ${result.stdout}`);
  return rows.map((row: unknown) => (Array.isArray(row) ? row.map(String) : []));
}

type Screen = (text: string) => unknown;

async function load(name: string, folder: string): Promise<Screen> {
  if (name === 'reflex') {
    const { screen } = await import('@switchyard/reflex');
    return (text) => screen(text);
  }
  const entry = name === 'redact-pii' ? 'redact-pii/lib/index.js' : 'openredaction/dist/index.js';
  const module: unknown = await import(pathToFileURL(join(folder, 'node_modules', entry)).href);
  return name === 'redact-pii' ? redactPii(module) : openRedaction(module);
}

/** What the two export, as far as it is used here. */
interface Exports {
  readonly SyncRedactor?: new () => { redact(text: string): string };
  readonly OpenRedaction?: new () => { detect(text: string): Promise<unknown> };
}

function redactPii(module: unknown): Screen {
  const made = exportsOf(module).SyncRedactor;
  if (made === undefined) throw new Error('redact-pii has no SyncRedactor');
  const redactor = new made();
  return (text) => redactor.redact(text);
}

function openRedaction(module: unknown): Screen {
  const made = exportsOf(module).OpenRedaction;
  if (made === undefined) throw new Error('openredaction has no OpenRedaction');
  const redactor = new made();
  return (text) => redactor.detect(text);
}

function exportsOf(module: unknown): Exports {
  if (typeof module !== 'object' || module === null) return {};
  return 'default' in module && !('SyncRedactor' in module || 'OpenRedaction' in module)
    ? exportsOf(module.default)
    : module;
}

async function measure(name: string, folder: string): Promise<string[][]> {
  const before = memory();
  const screen = await load(name, folder);
  await screen(FULL);
  const loaded = ((memory() - before) / 1_000_000).toFixed(1);
  const rows: string[][] = [];
  for (const [kind, seed] of KINDS) {
    for (const size of SIZES) {
      const text = seed.repeat(Math.ceil(size / seed.length)).slice(0, size);
      const times = await timesOf(screen, text);
      rows.push(rowOf(name, kind, size, times, loaded));
    }
  }
  return name === 'reflex' ? [...rows, ...(await floodRows(screen, loaded))] : rows;
}

function rowOf(name: string, kind: string, size: number, times: number[], loaded: string): string[] {
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  return [name, kind, wholeNumber(size), micros(p50), micros(p99), micros(Math.max(...times)), loaded];
}

/** The worst of all floods, by its median and by its slowest call. */
async function floodRows(screen: Screen, loaded: string): Promise<string[][]> {
  const measured: { readonly seed: string; readonly times: number[] }[] = [];
  for (const seed of FLOODS) measured.push({ seed, times: await timesOf(screen, filled(seed)) });
  const worstBy = (value: (times: number[]) => number): (typeof measured)[number] | undefined =>
    measured.toSorted((a, b) => value(b.times) - value(a.times))[0];
  const worst = new Set([worstBy((times) => percentile(times, 0.5)), worstBy((times) => Math.max(...times))]);
  return Array.from(worst).flatMap((flood) =>
    flood === undefined
      ? []
      : [rowOf('reflex', `worst of ${FLOODS.length} floods: ${nameOf(flood.seed)}`, LONGEST_TEXT, flood.times, loaded)],
  );
}

/** Without what would break the table. */
function nameOf(seed: string): string {
  return JSON.stringify(seed).replaceAll('|', '¦');
}

async function timesOf(screen: Screen, text: string): Promise<number[]> {
  const calls = Math.min(MOST_CALLS, Math.max(LEAST_CALLS, Math.round(CHARACTERS / text.length)));
  const startedAt = performance.now();
  let times: number[] = [];
  // The first round only warms up.
  for (const round of [0, 1]) {
    times = [];
    for (let call = 0; call < calls; call++) {
      const at = performance.now();
      await screen(text);
      times.push(performance.now() - at);
      if (performance.now() - startedAt > MOST_MS * (round + 1)) break;
    }
  }
  return times;
}

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function micros(milliseconds: number): string {
  const value = milliseconds * 1_000;
  return value < 100 ? value.toFixed(1) : wholeNumber(value);
}

const [, , contender, folder] = process.argv;
if (process.argv[1] === import.meta.filename && contender !== undefined && folder !== undefined) {
  console.log(JSON.stringify(await measure(contender, folder)));
}
