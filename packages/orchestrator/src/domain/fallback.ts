/** Which arm is asked when another has given up on a task. */
import type { FieldError, JsonValue } from '../contract/index.ts';
import { laxType, policyFor, type ScreeningMode, type ScreeningPolicy } from './screening.ts';
import type { Task } from './task.ts';

/** What of an arm matters here. */
export interface FallbackFacts {
  readonly screening: ScreeningMode;
  readonly policy?: ScreeningPolicy;
  readonly fallback?: readonly string[];
  checkInput(input: JsonValue): FieldError[];
}

/**
 * The first arm that is named as a fallback by one of those that had the task (in the order that they had it), was not asked
 * yet, takes its input, and may see its texts: what the first arm only reports goes to no arm that does not let it through.
 *
 * @returns null when there is none
 */
export function nextArmFor(
  { arm, armsTried, input, tree }: Pick<Task, 'arm' | 'armsTried' | 'input' | 'tree'>,
  arms: ReadonlyMap<string, FallbackFacts>,
): string | null {
  const asked = [...armsTried, arm];
  const first = arms.get(asked[0] ?? arm);
  const passed = policyFor(first ?? { screening: 'report' });
  // An arm that makes one result of its subtasks' gets theirs as its input, not what its schema speaks of.
  const isReducing = (tree?.parent ?? null) !== null;
  const takes = (other: FallbackFacts): boolean =>
    laxType(passed, policyFor(other)) === null && (isReducing || other.checkInput(input).length === 0);
  for (const name of asked.flatMap((one) => arms.get(one)?.fallback ?? [])) {
    const other = arms.get(name);
    if (other !== undefined && !asked.includes(name) && takes(other)) return name;
  }
  return null;
}
