/** Random bytes in small portions. */
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4_096;

/**
 * A source of random bytes that asks the system for many at once: a span id costs a fraction of what `randomBytes` takes,
 * which was a tenth of a request on loopback. Of the same quality; each byte is given out once.
 */
export function createRandomBytes(): (bytes: number) => Uint8Array {
  const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  let used = POOL_BYTES;
  return (bytes) => {
    if (bytes > POOL_BYTES) return randomFillSync(new Uint8Array(bytes));
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    return pool.subarray(used - bytes, used);
  };
}
