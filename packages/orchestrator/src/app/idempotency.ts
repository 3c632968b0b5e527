/** Idempotency keys: what is kept of them, and that one is in flight once. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@switchyard/core';
import type { RedactionKeys } from '../ports/redactions.ts';
import type { IdempotencyClaim } from '../ports/store.ts';
import { IdempotencyKeyInFlight } from './errors.ts';

/** What the digest of a request is made with. */
export interface DigestOptions {
  readonly keys?: RedactionKeys | null | undefined;
  /** Something is taken out of the request: whoever has the rest of it must not find it out by trying. */
  readonly redacts?: boolean;
}

/** The key is text of the submitter that no screen saw: only its digest is kept, and only a digest of the request. */
export function claimOf(
  request: object,
  key: string | undefined,
  { keys, redacts = false }: DigestOptions = {},
): IdempotencyClaim | null {
  if (key === undefined) return null;
  const text = canonicalJson(request);
  const plain = sha256(text);
  if (keys === null || keys === undefined) return { key: sha256(key), digest: plain };
  const [keyed, ...older] = keys.digests(text);
  // It is the same request also when the policy or the key has changed since.
  return redacts
    ? { key: sha256(key), digest: keyed, accepts: [plain, ...older] }
    : { key: sha256(key), digest: plain, accepts: [keyed, ...older] };
}

/**
 * A claim for each of the tasks that one request makes, so that each lives and goes with its task: the first as if it were
 * submitted alone under the key, the others under keys made from it. All carry the digest of the whole request.
 */
export function claimsOf(
  request: object,
  tasks: number,
  key: string | undefined,
  options?: DigestOptions,
): (IdempotencyClaim | null)[] {
  const whole = claimOf(request, key, options);
  return Array.from({ length: tasks }, (_, place) =>
    whole === null || place === 0 ? whole : { ...whole, key: `${whole.key}/${place}` },
  );
}

/**
 * Runs with the key of the claim taken. One key may be in flight once in this process; between processes the store decides.
 *
 * @throws IdempotencyKeyInFlight
 */
export async function withKey<T>(
  inFlight: Set<string>,
  claim: IdempotencyClaim | null,
  run: () => Promise<T>,
): Promise<T> {
  if (claim === null) return run();
  if (inFlight.has(claim.key)) throw new IdempotencyKeyInFlight();
  inFlight.add(claim.key);
  try {
    return await run();
  } finally {
    inFlight.delete(claim.key);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
