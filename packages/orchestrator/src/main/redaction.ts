/** The keys that values are sealed with which a policy takes out of submissions. */
import { createRedactionKeys } from '../adapters/secret-keys/redaction-keys.ts';
import { ensureSecretKeyFile, readSecretKeyFile, SecretKeyMissing } from '../adapters/secret-keys/secret-key.ts';
import type { Config } from '../config.ts';
import { policyFor, redactedTypes } from '../domain/screening.ts';
import { readSecretKeys, type SecretKeys } from '../domain/secret-keys.ts';
import type { ArmContract } from '../ports/arm.ts';
import type { RedactionKeys } from '../ports/redactions.ts';

/** Arms of which the policy redacts something. */
export function redactingArms(contracts: Iterable<ArmContract>): string[] {
  return [...contracts].filter((one) => redactedTypes(policyFor(one)).length > 0).map(({ name }) => name);
}

/**
 * The configured ones, else those of the data directory. One is made there when something is redacted, but only beside the
 * database that lies there too: whoever shares a database has to share the key.
 *
 * @returns null where there is none, and none is needed
 * @throws SecretKeyMissing, SecretKeyUnusable
 */
export async function openRedactionKeys(
  { secretKey, dataDir, databaseUrl }: Config,
  contracts: Iterable<ArmContract>,
): Promise<RedactionKeys | null> {
  const arms = redactingArms(contracts);
  const given = secretKey === undefined ? null : readSecretKeys(secretKey);
  const keys: SecretKeys | null =
    given ??
    (arms.length > 0 && databaseUrl === undefined
      ? await ensureSecretKeyFile(dataDir)
      : await readSecretKeyFile(dataDir));
  if (keys === null && arms.length > 0) throw new SecretKeyMissing(arms);
  return keys === null ? null : createRedactionKeys(keys);
}
