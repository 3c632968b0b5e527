import {
  createNativeSandbox,
  createWasmSandbox,
  grade,
  parseRunAtomRequest,
  type Sandbox,
} from '@switchyard/greenlight';
import { runCommand, runInterpreter } from './bare-interpreter.ts';
import { type Benchmark, closedLoop, milliseconds, percentile, wholeNumber } from './benchmark.ts';
import { parentsOfAll, processesUnder, proportionalMb } from './processes.ts';
import { TOTAL_TESTS } from './soak/work.ts';

const SAMPLES = 40;
/** Grades before the first that counts: a server that has been up for a minute has had its own code compiled. */
const WARM_UP = 200;
const WARM_UP_AT_ONCE = 4;
/** Grades for each of those that run at once. */
const GRADES_EACH = 10;
const AT_ONCE = [4, 16] as const;
/** Time for the pool to be full again between two grades of an idle system, milliseconds. */
const PAUSE_MS = 400;

const SOURCES = {
  python:
    'def total(numbers):\n    result = 0\n    for number in numbers:\n        result += number\n    return result\n',
  javascript:
    'function total(numbers) {\n  let result = 0;\n  for (const number of numbers) result += number;\n  return result;\n}\n',
} as const;
type BenchLanguage = keyof typeof SOURCES;
const LANGUAGES = ['python', 'javascript'] as const;

/** A cold box as bwrap's manual shows it, the same calls in it. */
const COLD_BOX = [
  '--ro-bind',
  '/usr',
  '/usr',
  '--symlink',
  'usr/lib',
  '/lib',
  '--symlink',
  'usr/lib64',
  '/lib64',
  '--proc',
  '/proc',
  '--dev',
  '/dev',
  '--unshare-all',
  '--clearenv',
];

export const grades: Benchmark = {
  name: 'grade',
  title: 'Grading an atom with five tests',
  about:
    'Request to result in process, a fresh box for every grade, after 200 grades of the same that do not count. `idle`: one at a time, with a pause for the pool to refill; `4` and `16 at once`: without a pause, so that what counts is how fast boxes start. Beside them a bare interpreter process that runs the same five calls with no sandbox at all, and the same in a bubblewrap box that is started for it. Memory: proportional share of this process and its children after the idle grades, less what it held before; the second row of a driver holds the boxes of its first, too.',
  run: async () => {
    const rows: string[][] = [];
    for (const open of [() => createNativeSandbox(), () => createWasmSandbox()]) {
      const before = await residentMb();
      const sandbox = await open();
      try {
        for (const language of LANGUAGES) {
          if (sandbox.languages.includes(language)) rows.push(await measure(sandbox, language, before));
        }
      } finally {
        await sandbox.close();
      }
    }
    for (const language of LANGUAGES) rows.push(await bareRow(language), await coldRow(language));
    const loads = AT_ONCE.flatMap((count) => [`${count} at once p50 ms`, `p99 ms`, 'grades /s']);
    return { columns: ['language', 'in', 'idle p50 ms', 'p99 ms', ...loads, 'pool MB'], rows };
  },
};

async function measure(sandbox: Sandbox, language: BenchLanguage, beforeMb: number): Promise<string[]> {
  const atom = parseRunAtomRequest({
    atom_id: 'bench-total',
    atom_type: 'code_submission',
    front: 'Add up the numbers',
    back: SOURCES[language],
    content_json: { language, entry_function: 'total', tests: TOTAL_TESTS, submission: SOURCES[language] },
  });
  const once = async (): Promise<void> => {
    const result = await grade(atom, sandbox);
    if (result.partial_score !== 1) throw new Error(`the benchmark's own atom scored ${result.partial_score}`);
  };
  await closedLoop(WARM_UP, WARM_UP_AT_ONCE, once);
  const idle: number[] = [];
  while (idle.length < SAMPLES) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const startedAt = performance.now();
    await once();
    idle.push(performance.now() - startedAt);
  }
  const poolMb = (await residentMb()) - beforeMb;
  const loads: string[] = [];
  for (const count of AT_ONCE) {
    const busy = await closedLoop(count * GRADES_EACH, count, once);
    loads.push(ms(busy.latencies, 0.5), ms(busy.latencies, 0.99), wholeNumber(busy.perSecond));
  }
  return [language, sandbox.name, ms(idle, 0.5), ms(idle, 0.99), ...loads, wholeNumber(poolMb)];
}

async function bareRow(language: BenchLanguage): Promise<string[]> {
  const [command, flag] = language === 'python' ? ['/usr/bin/python3', '-c'] : [process.execPath, '-e'];
  return besideRow(language, 'a bare process', () => runInterpreter(command, flag, programOf(language)));
}

async function coldRow(language: BenchLanguage): Promise<string[]> {
  const node = process.execPath.replace(/\/[^/]*$/, '');
  const inside = language === 'python' ? ['/usr/bin/python3'] : ['--ro-bind', node, '/opt/node', '/opt/node/node'];
  const args = [...COLD_BOX, ...inside, language === 'python' ? '-c' : '-e', programOf(language)];
  return besideRow(language, 'a cold bwrap', () => runCommand('bwrap', args));
}

async function besideRow(language: string, name: string, work: () => Promise<void>): Promise<string[]> {
  const empty = Array.from({ length: AT_ONCE.length * 3 + 1 }, () => '');
  try {
    await closedLoop(2, 1, work);
  } catch {
    return [language, `${name} (not installed)`, '', '', ...empty];
  }
  const { latencies } = await closedLoop(SAMPLES, 1, work);
  return [language, name, ms(latencies, 0.5), ms(latencies, 0.99), ...empty];
}

function programOf(language: BenchLanguage): string {
  const calls = TOTAL_TESTS.map((test) => `total(${JSON.stringify(test.input[0])})`).join(', ');
  return `${SOURCES[language]}${language === 'python' ? `print([${calls}])` : `console.log([${calls}])`}`;
}

function ms(samples: readonly number[], share: number): string {
  return milliseconds(percentile(samples, share));
}

/** Of this process and all that it has started. */
async function residentMb(): Promise<number> {
  return proportionalMb([process.pid, ...processesUnder(process.pid, await parentsOfAll())]);
}
