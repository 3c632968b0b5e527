import { describe, expect, it } from 'vitest';
import { taskQuerySchema, taskRequestSchema } from '../../src/contract/index.ts';

const GOAL = { goal: 'sort the post' };

describe('the task request', () => {
  it('needs only a goal and has a default for everything else', () => {
    expect(taskRequestSchema.parse(GOAL)).toEqual({
      goal: 'sort the post',
      constraints: {},
      acceptance_criteria: [],
      budget: { max_tokens: 10_000, max_time_seconds: 300, max_cost_usd: 1 },
      priority: 'medium',
      metadata: {},
      max_attempts: 3,
      aggregate: { by: 'all' },
      on_child_failure: 'fail',
    });
  });

  it('fills in what a budget leaves out', () => {
    expect(taskRequestSchema.parse({ ...GOAL, budget: { max_tokens: 5 } }).budget).toEqual({
      max_tokens: 5,
      max_time_seconds: 300,
      max_cost_usd: 1,
    });
  });

  it('leaves unknown fields aside and takes null for what may be left out', () => {
    const request = { ...GOAL, unknown: 1, context: null, assigned_arm: null, parent_task_id: null, start_after: null };
    expect(taskRequestSchema.parse(request)).not.toHaveProperty('unknown');
  });

  it.each([
    ['goal', 'x'],
    ['goal', 'x'.repeat(10_000)],
    ['context', 'x'.repeat(50_000)],
    ['acceptance_criteria', Array.from({ length: 100 }, () => 'x'.repeat(2_000))],
    ['budget', { max_tokens: 1, max_time_seconds: 1, max_cost_usd: 0 }],
    ['budget', { max_tokens: 100_000, max_time_seconds: 3600, max_cost_usd: 100 }],
    ['priority', 'critical'],
    ['assigned_arm', 'a-1'],
    ['parent_task_id', '6f1c8dd8-9d0e-4a2e-9d3a-0d7c8a1f2b34'],
    ['input', null],
    ['input', { deep: [1, 'two', { three: true }] }],
    ['start_after', '2026-01-31T09:00:00+01:00'],
    ['start_after', '9999-12-31T23:59:59Z'],
    ['max_attempts', 1],
    ['max_attempts', 20],
  ])('takes %s at its bound', (field, value) => {
    expect(taskRequestSchema.safeParse({ ...GOAL, [field]: value }).success).toBe(true);
  });

  it.each([
    ['goal', ''],
    ['goal', ' \n\t '],
    ['goal', 'x'.repeat(10_001)],
    ['goal', 'nul \u0000'],
    ['goal', 5],
    ['goal', null],
    ['constraints', []],
    ['constraints', null],
    ['context', 'x'.repeat(50_001)],
    ['context', '\u0000'],
    ['acceptance_criteria', Array.from({ length: 101 }, () => 'x')],
    ['acceptance_criteria', ['x'.repeat(2_001)]],
    ['acceptance_criteria', ['']],
    ['acceptance_criteria', 'x'],
    ['budget', { max_tokens: 0 }],
    ['budget', { max_tokens: 100_001 }],
    ['budget', { max_tokens: 1.5 }],
    ['budget', { max_time_seconds: 0.5 }],
    ['budget', { max_time_seconds: 3601 }],
    ['budget', { max_cost_usd: -0.01 }],
    ['budget', { max_cost_usd: 100.01 }],
    ['budget', { max_cost_usd: '1' }],
    ['priority', 'urgent'],
    ['assigned_arm', 'Greenlight'],
    ['assigned_arm', ''],
    ['assigned_arm', 'a'.repeat(64)],
    ['parent_task_id', 'not-a-uuid'],
    ['input', Number.POSITIVE_INFINITY],
    ['metadata', 'x'],
    ['start_after', 'tomorrow'],
    ['start_after', '2026-01-31T09:00:00'],
    ['start_after', '2026-02-30T09:00:00Z'],
    ['start_after', '0000-01-01T00:00:00Z'],
    ['start_after', '9999-12-31T23:59:59-01:00'],
    ['max_attempts', 0],
    ['max_attempts', 21],
  ])('refuses %s out of its bounds, and nothing else', (field, value) => {
    const parsed = taskRequestSchema.safeParse({ ...GOAL, [field]: value });
    expect(parsed.error?.issues).toHaveLength(1);
    expect(parsed.error?.issues[0]?.path[0]).toBe(field);
  });
});

describe('the query of the task list', () => {
  it('reads numbers from text and asks for 50 unless told', () => {
    expect(taskQuerySchema.parse({})).toEqual({ limit: 50 });
    expect(taskQuerySchema.parse({ limit: '200', status: 'failed' })).toEqual({ limit: 200, status: 'failed' });
  });

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', '1.5'],
    ['limit', 'many'],
    ['status', 'done'],
    ['q', 'nul \u0000'],
    ['q', 'x'.repeat(201)],
    ['arm', '\u0000'],
    ['arm', 'a'.repeat(64)],
    ['cursor', 'x'.repeat(201)],
  ])('refuses %s=%j', (field, value) => {
    expect(taskQuerySchema.safeParse({ [field]: value }).success).toBe(false);
  });
});
