import type { FieldFinding } from '../ports/screen.ts';
import type { Store } from '../ports/store.ts';
import { TaskBlocked } from './errors.ts';
import type { ScreenedRequest } from './prepare-task.ts';

/**
 * Nothing of a request is taken of which the screen blocked a part; the audit log keeps every blocked part.
 *
 * @param screened a record for each task of the request
 * @param pointerOf JSON Pointer to the task of a place in the request
 * @throws TaskBlocked with all findings, each with its place in the request
 */
export async function refuseBlocked(
  screened: readonly Pick<ScreenedRequest, 'record'>[],
  pointerOf: (place: number) => string,
  store: Pick<Store, 'recordScreen'>,
): Promise<void> {
  const blocked = screened.flatMap(({ record }, place) => (record.status === 'Blocked' ? [{ record, place }] : []));
  const [first] = blocked;
  if (first === undefined) return;
  await store.recordScreen(blocked.map(({ record }) => record));
  const findings = blocked.flatMap(({ record, place }) =>
    record.findings.map((finding): FieldFinding => ({ ...finding, field: `${pointerOf(place)}${finding.field}` })),
  );
  throw new TaskBlocked(first.record.arm, findings);
}
