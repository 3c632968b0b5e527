import { SwitchyardError, sleep } from '@switchyard/core';
import type { BudgetHold, BudgetStore, ExceededBudget, Meter, MeteredAttempt } from '../ports/meter.ts';

/** Between two looks whether what others hold has come free. */
const LOOK_AGAIN_MS = 25;

/** What the task, or the tree that it stands in, may use is used up. Says which limit, how much, and by whom. */
export class BudgetExceeded extends SwitchyardError {
  readonly budget: ExceededBudget;

  constructor(budget: ExceededBudget) {
    super('budget_exceeded', 'terminal', budgetWords(budget));
    this.budget = budget;
  }
}

const UNITS: { readonly [limit in ExceededBudget['limit']]: string } = {
  max_tokens: 'tokens',
  max_cost_usd: 'dollars',
  max_time_seconds: 'seconds',
};

export function budgetWords({ taskId, limit, allowed, used, by }: ExceededBudget): string {
  const unit = UNITS[limit];
  const shares = by.map((share) => `${share.used} by task ${share.taskId}`).join(', ');
  return `the budget of task ${taskId} is used up: budget.${limit} allows ${allowed} ${unit} and ${used} were used${shares === '' ? '' : ` (${shares})`}`;
}

export interface MeterDependencies {
  readonly budgets: BudgetStore;
  /** Told when the budget of a task above is over: the rest of its tree is to be stopped. */
  readonly onExceeded: (budget: ExceededBudget) => void;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export function createMeter(attempt: MeteredAttempt, dependencies: MeterDependencies): Meter {
  const { budgets, onExceeded, sleep: pause = sleep } = dependencies;
  const exceeded = (budget: ExceededBudget): BudgetExceeded => {
    if (budget.taskId !== attempt.taskId) onExceeded(budget);
    return new BudgetExceeded(budget);
  };
  const settle = async (holdId: string | null, use: Parameters<Meter['record']>[0]): Promise<void> => {
    const over = await budgets.settle(attempt, holdId, use);
    if (over !== null) throw exceeded(over);
  };
  const holdOf = (holdId: string): BudgetHold => ({
    settle: (use) => settle(holdId, use),
    // A hold that stays goes with its attempt.
    release: () => budgets.release(holdId).catch(() => undefined),
  });
  return {
    hold: async (estimate, signal) => {
      for (;;) {
        signal?.throwIfAborted();
        const answer = await budgets.hold(attempt, estimate);
        if (answer.kind === 'held') return holdOf(answer.holdId);
        if (answer.kind === 'exceeded') throw exceeded(answer.budget);
        await pause(LOOK_AGAIN_MS, signal);
      }
    },
    record: (use) => settle(null, use),
  };
}
