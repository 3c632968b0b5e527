// The fake providers in a process of their own, for bench/probe.ts: what they cost is nobody's.
import { FakeProviders } from '@switchyard/probe/testing';

const LATENCY_MS = 50;

const fake = await FakeProviders.open({ latencyMs: LATENCY_MS, keepCalls: false });
let calls = 0;
let firstAt = 0;
let lastAt = 0;
fake.reply = () => {
  lastAt = performance.now();
  if (calls === 0) firstAt = lastAt;
  calls += 1;
  return undefined;
};
// Asked after each contender: how many calls came, and how long from the first of them to the answer to the last.
process.on('message', () => {
  process.send?.({ calls, seconds: (lastAt + LATENCY_MS - firstAt) / 1000, mostAtOnce: fake.mostOpen });
  calls = 0;
  fake.mostOpen = 0;
});
process.once('disconnect', () => process.exit(0));
process.send?.(fake.environment());
