import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentRun } from '../../../src/transport/delivery/agent-run.ts';
import type { Entry, Lane } from '../../../src/transport/delivery/delivery-entry.ts';
import { Outbox } from '../../../src/transport/delivery/outbox.ts';

const run = new AgentRun({
  type: 'agent-start',
  agent_version: { external_identifier: 'a', name: 'a', description: '' },
  timestamp: '',
  register_idempotency_key: 'r',
  idempotency_key: 's',
});

function entryOf(number: number, trace: number, bytes = 1): Entry {
  return {
    number,
    run,
    bytes,
    spooled: false,
    orphaned: false,
    place: { name: 'new' },
    action: {
      type: 'span-create',
      trace_id: `trace ${trace}`,
      span_id: `span ${number}`,
      parent_span_id: null,
      schema_name: 'span',
      status: 'complete',
      payload: {},
      started_at: '',
      finished_at: '',
      idempotency_key: `key ${number}`,
    },
  };
}

function nextLane(outbox: Outbox): Lane | null {
  const next = outbox.ready.tryGet();
  return next === null || next.done ? null : next.item;
}

type Step = {
  readonly do: 'add' | 'take' | 'settle' | 'put-back' | 'set-aside' | 'wake' | 'drop';
  readonly trace: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('add', 'add', 'take', 'take', 'settle', 'settle', 'put-back', 'set-aside', 'wake', 'drop'),
  trace: fc.integer({ min: 1, max: 3 }),
});

describe('Outbox', () => {
  it('keeps order within a lane, one worker a lane, and its sums, under random steps (1, 2, 4)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const outbox = new Outbox({ maxItems: 1_000, maxBytes: 1_000 }, () => 0);
        const working: { lane: Lane; entry: Entry }[] = [];
        const live = new Set<Entry>();
        let number = 0;
        const finish = (how: (entry: Entry) => void): void => {
          const work = working.shift();
          if (work === undefined) return;
          how(work.entry);
          outbox.end(work.lane);
        };
        const settle = (entry: Entry): void => {
          outbox.settle(entry);
          live.delete(entry);
        };
        for (const { do: what, trace } of steps) {
          if (what === 'add') {
            number += 1;
            const entry = entryOf(number, trace);
            live.add(entry);
            outbox.add(entry);
          } else if (what === 'take') {
            const lane = nextLane(outbox);
            if (lane === null) continue;
            const entry = outbox.begin(lane);
            const isFirst = [...live].every(
              (other) =>
                other.place.name !== 'queued' || other.place.lane !== lane || other.number > (entry?.number ?? 0),
            );
            const isAlone = working.every((other) => other.lane !== lane);
            if (!isAlone || (entry !== null && !isFirst)) return false;
            if (entry === null) outbox.end(lane);
            else working.push({ lane, entry });
          } else if (what === 'settle') finish(settle);
          else if (what === 'put-back') finish((entry) => outbox.putBack(entry));
          else if (what === 'set-aside')
            finish((entry) => (outbox.laneCount > 1 ? outbox.setAside(entry, 'x') : outbox.putBack(entry)));
          else if (what === 'wake') outbox.wake('x');
          else for (const entry of [...live].filter(({ place }) => place.name !== 'sending').slice(0, 1)) settle(entry);
          if (outbox.size !== live.size || outbox.bytes !== live.size) return false;
          // Entries that wait give way to those behind them: from here on only the sums are compared.
          if (outbox.waitingCount > 0) outbox.wake('x');
        }
        while (working.length > 0) finish(settle);
        for (let lane = nextLane(outbox); lane !== null; lane = nextLane(outbox)) {
          const entry = outbox.begin(lane);
          if (entry !== null) settle(entry);
          outbox.end(lane);
        }
        return outbox.size === 0 && outbox.bytes === 0 && outbox.laneCount === 0 && live.size === 0;
      }),
    );
  });

  it('names the oldest that no worker has to make room (3)', () => {
    const outbox = new Outbox({ maxItems: 3, maxBytes: 10 }, () => 0);
    const entries = [1, 2, 3].map((number) => entryOf(number, number));
    for (const entry of entries) outbox.add(entry);
    const lane = nextLane(outbox);
    if (lane !== null) outbox.begin(lane);
    expect(outbox.inTheWay(entryOf(4, 4))).toBe(entries[1]);
    expect(outbox.fits(entryOf(5, 5, 11))).toBe(false);
    for (const entry of entries) outbox.settle(entry);
    expect(outbox.inTheWay(entryOf(6, 6, 10))).toBeNull();
  });

  it('halted, it hands nothing out, and says so to whoever waits for quiet', async () => {
    const outbox = new Outbox({ maxItems: 3, maxBytes: 10 }, () => 0);
    outbox.add(entryOf(1, 1));
    const lane = nextLane(outbox);
    const entry = lane === null ? null : outbox.begin(lane);
    const quiet = outbox.quiet(new AbortController().signal);
    outbox.halt();
    if (entry !== null) outbox.putBack(entry);
    if (lane !== null) outbox.end(lane);
    await quiet;
    expect(nextLane(outbox)).toBeNull();
    expect(outbox.size).toBe(1);
  });
});
