/**
 * The outcomes of attempts, many in one transaction. An attempt that is no longer the current one, or whose job went to
 * another, writes nothing and leaves the job alone.
 */
import type { AttemptRef, AttemptWrite, Claim, Finished, NodeIdentity, WrittenBeside } from '../../ports/store.ts';
import { queueName } from '../pg-boss/job-rows.ts';
import { beginAttempts, beginning, CLAIMED_ROWS, type ClaimedRow, NO_CLAIM, settleClaims } from './claims.ts';
import type { Database, Prepared, SqlTransaction } from './database.ts';
import { batchOf, END_HELD, endHeld, type HeldTerminal, kindOf } from './end-tasks.ts';
import { isPutBack, type PutBackOutcome, putBackHeld } from './put-back.ts';

export interface Outcome {
  readonly attempt: AttemptRef;
  readonly write: AttemptWrite;
  readonly spentMs: number;
  readonly beside?: WrittenBeside;
}

/** @returns for each outcome whether it was written */
export async function finishAttempts(database: Database, outcomes: readonly Outcome[]): Promise<boolean[]> {
  const { first, terminal, putBacks } = sorted(outcomes);
  if (putBacks.length === 0) return written(outcomes, first, await endHeld(database, terminal));
  const ids = await database.transaction((transaction) => endAndPutBack(transaction, terminal, putBacks));
  return written(outcomes, first, ids);
}

/**
 * `finishAttempts` for attempts of one arm, and the next attempts of it: as many as there are outcomes, in the same transaction. So whoever dies
 * loses no more attempts than it has slots.
 */
export async function finishAndClaim(
  database: Database,
  arm: string,
  node: NodeIdentity,
  outcomes: readonly Outcome[],
): Promise<Finished[]> {
  const { first, terminal, putBacks } = sorted(outcomes);
  const { ended, claimed } =
    putBacks.length === 0
      ? await endAndBegin(database, terminal, arm, outcomes.length, node)
      : await database.transaction(async (transaction) => ({
          ended: await endAndPutBack(transaction, terminal, putBacks),
          claimed: await beginAttempts(transaction, arm, outcomes.length, node),
        }));
  const claims: readonly Claim[] = await settleClaims(database, arm, claimed);
  return written(outcomes, first, ended).map((isWritten, index) => ({
    written: isWritten,
    next: claims[index] ?? null,
  }));
}

/** @returns the ids of the tasks that were written */
async function endAndPutBack(
  transaction: SqlTransaction,
  terminal: readonly HeldTerminal[],
  putBacks: readonly PutBackOutcome[],
): Promise<string[]> {
  const ended = terminal.length > 0 ? await endHeld(transaction, terminal) : [];
  return [...ended, ...(await putBackHeld(transaction, putBacks))];
}

/** $2 queue, $3 how many attempts to begin, $4 node, $5 its process. */
function endAndBeginText(kind: keyof typeof END_HELD): string {
  return `
  WITH ${END_HELD[kind]}, ${beginning('$2', '$3', '$4', '$5')}
  SELECT task_id AS ended_id, ${NO_CLAIM} FROM end_result
  UNION ALL
  SELECT NULL::uuid, begun.* FROM (${CLAIMED_ROWS}) AS begun`;
}

const END_AND_BEGIN: { readonly [kind in keyof typeof END_HELD]: Prepared } = {
  plain: { name: 'end_and_begin', text: endAndBeginText('plain') },
  withBeside: { name: 'end_with_and_begin', text: endAndBeginText('withBeside') },
};

async function endAndBegin(
  database: Database,
  terminal: readonly HeldTerminal[],
  arm: string,
  count: number,
  node: NodeIdentity,
): Promise<{ ended: string[]; claimed: ClaimedRow[] }> {
  const statement = END_AND_BEGIN[kindOf(terminal)];
  const { rows } = await database.query<EndedRow | BegunRow>(statement, [
    batchOf(terminal),
    queueName(arm),
    count,
    node.id,
    node.pid,
  ]);
  const ended: string[] = [];
  const claimed: ClaimedRow[] = [];
  for (const row of rows) {
    if (row.ended_id === null) claimed.push(row);
    else ended.push(row.ended_id);
  }
  return { ended, claimed };
}

interface EndedRow {
  readonly ended_id: string;
}

type BegunRow = ClaimedRow & { readonly ended_id: null };

interface Sorted {
  /** Of two outcomes of one holding the earlier counts; the statements take each job once. */
  readonly first: ReadonlyMap<string, Outcome>;
  readonly terminal: readonly HeldTerminal[];
  readonly putBacks: readonly PutBackOutcome[];
}

function sorted(outcomes: readonly Outcome[]): Sorted {
  const first = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const { id } = outcome.attempt.job;
    if (!first.has(id)) first.set(id, outcome);
  }
  return {
    first,
    terminal: [...first.values()].flatMap((outcome) => terminalOf(outcome) ?? []),
    putBacks: [...first.values()].filter((outcome): outcome is PutBackOutcome => isPutBack(outcome.write)),
  };
}

function written(
  outcomes: readonly Outcome[],
  first: ReadonlyMap<string, Outcome>,
  taskIds: readonly string[],
): boolean[] {
  const those = new Set(taskIds);
  return outcomes.map((outcome) => first.get(outcome.attempt.job.id) === outcome && those.has(outcome.attempt.taskId));
}

function terminalOf({ attempt: { taskId, attempt, job }, write, spentMs, beside = {} }: Outcome): HeldTerminal | null {
  const ended = { taskId, attempt, job, spentMs, beside };
  switch (write.kind) {
    case 'complete':
      return { ...ended, ...write, status: 'completed' };
    case 'fail':
      return { ...ended, status: 'failed', error: write.error };
    case 'cancel':
      return { ...ended, status: 'cancelled' };
    case 'retry':
    case 'release':
    case 'reroute':
      return null;
  }
}
