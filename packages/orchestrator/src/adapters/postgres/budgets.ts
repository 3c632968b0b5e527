/**
 * Budgets: what was used, what is set aside. All that is written of one tree is written under a lock on its root, so that
 * of fifty children that ask at once each sees what the others hold.
 */
import { randomUUID } from 'node:crypto';
import type { Budget } from '../../contract/index.ts';
import { decideHold } from '../../domain/budget.ts';
import type {
  BudgetStore,
  CallEstimate,
  CallUse,
  ExceededBudget,
  HoldAnswer,
  MeteredAttempt,
} from '../../ports/meter.ts';
import { JOBS } from '../pg-boss/job-rows.ts';
import type { Database, SqlTransaction } from './database.ts';

/** Who used most, of those that an error names. */
const SHARES_NAMED = 3;

export function createBudgetStore(database: Database): BudgetStore {
  return {
    hold: (attempt, estimate) => database.transaction((transaction) => hold(transaction, attempt, estimate)),
    settle: (attempt, holdId, use) => database.transaction((transaction) => settle(transaction, attempt, holdId, use)),
    release: async (holdId) => {
      await database.query('DELETE FROM switchyard.budget_holds WHERE id = $1', [holdId]);
    },
    used: async (taskId) => {
      const { rows } = await database.query<{ tokens: string; cost: string }>(
        'SELECT input_tokens + output_tokens AS tokens, cost FROM switchyard.budget_use WHERE task_id = $1',
        [taskId],
      );
      return { tokens: Number(rows[0]?.tokens ?? 0), costUsd: Number(rows[0]?.cost ?? 0) };
    },
    count: (taskId, use) => count(database, [taskId], use),
  };
}

interface Standing {
  readonly task_id: string;
  readonly budget: Budget;
  readonly tokens: string;
  readonly cost: string;
  readonly held_tokens: string;
  readonly held_cost: string;
}

/** The task and all above it, the task first. */
const CHAIN = `
  WITH RECURSIVE chain AS (
    SELECT id, parent_task_id, tree_index, root_task_id, 0 AS height FROM switchyard.tasks WHERE id = $1
    UNION ALL
    SELECT above.id, above.parent_task_id, above.tree_index, above.root_task_id, chain.height + 1
      FROM chain JOIN switchyard.tasks AS above ON above.id = chain.parent_task_id
     WHERE chain.tree_index IS NOT NULL
  )`;

async function lockTree(transaction: SqlTransaction, taskId: string): Promise<string[]> {
  const { rows } = await transaction.query<{ id: string }>(`${CHAIN} SELECT id FROM chain ORDER BY height`, [taskId]);
  const chain = rows.map(({ id }) => id);
  // The lock of a root that has used nothing yet has no row to stand on.
  await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [chain.at(-1) ?? taskId]);
  return chain;
}

/**
 * A hold counts while its attempt has its job. One of a dead worker ends when the job is taken from it, not when somebody
 * begins the next attempt: those who could may all be waiting for what it holds.
 */
async function standings(transaction: SqlTransaction, chain: readonly string[]): Promise<Standing[]> {
  const { rows } = await transaction.query<Standing>(
    `SELECT t.id AS task_id, t.budget,
            COALESCE(u.input_tokens + u.output_tokens, 0) AS tokens, COALESCE(u.cost, 0) AS cost,
            COALESCE(held.tokens, 0) AS held_tokens, COALESCE(held.cost, 0) AS held_cost
       FROM unnest($1::uuid[]) WITH ORDINALITY AS c (id, height)
       JOIN switchyard.tasks AS t ON t.id = c.id
       LEFT JOIN switchyard.budget_use AS u ON u.task_id = t.id
       LEFT JOIN LATERAL (
         SELECT sum(h.tokens) AS tokens, sum(h.cost) AS cost
           FROM switchyard.budget_holds AS h JOIN switchyard.tasks AS caller ON caller.id = h.task_id
           JOIN ${JOBS} AS j ON j.name = 'arm.' || caller.assigned_arm AND j.id = caller.job_id
                AND j.retry_count = caller.job_delivery AND j.state = 'active'
          WHERE h.root_task_id = $2 AND t.id = ANY(h.chain) AND caller.attempt = h.attempt AND caller.status = 'processing'
       ) AS held ON true
      ORDER BY c.height`,
    [chain, chain.at(-1)],
  );
  return rows;
}

