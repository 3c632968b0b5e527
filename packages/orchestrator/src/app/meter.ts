import { SwitchyardError, sleep } from '@switchyard/core';
import { decideHold } from '../domain/budget.ts';
import { shownValue } from '../domain/shown-value.ts';
import type { Task } from '../domain/task.ts';
import type {
  BudgetHold,
  BudgetStore,
  CallEstimate,
  CallUse,
  ExceededBudget,
  Meter,
  MeteredAttempt,
} from '../ports/meter.ts';
import { patientWrite } from './patient-write.ts';

/** Between two looks whether what others hold has come free. */
const LOOK_AGAIN_MS = 25;
/** What one call can use at most; beyond it nothing adds up any more. */
const MOST_TOKENS = 1_000_000_000;
const MOST = {
  tokens: MOST_TOKENS,
  inputTokens: MOST_TOKENS,
  outputTokens: MOST_TOKENS,
  costUsd: 1_000,
  extraSeconds: 1_000_000,
};
const MS = 1000;

/** What the task, or the tree that it stands in, may use is used up. Says which limit, how much, and by whom. */
export class BudgetExceeded extends SwitchyardError {
  readonly budget: ExceededBudget;

  constructor(budget: ExceededBudget) {
    super('budget_exceeded', 'terminal', budgetWords(budget));
    this.budget = budget;
  }
}

