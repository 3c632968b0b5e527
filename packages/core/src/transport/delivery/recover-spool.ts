/** Opens the spool and takes over what an earlier process left in it. */
import { AgentRun } from './agent-run.ts';
import type { Delivery } from './delivery.ts';
import { type DeliveryProblem, SpoolFailed, SpoolHeld } from './problems.ts';
import type { SpanIds } from './span-ids.ts';
import { Spool, type SpoolOptions } from './spool.ts';
import { type ActionLine, dependencyOf } from './spool-records.ts';

/** What an action takes in memory beside its text, in bytes. */
const OVERHEAD_BYTES = 1_024;

export interface SpoolUsers {
  readonly delivery: Delivery;
  readonly ids: SpanIds;
  readonly report: (problem: DeliveryProblem) => void;
}

/** Starts the delivery, with the spool or, where that cannot be used, without. Never rejects. */
export async function startWithSpool(options: SpoolOptions, users: SpoolUsers): Promise<Spool | null> {
  const { delivery, ids, report } = users;
  try {
    const idOf = (spanId: string): string | undefined => {
      const place = ids.get(spanId)?.place;
      return place?.name === 'sent' ? place.id : undefined;
    };
    const { spool, work } = await Spool.open(options, { idOf, onFailure: report });
    const runs = new Map(
      work.runs.map(({ action, schema, state }) => [
        action.register_idempotency_key,
        new AgentRun(action, schema, state),
      ]),
    );
    for (const line of work.actions) {
      const run = runs.get(line.run);
      if (run !== undefined) recover(line, run, users);
    }
    delivery.start(spool);
    await spool.forgetOld();
    return spool;
  } catch (error) {
    report(
      error instanceof SpoolHeld || error instanceof SpoolFailed ? error : new SpoolFailed(options.directory, error),
    );
    delivery.start(null);
    return null;
  }
}

function recover(line: ActionLine, run: AgentRun, { delivery, ids }: SpoolUsers): void {
  const { action, target } = line;
  const dependency = dependencyOf(line);
  if (dependency !== null && target !== undefined && 'trace_id' in action && ids.get(dependency) === undefined)
    ids.add(dependency, { traceId: action.trace_id, run, place: { name: 'sent', id: target }, life: 'finishing' });
  if (action.type === 'span-create')
    ids.add(action.span_id, { traceId: action.trace_id, run, place: { name: 'unsent' }, life: 'finishing' });
  delivery.accept(action, run, JSON.stringify(action).length + OVERHEAD_BYTES, 'recovered');
}
