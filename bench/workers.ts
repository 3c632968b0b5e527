import { createInProcessRuntime, createNodeRuntime, createPythonRuntime, type ProbeRuntime } from '@switchyard/probe';
import { FakeProviders } from '@switchyard/probe/testing';
import { type Benchmark, milliseconds, percentile } from './benchmark.ts';

const KEPT_JOBS = 300;
const STARTED_JOBS = 20;
const WARM_UP = 10;

const INPUT = {
  runId: 'bench',
  scenarioId: 'bench',
  modelId: 'gpt-4o',
  scenario: { preamble: '', prompt: 'What is in the box?', followups: [] },
  config: { maxTokens: 100, maxTurns: 1 },
};

export const workers: Benchmark = {
  name: 'workers',
  title: 'A conversation of one turn, by where it is held',
  about:
    'One at a time against a provider on loopback that answers at once, so that what is left is the overhead of a job. "first" is the very first, with everything that has to be started or found (of Python its health check, too).',
  run: async () => {
    await using fake = await FakeProviders.open({ keepCalls: false });
    const env = { PATH: process.env['PATH'], ...fake.environment() };
    const rows: string[][] = [];
    const measure = async (name: string, runtime: ProbeRuntime, jobs: number, warmUp: number): Promise<void> => {
      const { first, samples } = await times(runtime, jobs, warmUp);
      await runtime.close();
      rows.push([name, ...[first, percentile(samples, 0.5), percentile(samples, 0.99)].map(milliseconds)]);
    };
    await measure('in process', createInProcessRuntime({ sources: { env } }), KEPT_JOBS, WARM_UP);
    await measure('a kept Node process', createNodeRuntime({ env }), KEPT_JOBS, WARM_UP);
    await measure('a kept Python process', createPythonRuntime({ env }), KEPT_JOBS, WARM_UP);
    await measure('a Node process for each', createNodeRuntime({ env, keep: false }), STARTED_JOBS, 1);
    await measure('a Python process for each', createPythonRuntime({ env, keep: false }), STARTED_JOBS, 1);
    return { columns: ['held in', 'first ms', 'p50 ms', 'p99 ms'], rows };
  },
};

async function times(
  runtime: ProbeRuntime,
  jobs: number,
  warmUp: number,
): Promise<{ readonly first: number; readonly samples: number[] }> {
  const samples: number[] = [];
  let first = 0;
  for (let job = 0; job < warmUp + jobs; job += 1) {
    const startedAt = performance.now();
    const output = await runtime.run(INPUT);
    const took = performance.now() - startedAt;
    if (!output.success) throw new Error(`a conversation of the benchmark failed: ${output.error.message}`);
    if (job === 0) first = took;
    if (job >= warmUp) samples.push(took);
  }
  return { first, samples };
}
