import { describe, expect, it } from 'vitest';
import { createPrometheusMetrics } from '../../../src/adapters/metrics/prometheus.ts';
import type { Store } from '../../../src/ports/store.ts';

type Backlog = Awaited<ReturnType<Store['backlog']>>;

/** The lines of a scrape about waiting tasks. */
async function waiting(metrics: ReturnType<typeof createPrometheusMetrics>): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('orchestrator_queue_'));
}

describe('the metrics', () => {
  it('counts under the names of the contract', async () => {
    const metrics = createPrometheusMetrics(async () => []);
    metrics.taskSubmitted('high');
    metrics.taskReached('failed');
    metrics.screened('Blocked');
    metrics.attemptEnded('greenlight', 'retry', 0.2);
    const lines = (await metrics.registry.metrics()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'orchestrator_tasks_submitted_total{priority="high"} 1',
        'orchestrator_task_status_total{status="failed"} 1',
        'orchestrator_reflex_calls_total{status="Blocked"} 1',
        'orchestrator_arm_attempts_total{arm="greenlight",outcome="retry"} 1',
        'orchestrator_task_processing_seconds_bucket{le="0.25"} 1',
        'orchestrator_task_processing_seconds_bucket{le="0.1"} 0',
      ]),
    );
  });

  it('asks for the backlog once a scrape, and tells depth and age of that same moment', async () => {
    let now: Backlog = [{ arm: 'test', depth: 2, oldestAgeSeconds: 1.5 }];
    let asked = 0;
    const metrics = createPrometheusMetrics(async () => {
      asked += 1;
      return now;
    });
    expect(await waiting(metrics)).toEqual([
      'orchestrator_queue_oldest_age_seconds{arm="test"} 1.5',
      'orchestrator_queue_depth{arm="test"} 2',
    ]);
    now = [{ arm: 'other', depth: 1, oldestAgeSeconds: 9 }];
    expect(await waiting(metrics)).toEqual([
      'orchestrator_queue_oldest_age_seconds{arm="other"} 9',
      'orchestrator_queue_depth{arm="other"} 1',
    ]);
    expect(asked).toBe(2);
  });

  it('leaves the backlog out while the database is away', async () => {
    let away = false;
    const metrics = createPrometheusMetrics(async () => {
      if (away) throw new Error('away');
      return [{ arm: 'test', depth: 2, oldestAgeSeconds: 1 }];
    });
    expect(await waiting(metrics)).toHaveLength(2);
    away = true;
    expect(await waiting(metrics)).toEqual([]);
  });

  it('keeps a registry of its own: two systems in one process do not mix', async () => {
    const one = createPrometheusMetrics(async () => []);
    const other = createPrometheusMetrics(async () => []);
    one.taskSubmitted('low');
    expect(await other.registry.metrics()).not.toContain('priority="low"');
  });
});
