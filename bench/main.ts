/** `npm run bench [-- NAME…]`: runs the benchmarks one after the other and writes docs/benchmarks.md. */
import { arms } from './arms.ts';
import type { Benchmark } from './benchmark.ts';
import { grades } from './grade.ts';
import { http } from './http.ts';
import { manyEnded } from './many-ended.ts';
import { probe } from './probe.ts';
import { processRequests } from './process.ts';
import { queues } from './queue.ts';
import { reflex } from './reflex.ts';
import { markdownTable, writeSection } from './report.ts';
import { startLatency } from './start-latency.ts';
import { startup } from './startup.ts';
import { submits } from './submit.ts';
import { throughput } from './throughput.ts';
import { transport } from './transport.ts';
import { trees } from './trees.ts';
import { workers } from './workers.ts';

const ALL: readonly Benchmark[] = [
  submits,
  throughput,
  startLatency,
  manyEnded,
  grades,
  startup,
  queues,
  http,
  transport,
  workers,
  reflex,
  processRequests,
  probe,
  arms,
  trees,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !ALL.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are: ${ALL.map((benchmark) => benchmark.name).join(', ')}`);
  process.exitCode = 2;
} else {
  for (const benchmark of ALL) {
    if (wanted.length > 0 && !wanted.includes(benchmark.name)) continue;
    console.error(`${benchmark.name}: ${benchmark.title} …`);
    const table = await benchmark.run();
    console.log(`\n${benchmark.title}\n${markdownTable(table)}\n`);
    writeSection(benchmark, table);
  }
}
