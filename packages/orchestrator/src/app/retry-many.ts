/** Many failed tasks to the queue again, in bounded batches, so that no transaction grows with the backlog. */
import type { Signals } from '../ports/signals.ts';
import type { FailedFilter, Store } from '../ports/store.ts';

const BATCH = 500;
/** Of one call; whoever wants more calls again. */
const CALL_LIMIT = 5_000;

export interface RetryManyRequest extends FailedFilter {
  /** Only count. */
  readonly dryRun: boolean;
}

export interface RetryManyAnswer {
  readonly retried: number;
  /** Failed tasks of the filter that are still to be tried again, by the code of their error. */
  readonly remaining: { readonly [code: string]: number };
  /** What failed from here on was not looked at: what is tried again and fails again does not come in twice. */
  readonly before: Date;
}

export type RetryMany = (request: RetryManyRequest) => Promise<RetryManyAnswer>;

export function createRetryMany(
  store: Pick<Store, 'retrySome' | 'countFailed'>,
  signals: Signals,
  now: () => number = Date.now,
): RetryMany {
  return async ({ dryRun, ...asked }) => {
    const before = asked.before ?? new Date(now());
    const filter = { ...asked, before };
    let retried = 0;
    while (!dryRun && retried < CALL_LIMIT) {
      const some = await store.retrySome(filter, BATCH);
      retried += some.length;
      signals.publish([...new Set(some.map(({ arm }) => arm))].map((key) => ({ topic: 'jobs', key })));
      signals.publish(some.map(({ id }) => ({ topic: 'task', key: id })));
      if (some.length < BATCH) break;
    }
    return { retried, remaining: await store.countFailed(filter), before };
  };
}
