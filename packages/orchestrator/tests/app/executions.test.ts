import { InvalidAtom, parseRunAtomRequest } from '@switchyard/greenlight';
import { describe, expect, it } from 'vitest';
import { RequestInvalid, TaskBlocked } from '../../src/app/errors.ts';
import { createExecutions } from '../../src/app/executions.ts';
import { createReadTask } from '../../src/app/read-task.ts';
import type { Submit } from '../../src/app/submit.ts';
import { createHandDrivenStore, silentLogger } from '../../testing/index.ts';

const ATOM = parseRunAtomRequest({
  atom_id: 'double',
  atom_type: 'code_submission',
  front: '',
  back: 'def double(n): return 2 * n',
  content_json: { language: 'python', tests: [{ input: [2], expected: 4 }], runner_limits: { wall_ms: 120_000 } },
});
const RESULT = {
  atom_id: 'double',
  partial_score: 1,
  tests_passed: 1,
  tests_total: 1,
  test_results: [],
  error_class: null,
  git_suggestions: [],
  execution_time_ms: 1,
  meta_cognitive: {},
  correct: true,
  feedback: '',
  stdout: '',
  stderr: '',
};

function executions(submit: Submit = () => Promise.reject(new Error('nothing is to be submitted'))) {
  const store = createHandDrivenStore();
  const read = createReadTask({ store, keys: null, logger: silentLogger });
  return { store, executions: createExecutions(submit, read) };
}

const context = { idempotencyKey: 'k', requestId: 'r', parent: null };

describe('queue', () => {
  it('makes a task of the greenlight arm that holds the atom and the time that its tests may take', async () => {
    const calls: Parameters<Submit>[] = [];
    const { executions: port } = executions(async (...call) => {
      calls.push(call);
      return { taskId: 't', replayed: false, keyExpiresAt: null, trace: null };
    });
    expect(await port.queue(ATOM, context)).toBe('t');
    expect(calls[0]?.[0]).toMatchObject({
      assigned_arm: 'greenlight',
      input: { atom_id: 'double', content_json: { language: 'python' } },
      budget: { max_time_seconds: 3 * 120 + 60 },
    });
    expect(calls[0]?.[1]).toMatchObject({ idempotencyKey: 'k', requestId: 'r' });
  });

  it('points a refusal at the field of the atom, and leaves other refusals as they are', async () => {
    const invalid = executions(() =>
      Promise.reject(new RequestInvalid([{ pointer: '/input/front', detail: 'is bad' }])),
    );
    const refusal = invalid.executions.queue(ATOM, context);
    await expect(refusal).rejects.toBeInstanceOf(InvalidAtom);
    await expect(refusal).rejects.toMatchObject({ issues: [{ pointer: '/front', detail: 'is bad' }] });
    const blocked = executions(() => Promise.reject(new TaskBlocked('greenlight', [])));
    await expect(blocked.executions.queue(ATOM, context)).rejects.toBeInstanceOf(TaskBlocked);
  });
});

describe('find', () => {
  it.each([
    [{ status: 'pending' } as const, { status: 'pending' }],
    [{ status: 'processing' } as const, { status: 'running' }],
    [{ status: 'completed', result: RESULT } as const, { status: 'complete', result: RESULT }],
    [
      { status: 'failed', error: { code: 'worker_lost', message: 'three workers died on it' } } as const,
      { status: 'failed', message: 'three workers died on it' },
    ],
    [{ status: 'failed' } as const, { status: 'failed', message: 'no reason was kept' }],
    [{ status: 'cancelled' } as const, { status: 'failed', message: 'it was cancelled' }],
  ])('reads the task %j', async (task, execution) => {
    const { store, executions: port } = executions();
    const { id } = store.add({ ...task, arm: 'greenlight', input: { atom_id: 'double' } });
    expect(await port.find(id)).toEqual({ executionId: id, atomId: 'double', ...execution });
  });

  it('knows no task of another arm', async () => {
    const { store, executions: port } = executions();
    expect(await port.find(store.add({ arm: 'generalist' }).id)).toBeNull();
    expect(await port.find('nothing')).toBeNull();
  });
});
