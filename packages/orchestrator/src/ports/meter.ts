/**
 * What an arm asks before it spends, and tells when it has. A budget holds over all attempts of a task and over the whole
 * tree that it stands in: every task above it counts what it spends.
 */

/** What one call may use at most. */
export interface CallEstimate {
  readonly tokens: number;
  /** US dollars; null when the price is not known. */
  readonly costUsd: number | null;
}

/** What one call did use. */
export interface CallUse {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars; null when the price is not known, which no dollar limit can stop and the task then says. */
  readonly costUsd: number | null;
  /** Of work elsewhere, beyond the time that the attempt has taken here. Default 0. */
  readonly extraSeconds?: number;
}

/** A part of the budget that is set aside for one call. It must be settled or released. */
export interface BudgetHold {
  /** @throws BudgetExceeded when the budget is over now: the call was made, and none may follow it */
  settle(use: CallUse): Promise<void>;
  /**
   * Counts the last call of an attempt: where that is possible in one write with its outcome. That the budget is over now
   * is no error, since no call follows.
   */
  settleLast(use: CallUse): Promise<void>;
  /** The call was not made, or nothing is known of it. Never rejects. */
  release(): Promise<void>;
}

export interface Meter {
  /**
   * Sets part of the budget aside, waiting while others hold what is left. At most one call goes over a budget: what does
   * not fit begins only when no other call is out.
   *
   * @throws BudgetExceeded when nothing is left; UsageInvalid; the signal's reason
   */
  hold(estimate: CallEstimate, signal?: AbortSignal): Promise<BudgetHold>;
  /** Counts a call that was made without asking, by an arm that only tells. @throws BudgetExceeded, UsageInvalid */
  record(use: CallUse): Promise<void>;
}

/** Which attempt asks. */
export interface MeteredAttempt {
  readonly taskId: string;
  readonly attempt: number;
}

export interface ExceededBudget {
  /** Whose budget it is: the task itself or one above it. */
  readonly taskId: string;
  readonly limit: 'max_tokens' | 'max_cost_usd' | 'max_time_seconds';
  readonly allowed: number;
  readonly used: number;
  /** Who used most, the largest first. */
  readonly by: readonly { readonly taskId: string; readonly used: number }[];
}

export type HoldAnswer =
  | { readonly kind: 'held'; readonly holdId: string }
  /** Others hold what is left; it may be free again when they settle. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'exceeded'; readonly budget: ExceededBudget };

/** The part of the store that counts. Every method is one transaction. */
export interface BudgetStore {
  hold(attempt: MeteredAttempt, estimate: CallEstimate): Promise<HoldAnswer>;
  /** @returns the budget that is over now, if one is. A null hold counts without one. */
  settle(attempt: MeteredAttempt, holdId: string | null, use: CallUse): Promise<ExceededBudget | null>;
  release(holdId: string): Promise<void>;
  /** What attempts before this one have used, of a task that stands in no tree. */
  used(taskId: string): Promise<{ readonly tokens: number; readonly costUsd: number }>;
  /** Counts for a task that stands in no tree. */
  count(taskId: string, use: CallUse): Promise<void>;
}