/** An arm asks for, or tells of, what no call can use. It would make every later sum wrong, so it ends the attempt. */
export class UsageInvalid extends SwitchyardError {
  constructor(field: string, value: unknown, most: number) {
    super(
      'usage_invalid',
      'terminal',
      `the arm told its meter ${field} ${shownValue(value)}; it may be a number from 0 to ${most}`,
    );
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
  /** Ends the waiting for a database that is away: a call that was made is counted, however long that takes. */
  readonly patience: AbortSignal;
  /** Told when the budget of a task above is over: the rest of its tree is to be stopped. */
  readonly onExceeded: (budget: ExceededBudget) => void;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Monotonic milliseconds. */
  readonly elapsed?: () => number;
}

export interface AttemptMeter extends Meter {
  /** Work elsewhere, beyond the time that passed here, milliseconds. */
  extraMs(): number;
  /** What is to be counted with the outcome; null: nothing. */
  uncounted(): CallUse | null;
  /** Counts it now, when it cannot be written with the outcome. */
  countApart(use: CallUse): Promise<void>;
}

/** @param task whose attempt it is; one that stands in no tree shares its budget with nobody, so it is held in memory */
export function createMeter(task: Task, attempt: number, options: MeterDependencies): AttemptMeter {
  const dependencies = { ...options, budgets: patientBudgets(options) };
  const last: { use: CallUse | null } = { use: null };
  const meter =
    task.tree === undefined
      ? createLoneMeter(task, attempt, dependencies, last)
      : createTreeMeter({ taskId: task.id, attempt }, dependencies);
  return {
    ...timed(checked(meter), task, options),
    uncounted: () => last.use,
    countApart: (use) => dependencies.budgets.count(task.id, use),
  };
}

/** Takes no number that is none. */
function checked(meter: Meter): Meter {
  return {
    hold: async (estimate, signal) => {
      check(estimate);
      const hold = await meter.hold(estimate, signal);
      return {
        release: () => hold.release(),
        settle: async (use) => {
          check(use);
          await hold.settle(use);
        },
        settleLast: async (use) => {
          check(use);
          await hold.settleLast(use);
        },
      };
    },
    record: async (use) => {
      check(use);
      await meter.record(use);
    },
  };
}

/** A module may be plain JavaScript: what it hands over need not be a number. */
function check(numbers: CallEstimate | CallUse): void {
  for (const [field, most] of Object.entries(MOST)) {
    const value: unknown = Reflect.get(numbers, field) ?? 0;
    if (!(typeof value === 'number' && value >= 0 && value <= most)) throw new UsageInvalid(field, value, most);
  }
}

/** Holds what is told of work elsewhere to the time that the task may take. */
function timed(
  meter: Meter,
  { id, budget, processingTimeMs }: Task,
  { elapsed = () => performance.now() }: MeterDependencies,
): Omit<AttemptMeter, 'uncounted' | 'countApart'> {
  const startedAt = elapsed();
  let extraMs = 0;
  return {
    hold: (...asked) => meter.hold(...asked),
    record: async (use) => {
      extraMs += (use.extraSeconds ?? 0) * MS;
      await meter.record(use);
      const used = ((processingTimeMs ?? 0) + elapsed() - startedAt + extraMs) / MS;
      if (extraMs === 0 || used <= budget.max_time_seconds) return;
      const seconds = Math.round(used * 10) / 10;
      const [limit, allowed] = ['max_time_seconds', budget.max_time_seconds] as const;
      throw new BudgetExceeded({ taskId: id, limit, allowed, used: seconds, by: [{ taskId: id, used: seconds }] });
    },
    extraMs: () => Math.round(extraMs),
  };
}

function patientBudgets({ budgets, patience }: MeterDependencies): BudgetStore {
  return {
    hold: (...asked) => patientWrite(() => budgets.hold(...asked), patience),
    settle: (...asked) => patientWrite(() => budgets.settle(...asked), patience),
    used: (taskId) => patientWrite(() => budgets.used(taskId), patience),
    count: (taskId, use) => patientWrite(() => budgets.count(taskId, use), patience),
    release: (holdId) => budgets.release(holdId),
  };
}

/** What was used is written with each call, so that the next attempt counts on; what is held lives as long as the attempt. */
function createLoneMeter(
  { id, budget }: Pick<Task, 'id' | 'budget'>,
  attempt: number,
  { budgets, sleep: pause = sleep }: MeterDependencies,
  last: { use: CallUse | null },
): Meter {
  const held = { tokens: 0, costUsd: 0 };
  let before: Promise<{ tokens: number; costUsd: number }> | null = null;
  const used = (): Promise<{ tokens: number; costUsd: number }> => {
    before ??=
      attempt === 1 ? Promise.resolve({ tokens: 0, costUsd: 0 }) : budgets.used(id).then((all) => ({ ...all }));
    return before;
  };
  const exceeded = (limit: 'max_tokens' | 'max_cost_usd', amount: number): BudgetExceeded =>
    new BudgetExceeded({
      taskId: id,
      limit,
      allowed: budget[limit],
      used: rounded(amount),
      by: [{ taskId: id, used: rounded(amount) }],
    });
  const record: Meter['record'] = async (use) => {
    const all = await used();
    all.tokens += use.inputTokens + use.outputTokens;
    all.costUsd += use.costUsd ?? 0;
    await budgets.count(id, use);
    if (all.tokens > budget.max_tokens) throw exceeded('max_tokens', all.tokens);
    if (all.costUsd > budget.max_cost_usd) throw exceeded('max_cost_usd', all.costUsd);
  };
  return {
    record,
    hold: async ({ tokens, costUsd }, signal) => {
      const asked = costUsd ?? 0;
      for (;;) {
        signal?.throwIfAborted();
        const all = await used();
        const forTokens = decideHold({ allowed: budget.max_tokens, used: all.tokens, held: held.tokens }, tokens);
        // What has no price cannot be held to a limit in dollars.
        const forCost =
          asked === 0
            ? 'hold'
            : decideHold({ allowed: budget.max_cost_usd, used: all.costUsd, held: held.costUsd }, asked);
        if (forTokens === 'exceeded') throw exceeded('max_tokens', all.tokens);
        if (forCost === 'exceeded') throw exceeded('max_cost_usd', all.costUsd);
        if (forTokens === 'hold' && forCost === 'hold') break;
        await pause(LOOK_AGAIN_MS, signal);
      }
      held.tokens += tokens;
      held.costUsd += asked;
      let isOut = true;
      const letGo = (): void => {
        if (!isOut) return;
        isOut = false;
        held.tokens -= tokens;
        held.costUsd -= asked;
      };
      return {
        settle: async (use) => {
          letGo();
          await record(use);
        },
        settleLast: async (use) => {
          letGo();
          if (last.use === null) last.use = use;
          else await record(use);
        },
        release: async () => letGo(),
      };
    },
  };
}

/** Dollars add up with the dust of binary fractions. */
function rounded(amount: number): number {
  return Math.round(amount * 1e8) / 1e8;
}

function ignoreExceeded(error: unknown): void {
  if (!(error instanceof BudgetExceeded)) throw error;
}

function createTreeMeter(attempt: MeteredAttempt, dependencies: MeterDependencies): Meter {
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
    settleLast: (use) => settle(holdId, use).catch(ignoreExceeded),
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
