/** What the nodes have learnt together of each provider's limits: tables `provider_lanes` and `provider_lane_nodes`. */
import { fairShare, INITIAL_WINDOW, LARGEST_WINDOW, type LaneLedger } from '@switchyard/probe';
import type { Database } from './database.ts';

/** A node that has not reported for so long is taken to need nothing. */
const SILENT_SECONDS = 3;
/** A lane that nobody has used for so long starts anew. */
const FORGOTTEN_MINUTES = 10;
/** Milliseconds for which what does not divide stays with the same nodes. */
const TURN_MS = 2_000;

/**
 * One report. $1 lane, $2 node, $3 wanted, $4 gained, $5 how long ago the limited call started (ms, or null), $6 pause (ms).
 * Halved once for all calls that were open when the provider limited: those started before it was last lowered do not count.
 */
const REPORT = `
  WITH lane AS (
    INSERT INTO switchyard.provider_lanes AS l (lane, call_window, starting, paused_until, lowered_at)
    VALUES (
      $1, CASE WHEN $5::float8 IS NULL THEN ${INITIAL_WINDOW} ELSE ${INITIAL_WINDOW / 2} END, $5::float8 IS NULL,
      CASE WHEN $6::float8 > 0 THEN now() + $6::float8 * interval '1 millisecond' END,
      CASE WHEN $5::float8 IS NOT NULL THEN now() END
    )
    ON CONFLICT (lane) DO UPDATE
       SET call_window = CASE
             WHEN l.updated_at < now() - interval '${FORGOTTEN_MINUTES} minutes' THEN excluded.call_window
             WHEN $5::float8 IS NULL THEN LEAST(${LARGEST_WINDOW}, l.call_window + $4::float8)
             WHEN l.lowered_at IS NULL OR l.lowered_at < now() - $5::float8 * interval '1 millisecond'
               THEN GREATEST(1, floor(l.call_window / 2))
             ELSE l.call_window
           END,
           starting = CASE
             WHEN l.updated_at < now() - interval '${FORGOTTEN_MINUTES} minutes' THEN excluded.starting
             ELSE l.starting AND excluded.starting
           END,
           paused_until = GREATEST(l.paused_until, excluded.paused_until),
           lowered_at = CASE
             WHEN $5::float8 IS NOT NULL AND (l.lowered_at IS NULL OR l.lowered_at < now() - $5::float8 * interval '1 millisecond')
               THEN now()
             ELSE l.lowered_at
           END,
           updated_at = now()
    RETURNING call_window, starting, GREATEST(0, extract(epoch FROM paused_until - now()) * 1000)::float8 AS pause_ms
  ), mine AS (
    INSERT INTO switchyard.provider_lane_nodes AS n (lane, node_id, wanted)
    SELECT $1, $2, $3 FROM lane
    ON CONFLICT (lane, node_id) DO UPDATE SET wanted = excluded.wanted, seen_at = now()
  ), gone AS (
    DELETE FROM switchyard.provider_lane_nodes
     WHERE lane = $1 AND node_id <> $2 AND seen_at < now() - interval '${FORGOTTEN_MINUTES} minutes'
  )
  SELECT lane.*, extract(epoch FROM now()) * 1000 AS now_ms, (
           SELECT coalesce(json_agg(json_build_array(node_id, wanted)), '[]')
             FROM switchyard.provider_lane_nodes
            WHERE lane = $1 AND node_id <> $2 AND seen_at > now() - interval '${SILENT_SECONDS} seconds'
         ) AS others
    FROM lane`;

interface Row {
  readonly call_window: number;
  readonly starting: boolean;
  /** Null where there is no pause. */
  readonly pause_ms: number | null;
  readonly now_ms: string;
  readonly others: readonly (readonly [node: number, wanted: number])[];
}

export function createLaneLedger(database: Database, node: number): LaneLedger {
  return {
    report: async ({ lane, wanted, gained, limitedMs, pauseMs }) => {
      const { rows } = await database.query<Row>(REPORT, [lane, node, wanted, gained, limitedMs, pauseMs]);
      const [row] = rows;
      if (row === undefined) throw new Error(`lane ${lane} was not written`);
      const all = [...row.others, [node, wanted] as const].toSorted(([a], [b]) => a - b);
      const turn = Math.floor(Number(row.now_ms) / TURN_MS);
      const wants = all.map(([, wants_]) => wants_);
      const index = all.findIndex(([id]) => id === node);
      const own =
        row.others.length === 0 ? row.call_window : fairShare(Math.floor(row.call_window), wants, index, turn);
      return { window: own, starting: row.starting, pauseMs: row.pause_ms ?? 0 };
    },
  };
}