async function hold(transaction: SqlTransaction, attempt: MeteredAttempt, estimate: CallEstimate): Promise<HoldAnswer> {
  const chain = await lockTree(transaction, attempt.taskId);
  let waits = false;
  for (const { task_id, budget, tokens, cost, held_tokens, held_cost } of await standings(transaction, chain)) {
    const limits = [
      { limit: 'max_tokens', allowed: budget.max_tokens, used: tokens, held: held_tokens, asked: estimate.tokens },
      { limit: 'max_cost_usd', allowed: budget.max_cost_usd, used: cost, held: held_cost, asked: estimate.costUsd },
    ] as const;
    for (const { limit, allowed, used, held, asked } of limits) {
      // What has no price cannot be held to a limit in dollars.
      if (asked === null || (limit === 'max_cost_usd' && asked === 0)) continue;
      const decision = decideHold({ allowed, used: Number(used), held: Number(held) }, asked);
      if (decision === 'exceeded') {
        return { kind: 'exceeded', budget: await describe(transaction, task_id, limit, allowed, Number(used)) };
      }
      waits ||= decision === 'wait';
    }
  }
  if (waits) return { kind: 'wait' };
  const holdId = randomUUID();
  await transaction.query(
    `INSERT INTO switchyard.budget_holds (id, root_task_id, chain, task_id, attempt, tokens, cost)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [holdId, chain.at(-1), chain, attempt.taskId, attempt.attempt, estimate.tokens, estimate.costUsd],
  );
  return { kind: 'held', holdId };
}

async function settle(
  transaction: SqlTransaction,
  attempt: MeteredAttempt,
  holdId: string | null,
  { inputTokens, outputTokens, costUsd, extraSeconds = 0 }: CallUse,
): Promise<ExceededBudget | null> {
  const chain = await lockTree(transaction, attempt.taskId);
  // Asked again after a connection broke, it may have been counted already: then its hold is gone.
  const isCounted =
    holdId !== null &&
    (await transaction.query('DELETE FROM switchyard.budget_holds WHERE id = $1', [holdId])).rowCount === 0;
  if (!isCounted) {
    await count(transaction, chain, { inputTokens, outputTokens, costUsd });
    if (extraSeconds > 0) await moveStartBack(transaction, attempt, extraSeconds);
  }
  for (const { task_id, budget, tokens, cost } of await standings(transaction, chain)) {
    if (Number(tokens) > budget.max_tokens)
      return describe(transaction, task_id, 'max_tokens', budget.max_tokens, Number(tokens));
    if (Number(cost) > budget.max_cost_usd)
      return describe(transaction, task_id, 'max_cost_usd', budget.max_cost_usd, Number(cost));
  }
  return null;
}

/** What was worked elsewhere counts as if the attempt had begun so much earlier; the time of trees is reckoned from there. */
async function moveStartBack(
  transaction: SqlTransaction,
  { taskId, attempt }: MeteredAttempt,
  seconds: number,
): Promise<void> {
  await transaction.query(
    `UPDATE switchyard.tasks SET attempt_started_at = attempt_started_at - make_interval(secs => $3)
      WHERE id = $1 AND attempt = $2 AND status = 'processing'`,
    [taskId, attempt, seconds],
  );
}

async function count(
  on: Pick<Database, 'query'>,
  chain: readonly string[],
  { inputTokens, outputTokens, costUsd }: CallUse,
): Promise<void> {
  await on.query(
    `INSERT INTO switchyard.budget_use AS u (task_id, calls, input_tokens, output_tokens, cost, unknown_prices)
     SELECT id, 1, $2, $3, COALESCE($4::numeric, 0), ($4::numeric IS NULL)::int FROM unnest($1::uuid[]) AS c (id)
     ON CONFLICT (task_id) DO UPDATE
        SET calls = u.calls + 1, input_tokens = u.input_tokens + excluded.input_tokens,
            output_tokens = u.output_tokens + excluded.output_tokens, cost = u.cost + excluded.cost,
            unknown_prices = u.unknown_prices + excluded.unknown_prices`,
    [chain, Math.round(inputTokens), Math.round(outputTokens), costUsd],
  );
}

async function describe(
  transaction: SqlTransaction,
  taskId: string,
  limit: 'max_tokens' | 'max_cost_usd',
  allowed: number,
  used: number,
): Promise<ExceededBudget> {
  const amount = limit === 'max_tokens' ? 'u.input_tokens + u.output_tokens' : 'u.cost';
  const { rows } = await transaction.query<{ task_id: string; used: string }>(
    `WITH RECURSIVE below AS (
       SELECT id, tree FROM switchyard.tasks WHERE id = $1
       UNION ALL
       SELECT child.id, child.tree FROM below JOIN switchyard.tasks AS child ON child.parent_task_id = below.id
        WHERE child.tree_index IS NOT NULL
     )
     SELECT u.task_id, ${amount} AS used
       FROM below JOIN switchyard.budget_use AS u ON u.task_id = below.id
      WHERE below.tree IS NULL AND ${amount} > 0
      ORDER BY 2 DESC LIMIT ${SHARES_NAMED}`,
    [taskId],
  );
  return { taskId, limit, allowed, used, by: rows.map((row) => ({ taskId: row.task_id, used: Number(row.used) })) };
}
