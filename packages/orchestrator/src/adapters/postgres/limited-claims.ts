/**
 * Claims for arms that have limits over all nodes: a claim holds the arm's row, so that one node at a time counts, claims
 * and writes down what it took. Arms without limits never come here.
 */
import type { ArmLimits } from '../../domain/arm-limits.ts';
import { takeFrom } from '../../domain/rate.ts';
import type { Claim, NodeIdentity } from '../../ports/store.ts';
import { JOBS, queueName } from '../pg-boss/job-rows.ts';
import { beginAttempts, settleClaims } from './claims.ts';
import type { Database, SqlTransaction } from './database.ts';

/** How soon to look again where other nodes have as many running as may be. */
const LOOK_AGAIN_MS = 1_000;

export interface LimitedClaims {
  claim(arm: string, count: number, node: NodeIdentity): Promise<Claim[]>;
  /** See Store.claimAgainMs. */
  againMs(arm: string): number | null;
}

/** @param elapsed monotonic milliseconds */
export function createLimitedClaims(
  database: Database,
  limits: ReadonlyMap<string, ArmLimits>,
  elapsed: () => number = () => performance.now(),
): LimitedClaims {
  const againAt = new Map<string, number>();
  return {
    claim: async (arm, count, node) => {
      const own = limits.get(arm);
      const { rows, againInMs } = await database.transaction((transaction) =>
        claimWithin(transaction, own ?? UNLIMITED, arm, count, node),
      );
      if (againInMs === null) againAt.delete(arm);
      else againAt.set(arm, elapsed() + againInMs);
      return settleClaims(database, arm, rows);
    },
    againMs: (arm) => {
      const at = againAt.get(arm);
      return at === undefined ? null : Math.max(0, at - elapsed());
    },
  };
}

const UNLIMITED: ArmLimits = { rate: null, maxRunning: null };

async function claimWithin(
  transaction: SqlTransaction,
  { rate, maxRunning }: ArmLimits,
  arm: string,
  count: number,
  node: NodeIdentity,
): Promise<{ rows: Awaited<ReturnType<typeof beginAttempts>>; againInMs: number | null }> {
  const nextAtUs = await lockLimits(transaction, arm);
  // A statement of its own: what was committed while the lock was waited for counts.
  const { nowUs, running } = await readStanding(transaction, arm);
  const room = maxRunning === null ? count : Math.max(0, Math.min(count, maxRunning - running));
  const may = rate === null ? room : takeFrom(rate, nextAtUs, nowUs, room).granted;
  const rows = may === 0 ? [] : await beginAttempts(transaction, arm, may, node);
  const isHeldBack = may < count && rows.length === may;
  if (rate === null) return { rows, againInMs: isHeldBack ? LOOK_AGAIN_MS : null };
  const taken = takeFrom(rate, nextAtUs, nowUs, rows.length);
  if (rows.length > 0) {
    await transaction.query('UPDATE switchyard.arm_limits SET next_at_us = $2 WHERE arm = $1', [arm, taken.nextAtUs]);
  }
  if (!isHeldBack) return { rows, againInMs: null };
  return { rows, againInMs: room < count && may === room ? LOOK_AGAIN_MS : taken.againInMs };
}

async function lockLimits(transaction: SqlTransaction, arm: string): Promise<number> {
  const lock = 'SELECT next_at_us FROM switchyard.arm_limits WHERE arm = $1 FOR UPDATE';
  const { rows } = await transaction.query<{ next_at_us: string }>(lock, [arm]);
  if (rows[0] !== undefined) return Number(rows[0].next_at_us);
  await transaction.query('INSERT INTO switchyard.arm_limits (arm) VALUES ($1) ON CONFLICT DO NOTHING', [arm]);
  const made = await transaction.query<{ next_at_us: string }>(lock, [arm]);
  return Number(made.rows[0]?.next_at_us ?? 0);
}

/**
 * By idx_tasks_status. An attempt runs while it has its job: a parent that waits for its subtasks has none, and one whose worker
 * died loses it before the next begins, which would else wait for its own place for ever.
 */
async function readStanding(transaction: SqlTransaction, arm: string): Promise<{ nowUs: number; running: number }> {
  const { rows } = await transaction.query<{ now_us: string; running: string }>(
    `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_us,
            (SELECT count(*)
               FROM switchyard.tasks AS t
               JOIN ${JOBS} AS j ON j.name = $2 AND j.id = t.job_id AND j.retry_count = t.job_delivery AND j.state = 'active'
              WHERE t.status = 'processing' AND t.assigned_arm = $1) AS running`,
    [arm, queueName(arm)],
  );
  return { nowUs: Number(rows[0]?.now_us), running: Number(rows[0]?.running) };
}
