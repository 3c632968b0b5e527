/** Whether the system can take work: each part asked by what it is known to its users as. */
import type { ReadinessPart } from '../contract/index.ts';
import type { Arm } from '../ports/arm.ts';
import type { Screen } from '../ports/screen.ts';
import type { Store } from '../ports/store.ts';

export interface Check {
  readonly ok: boolean;
  readonly detail: string;
}

/** Rejecting means no. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<Check>;

export type ReadinessChecks = { readonly [part in ReadinessPart]: ReadinessCheck };

export interface ReadinessOptions {
  readonly store: Pick<Store, 'ping'>;
  /** The node's own connection. */
  readonly connection: { readonly connected: boolean };
  /** Null when it can be read; else why not. */
  readonly queue: { problem(): Promise<string | null> };
  readonly screen: Screen;
  /** The arms of this process; none where others do the work. */
  readonly arms: readonly Arm[];
}

export function createReadiness({ store, connection, queue, screen, arms }: ReadinessOptions): ReadinessChecks {
  return {
    database: async (signal) => {
      await store.ping(signal);
      return connection.connected ? { ok: true, detail: 'answers' } : { ok: false, detail: 'reconnecting' };
    },
    queue: async () => checkOf(await queue.problem(), 'answers'),
    reflex_layer: async (signal) => checkOf(await screen.problem(signal), screen.description),
    arms: async () => {
      const problems = arms.flatMap((arm) => {
        const problem = arm.problem();
        return problem === null ? [] : [`${arm.name}: ${problem}`];
      });
      const here = arms.length === 0 ? 'none in this process; workers do them' : arms.map((arm) => arm.name).join(', ');
      return checkOf(problems.length === 0 ? null : problems.join('; '), here);
    },
  };
}

function checkOf(problem: string | null, detail: string): Check {
  return problem === null ? { ok: true, detail } : { ok: false, detail: problem };
}
