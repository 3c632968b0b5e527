import { type TaskEvent, taskEventSchema } from '@switchyard/orchestrator/contract';
import { type Benchmark, milliseconds, percentile } from './benchmark.ts';
import { openBenchSystem, postJson } from './system.ts';

const SAMPLES = 300;
const WARM_UP = 50;

export const startLatency: Benchmark = {
  name: 'start-latency',
  title: 'From submit to the start of the arm, idle system',
  about:
    'One task at a time over HTTP on one node. "start" is from sending POST /submit to the `task-started` event by the clock of the database on the same machine; "answered" is the 202; "completed" is the end of the event stream, result on disk.',
  run: async () => {
    await using bench = await openBenchSystem(['api', 'worker'], ['generalist']);
    const started: number[] = [];
    const answered: number[] = [];
    const completed: number[] = [];
    for (let index = 0; index < WARM_UP + SAMPLES; index += 1) {
      const sentAtWall = performance.timeOrigin + performance.now();
      const sentAt = performance.now();
      const response = await postJson(`${bench.url}/submit`, { goal: 'Say hello' });
      const answeredAt = performance.now();
      await response.json();
      const stream = await fetch(`${bench.url}${response.headers.get('location')}/events`);
      const events = parseEvents(await stream.text());
      const endedAt = performance.now();
      const start = events.find((event) => event.type === 'task-started');
      if (start === undefined || index < WARM_UP) continue;
      started.push(Date.parse(start.at) - sentAtWall);
      answered.push(answeredAt - sentAt);
      completed.push(endedAt - sentAt);
    }
    const row = (name: string, samples: number[]): string[] => [
      name,
      milliseconds(percentile(samples, 0.5)),
      milliseconds(percentile(samples, 0.99)),
    ];
    return {
      columns: ['from POST /submit to', 'p50 ms', 'p99 ms'],
      rows: [row('answered (202)', answered), row('start of the arm', started), row('completed', completed)],
    };
  },
};

function parseEvents(text: string): TaskEvent[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => taskEventSchema.parse(JSON.parse(line.slice('data: '.length))));
}
