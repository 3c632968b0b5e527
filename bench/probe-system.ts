// The system of bench/probe.ts: tasks of the probe arm, submitted over HTTP, done when the last one is stored with its transcript.
import { setTimeout as delay } from 'node:timers/promises';
import { isJsonObject } from '@switchyard/core';
import { openBenchSystem, postJson } from './system.ts';

const [turns = '1', count = '0', atOnce = '1'] = process.argv.slice(2);
/** Between two questions while tasks wait, of which one takes as long as a call; and at the end. */
const SELDOM_MS = 40;
const POLL_MS = 5;
const WARM_UP = 20;

const followups = Array.from({ length: Number(turns) - 1 }, (_, index) => ({
  label: `f${index}`,
  prompt: `And turn ${index + 1}?`,
}));

function tasksOf(many: number): object[] {
  return Array.from({ length: many }, (_, index) => ({
    goal: `Ask about box ${index}.`,
    assigned_arm: 'probe',
    input: {
      modelId: 'gpt-4o',
      scenario: { prompt: `What is in box ${index}?`, followups },
      config: { maxTokens: 100 },
    },
  }));
}

/** Found by an index, so that asking costs next to nothing of what is measured. */
async function isNone(url: string, status: string): Promise<boolean> {
  const answer: unknown = await (await fetch(`${url}/tasks?status=${status}&limit=1`)).json();
  const tasks: unknown = isJsonObject(answer) ? answer['data'] : undefined;
  return Array.isArray(tasks) && tasks.length === 0;
}

async function run(url: string, many: number): Promise<number> {
  const startedAt = performance.now();
  await postJson(`${url}/submit/batch`, tasksOf(many));
  // In the order in which a task has them: asked the other way round, one that begins in between is seen in neither. And seldom
  // at first, since who asks runs beside what is measured.
  while (!(await isNone(url, 'pending'))) await delay(SELDOM_MS);
  while (!(await isNone(url, 'processing'))) await delay(POLL_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  if (!(await isNone(url, 'failed'))) throw new Error('a conversation of the benchmark failed');
  return seconds;
}

{
  const arms = { probe: { concurrency: Number(atOnce) } };
  // Boxes for code would still be starting while conversations are measured.
  const settings = { arms, greenlightEnabled: false };
  await using bench = await openBenchSystem(['api', 'worker'], ['probe'], settings);
  await run(bench.url, WARM_UP);
  process.send?.('warm');
  const seconds = await run(bench.url, Number(count));
  process.send?.({ seconds, peakMb: process.resourceUsage().maxRSS / 1024 });
}
process.disconnect();
