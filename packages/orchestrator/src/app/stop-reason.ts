import type { StopCause } from '../domain/attempt-outcome.ts';

/** The reason of an attempt's AbortSignal: tells the arm, and the engine afterwards, why it was stopped. */
export class AttemptStopped extends Error {
  readonly stopCause: StopCause;

  constructor(stopCause: StopCause) {
    super(MESSAGES[stopCause]);
    this.name = 'AttemptStopped';
    this.stopCause = stopCause;
  }
}

const MESSAGES: { readonly [cause in StopCause]: string } = {
  cancel: 'the task was cancelled',
  deadline: 'the task reached its time budget',
  shutdown: 'this worker is shutting down',
  'lease-lost': 'the attempt was given to another worker',
};
