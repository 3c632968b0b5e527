/** Which nodes are there and what they work for. */
import type { ArmAtWork, ArmStanding, NodeIdentity } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { LIVE_NODES } from './node-connection.ts';

/** A node that died leaves its row behind; the next one to speak takes it away. */
const ANNOUNCE = `
  WITH gone AS (
    DELETE FROM switchyard.nodes WHERE node_id <> $1 AND node_id NOT IN (${LIVE_NODES})
  )
  INSERT INTO switchyard.nodes (node_id, pid, arms) VALUES ($1, $2, $3::jsonb)
  ON CONFLICT (node_id) DO UPDATE SET pid = excluded.pid, arms = excluded.arms, seen_at = now()`;

export async function announceNode(
  database: Database,
  node: NodeIdentity,
  arms: readonly ArmStanding[],
): Promise<void> {
  await database.query(ANNOUNCE, [node.id, node.pid, JSON.stringify(arms)]);
}

export async function withdrawNode(database: Database, node: NodeIdentity): Promise<void> {
  await database.query('DELETE FROM switchyard.nodes WHERE node_id = $1', [node.id]);
}

/** Arms that a live node works for. */
export async function readArmsAtWork(database: Database): Promise<ArmAtWork[]> {
  const { rows } = await database.query<{ arm: string; nodes: string; slots: string; problems: string[] | null }>(
    `SELECT said.arm, count(*) AS nodes, sum(said.slots) AS slots,
            array_agg(DISTINCT said.problem) FILTER (WHERE said.problem IS NOT NULL) AS problems
       FROM switchyard.nodes AS node
       CROSS JOIN LATERAL jsonb_to_recordset(node.arms) AS said (arm text, slots integer, problem text)
      WHERE node.node_id IN (${LIVE_NODES})
      GROUP BY said.arm`,
  );
  return rows.map(({ arm, nodes, slots, problems }) => ({
    arm,
    nodes: Number(nodes),
    slots: Number(slots),
    problems: problems ?? [],
  }));
}
