import { describe, expect, it } from 'vitest';
import { AgentRun } from '../../../src/transport/delivery/agent-run.ts';
import { type KnownSpan, SpanIds } from '../../../src/transport/delivery/span-ids.ts';

const run = new AgentRun({
  type: 'agent-start',
  agent_version: { external_identifier: 'a', name: 'a', description: '' },
  timestamp: '',
  register_idempotency_key: 'r',
  idempotency_key: 's',
});
const unsent = (): KnownSpan => ({ traceId: 't', run, place: { name: 'unsent' }, life: 'open' });

describe('SpanIds', () => {
  it('leads from a span that was never sent to the nearest above it that was (1)', () => {
    const ids = new SpanIds({ maxSpans: 10, rememberMs: 10, now: () => 0 });
    for (const id of ['a', 'b', 'c']) ids.add(id, unsent());
    expect(ids.resolve('c')).toEqual({ name: 'unknown', spanId: 'c' });
    ids.settle('c', { name: 'dropped', parent: 'b' });
    ids.settle('b', { name: 'dropped', parent: 'a' });
    expect(ids.resolve('c')).toEqual({ name: 'unknown', spanId: 'a' });
    ids.settle('a', { name: 'sent', id: 'backend' });
    expect(ids.resolve('c')).toEqual({ name: 'known', id: 'backend' });
    expect(ids.resolve(null)).toEqual({ name: 'known', id: null });
  });

  it('remembers a finished span for a while (2), and spans that are on their way whatever the bound (3)', () => {
    let now = 0;
    const ids = new SpanIds({ maxSpans: 2, rememberMs: 10, now: () => now });
    ids.add('a', unsent());
    ids.settle('a', { name: 'sent', id: '1' });
    ids.finish('a');
    expect(ids.resolve('a')).toEqual({ name: 'known', id: '1' });
    now = 10;
    ids.add('b', unsent());
    expect(ids.get('a')).toBeUndefined();
    ids.add('c', unsent());
    ids.add('d', unsent());
    expect(ids.size).toBe(3);
    ids.settle('b', { name: 'sent', id: '2' });
    expect(ids.get('b')).toBeUndefined();
    expect(ids.forgotten).toBe(1);
  });
});
