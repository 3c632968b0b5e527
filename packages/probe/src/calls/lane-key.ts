import { createHash } from 'node:crypto';
import type { Provider } from '../providers/provider-table.ts';

/** Characters of the digest of address and key that stands for them where lanes are kept. */
const DIGEST_CHARACTERS = 16;

/** The name of a lane, which may be stored and logged: nothing leads back from it to the key. */
export function laneKey({ id }: Provider, baseURL: string, apiKey: string): string {
  const digest = createHash('sha256').update(`${baseURL}\n${apiKey}`).digest('hex');
  return `${id}:${digest.slice(0, DIGEST_CHARACTERS)}`;
}
