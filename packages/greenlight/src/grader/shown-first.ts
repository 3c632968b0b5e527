import type { StepOutcome } from '../sandbox/port.ts';
import type { GradedTest } from './graded-tests.ts';

/**
 * The order in which a box gets its steps: those of shown tests before those of hidden ones. What a submission prints in a shown test is
 * shown, so nothing that it could print there may know what a hidden test asks: neither a step before it nor the box itself.
 */
export interface ShownFirst {
  readonly ordered: readonly GradedTest[];
  /** How many of them are of shown tests. */
  readonly shown: number;
  /** The outcomes of those steps, back in the order of the tests. */
  inOrderOfTests(outcomes: readonly StepOutcome[]): StepOutcome[];
}

export function shownFirst(graded: readonly GradedTest[]): ShownFirst {
  const places = [...graded.keys()].toSorted((a, b) => Number(isHidden(graded[a])) - Number(isHidden(graded[b])));
  return {
    ordered: places.flatMap((place) => graded[place] ?? []),
    shown: graded.filter((one) => !isHidden(one)).length,
    inOrderOfTests: (outcomes) => graded.flatMap((_, place) => outcomes[places.indexOf(place)] ?? []),
  };
}

function isHidden(graded: GradedTest | undefined): boolean {
  return graded?.test.hidden === true;
}
