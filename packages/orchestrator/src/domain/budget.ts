/** Whether a call may be made: pure rules over what was used, what is set aside and what is allowed. */

export interface BudgetStanding {
  readonly allowed: number;
  readonly used: number;
  /** Set aside for calls that are out. */
  readonly held: number;
}

export type HoldDecision = 'hold' | 'wait' | 'exceeded';

/**
 * A call that fits begins at once. One that does not fit waits for those that are out; the last one left may begin although it
 * could go over, since nobody knows before what it will use. So a budget is exceeded by one call at most.
 *
 * @param asked an upper bound for the call
 */
export function decideHold({ allowed, used, held }: BudgetStanding, asked: number): HoldDecision {
  if (used >= allowed) return 'exceeded';
  if (used + held + asked <= allowed || held === 0) return 'hold';
  return 'wait';
}
