import { describe, expect, it } from 'vitest';
import { TASK_STATUSES } from '../../src/contract/index.ts';
import { isTerminal } from '../../src/domain/transitions.ts';

describe('the life of a task', () => {
  it('is over when completed, failed or cancelled', () => {
    expect(TASK_STATUSES.filter(isTerminal)).toEqual(['completed', 'failed', 'cancelled']);
  });
});
