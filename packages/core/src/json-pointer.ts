/** JSON Pointers, RFC 6901. */
import { isJsonObject, type Json } from './json.ts';

const ARRAY_INDEX = /^(0|[1-9]\d*)$/;

/** The pointer to where `path` leads; empty for the whole document. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${pointerToken(String(step))}`).join('');
}

/** One key as it stands in a pointer (section 3). */
export function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What a pointer points to (section 4); undefined where there is nothing. */
export function valueAtPointer(value: Json, pointer: string): Json | undefined {
  let current: Json | undefined = value;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isJsonObject(current)) current = Object.hasOwn(current, key) ? current[key] : undefined;
    else if (isArray(current)) current = ARRAY_INDEX.test(key) ? current[Number(key)] : undefined;
    else return undefined;
  }
  return current;
}

/** Array.isArray forgets what a readonly array holds. */
function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
