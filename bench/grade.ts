import { createWasmSandbox, grade, parseRunAtomRequest } from '@switchyard/greenlight';
import { runInterpreter } from './bare-interpreter.ts';
import { type Benchmark, closedLoop, milliseconds, percentile, wholeNumber } from './benchmark.ts';

const SAMPLES = 60;
const WARM_UP = 5;
/** Two boxes a language, two languages. */
const PARKED = 4;

const TESTS = [
  { input: [[1, 2, 3]], expected: 6 },
  { input: [[]], expected: 0 },
  { input: [[-1, 1]], expected: 0 },
  { input: [[10, 20, 30, 40]], expected: 100 },
  { input: [[5]], expected: 5 },
];

const SOURCES = {
  python:
    'def total(numbers):\n    result = 0\n    for number in numbers:\n        result += number\n    return result\n',
  javascript:
    'function total(numbers) {\n  let result = 0;\n  for (const number of numbers) result += number;\n  return result;\n}\n',
} as const;

export const grades: Benchmark = {
  name: 'grade',
  title: 'Grading an atom with five tests',
  about:
    'Request to result in process, wasm sandbox with a fresh instance for every grade, `idle` one at a time with a pause for the pool to refill, `4 at once` without a pause. Beside it a bare interpreter process that runs the same five calls with no sandbox at all.',
  run: async () => {
    const sandbox = await createWasmSandbox({ parkedPerLanguage: 2 });
    try {
      const rows: string[][] = [];
      for (const language of ['python', 'javascript'] as const) {
        const atom = parseRunAtomRequest({
          atom_id: 'bench-total',
          atom_type: 'code_submission',
          front: 'Add up the numbers',
          back: SOURCES[language],
          content_json: { language, entry_function: 'total', tests: TESTS, submission: SOURCES[language] },
        });
        const once = async (): Promise<void> => {
          const result = await grade(atom, sandbox);
          if (result.partial_score !== 1) throw new Error(`the benchmark's own atom scored ${result.partial_score}`);
        };
        await closedLoop(WARM_UP, 1, once);
        const idle = await pausedLoop(SAMPLES, once, () => sandbox.status().parked);
        const busy = await closedLoop(SAMPLES * 2, 4, once);
        const bare = await closedLoop(SAMPLES, 1, () => runBare(language));
        rows.push([
          language,
          milliseconds(percentile(idle, 0.5)),
          milliseconds(percentile(idle, 0.99)),
          milliseconds(percentile(busy.latencies, 0.5)),
          wholeNumber(busy.perSecond),
          milliseconds(percentile(bare.latencies, 0.5)),
        ]);
      }
      const columns = [
        'language',
        'idle p50 ms',
        'idle p99 ms',
        '4 at once p50 ms',
        'grades /s',
        'bare process p50 ms',
      ];
      return { columns, rows };
    } finally {
      await sandbox.close();
    }
  },
};

/** One at a time, each as soon as the pool has boxes parked again. */
async function pausedLoop(count: number, work: () => Promise<void>, parked: () => number): Promise<number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < count; index += 1) {
    while (parked() < PARKED) await new Promise((resolve) => setTimeout(resolve, 5));
    const startedAt = performance.now();
    await work();
    latencies.push(performance.now() - startedAt);
  }
  return latencies;
}

async function runBare(language: keyof typeof SOURCES): Promise<void> {
  const calls = TESTS.map((test) => `total(${JSON.stringify(test.input[0])})`).join(', ');
  const print = language === 'python' ? `print([${calls}])` : `console.log([${calls}])`;
  await runInterpreter(
    language === 'python' ? 'python3' : process.execPath,
    language === 'python' ? '-c' : '-e',
    `${SOURCES[language]}${print}`,
  );
}
