/** How a step ends otherwise than by coming to its end. */
import type { BoxVerdict } from '../../harness/verdict.ts';
import type { Engine } from './engine.ts';

/** Ends a step from wherever the host notices that it has to. */
export class StepEnded extends Error {
  readonly verdict: BoxVerdict;

  constructor(verdict: BoxVerdict) {
    super(verdict.kind);
    this.verdict = verdict;
  }
}

/** What an exception out of the engine itself means. */
export function failureOf(error: unknown, engine: Engine): BoxVerdict {
  if (error instanceof RangeError && error.message.includes('call stack')) {
    const message = 'the recursion went deeper than the sandbox has stack for';
    return { kind: 'raised', error: { type: 'RangeError', message } };
  }
  if (engine.exhausted()) return { kind: 'out-of-memory' };
  return { kind: 'lost', reason: `the engine broke down (${error instanceof Error ? error.message : String(error)})` };
}

/** What the tests ask for is not there. */
export function missing(message: string, type: string): StepEnded {
  return new StepEnded({ kind: 'raised', error: { type, message } });
}
