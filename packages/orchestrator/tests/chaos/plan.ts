/** What will happen in a run: all of it decided by the seed before it begins. */
import fc from 'fast-check';

export interface PlannedTask {
  /** How long the arm takes. */
  readonly ms: number;
  /** Its first attempt fails for a reason that may pass. */
  readonly failsFirst: boolean;
  /** Done by a program in a process of its own, not in the worker. */
  readonly byProgram: boolean;
  /** Someone asks to cancel it as soon as it is acknowledged. */
  readonly cancelled: boolean;
}

/** One call of a client: a single task, or several as one batch. */
export interface PlannedCall {
  readonly atMs: number;
  readonly tasks: readonly PlannedTask[];
}

export const FAULTS = [
  'kill-worker',
  'kill-api',
  /** SIGSTOP for a while: a node that was thought dead comes back and wants to write. */
  'pause-worker',
  /** The server is stopped in order and started again. */
  'restart-database',
  /** The server is killed and recovers. */
  'crash-database',
  /** The server ends half of the sessions. */
  'end-sessions',
  /** All connections of one process are reset. */
  'cut-connections',
  /** All connections of one process hang half-open, for longer than heartbeats may be missed. */
  'freeze-connections',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface PlannedFault {
  readonly atMs: number;
  readonly fault: Fault;
  /** Chooses the victim, and which half. */
  readonly dice: number;
}

export interface Plan {
  readonly calls: readonly PlannedCall[];
  readonly faults: readonly PlannedFault[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly tasks: number;
  /** Of workers and API processes together. */
  readonly kills: number;
  readonly durationMs: number;
  /** Whether the server may be restarted and crashed. */
  readonly ownServer: boolean;
}

const API_SHARE_OF_KILLS = 5;
const BATCH = 20;
const FIRST_FAULT = 0.05;
const LAST_FAULT = 0.9;

const task: fc.Arbitrary<PlannedTask> = fc.record({
  ms: fc.nat(150),
  failsFirst: fc.nat(9).map((n) => n === 0),
  byProgram: fc.nat(24).map((n) => n === 0),
  cancelled: fc.nat(49).map((n) => n === 0),
});

export function planOf({ seed, tasks, kills, durationMs, ownServer }: PlanOptions): Plan {
  const faults = faultsOf(kills, ownServer);
  const moment = fc.integer({ min: Math.round(durationMs * FIRST_FAULT), max: Math.round(durationMs * LAST_FAULT) });
  const [drawn] = fc.sample(
    fc.record({
      tasks: fc.array(task, { minLength: tasks, maxLength: tasks }),
      batched: fc.array(
        fc.nat(9).map((n) => n === 0),
        { minLength: tasks, maxLength: tasks },
      ),
      faults: fc.tuple(
        ...faults.map((fault) => fc.record({ atMs: moment, fault: fc.constant(fault), dice: fc.nat() })),
      ),
    }),
    { seed, numRuns: 1 },
  );
  if (drawn === undefined) throw new Error('nothing was drawn');
  const groups: PlannedTask[][] = [];
  for (let next = 0; next < tasks; ) {
    const size = drawn.batched[groups.length] === true ? BATCH : 1;
    groups.push(drawn.tasks.slice(next, next + size));
    next += size;
  }
  return {
    calls: groups.map((group, index) => ({ atMs: (durationMs * index) / groups.length, tasks: group })),
    faults: drawn.faults.toSorted((a, b) => a.atMs - b.atMs),
  };
}

/** So many kills, and other trouble in proportion; of each at least one. */
function faultsOf(kills: number, ownServer: boolean): Fault[] {
  const ofApi = Math.ceil(kills / API_SHARE_OF_KILLS);
  const share = (part: number): number => Math.max(1, Math.round(kills / part));
  const counts: { readonly [fault in Fault]: number } = {
    'kill-worker': kills - ofApi,
    'kill-api': ofApi,
    'pause-worker': share(15),
    'restart-database': ownServer ? share(15) : 0,
    'crash-database': ownServer ? share(15) : 0,
    'end-sessions': share(6),
    'cut-connections': share(6),
    'freeze-connections': share(15),
  };
  return FAULTS.flatMap((fault) => Array.from({ length: counts[fault] }, () => fault));
}
