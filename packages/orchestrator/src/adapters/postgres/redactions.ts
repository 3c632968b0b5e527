/** The table of sealed redactions: a row a task, gone with it. */
import type { SealedRedactions } from '../../ports/redactions.ts';
import type { NewTask } from '../../ports/store.ts';
import type { Database } from './database.ts';

/** One statement for all tasks of a batch. */
export async function insertRedactions(on: Pick<Database, 'query'>, tasks: readonly NewTask[]): Promise<void> {
  const batch = tasks.flatMap(({ spec, redactions }) =>
    redactions === undefined
      ? []
      : [
          {
            task_id: spec.id,
            key_id: redactions.keyId,
            nonce: base64(redactions.nonce),
            sealed: base64(redactions.sealed),
          },
        ],
  );
  if (batch.length === 0) return;
  await on.query(
    `INSERT INTO switchyard.redactions (task_id, key_id, nonce, sealed)
     SELECT task_id, key_id, decode(nonce, 'base64'), decode(sealed, 'base64')
       FROM jsonb_to_recordset($1::jsonb) AS row (task_id uuid, key_id text, nonce text, sealed text)`,
    [JSON.stringify(batch)],
  );
}

export async function readRedactions(on: Pick<Database, 'query'>, taskId: string): Promise<SealedRedactions | null> {
  const { rows } = await on.query<{ key_id: string; nonce: Buffer; sealed: Buffer }>(
    'SELECT key_id, nonce, sealed FROM switchyard.redactions WHERE task_id = $1',
    [taskId],
  );
  const row = rows[0];
  return row === undefined ? null : { keyId: row.key_id, nonce: row.nonce, sealed: row.sealed };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
