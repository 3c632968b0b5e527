/**
 * Redactions sealed with AES-256-GCM (NIST SP 800-38D), one key for each use made from the secret key by HKDF (RFC 5869).
 * Source of the calls: node:crypto.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { RedactionKeys, SealedRedactions, Unsealed } from '../../ports/redactions.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** 96 bits, random for each row: a key may seal four thousand million of them. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const redactionsSchema = z.array(
  z.object({ placeholder: z.string(), value: z.string(), isNumber: z.literal(true).optional() }),
);

interface Derived {
  readonly id: string;
  readonly sealing: Buffer;
  readonly digesting: Buffer;
}

/**
 * @param keys 32 bytes each: the first seals, all of them open
 * @param random bytes for nonces
 */
export function createRedactionKeys(
  keys: readonly [Uint8Array, ...Uint8Array[]],
  random: (size: number) => Uint8Array = randomBytes,
): RedactionKeys {
  const [first, ...older] = keys;
  const sealing = derive(first);
  const all = [sealing, ...older.map(derive)];
  const byId = new Map(all.map((one) => [one.id, one]));
  return {
    seal: (taskId, redactions) => {
      const nonce = random(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, sealing.sealing, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(taskId.toLowerCase()));
      const text = JSON.stringify(redactions);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return { keyId: sealing.id, nonce, sealed };
    },
    unseal: (taskId, sealed) => {
      const key = byId.get(sealed.keyId);
      if (key === undefined) {
        return {
          kind: 'locked',
          reason: `they were sealed under the key ${sealed.keyId}, which this server does not have`,
        };
      }
      return unseal(key, taskId, sealed);
    },
    digests: (text) => [digest(sealing, text), ...all.slice(1).map((one) => digest(one, text))],
  };
}

function derive(key: Uint8Array): Derived {
  const part = (use: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `switchyard ${use}`, KEY_BYTES));
  return {
    id: part('key id').toString('hex').slice(0, 16),
    sealing: part('redactions'),
    digesting: part('idempotency digests'),
  };
}

function digest({ digesting }: Derived, text: string): string {
  return createHmac('sha256', digesting).update(text).digest('hex');
}

function unseal(key: Derived, taskId: string, { nonce, sealed }: SealedRedactions): Unsealed {
  try {
    const decipher = createDecipheriv(CIPHER, key.sealing, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(taskId.toLowerCase()));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const text = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
    const parsed = redactionsSchema.parse(JSON.parse(text));
    return {
      kind: 'open',
      redactions: parsed.map(({ isNumber, ...one }) => (isNumber === undefined ? one : { ...one, isNumber })),
    };
  } catch {
    // Neither the cipher's nor the parser's words are told: the one says nothing, the other would quote.
    return {
      kind: 'locked',
      reason: `what was stored under the key ${key.id} was changed, or belongs to another task`,
    };
  }
}
