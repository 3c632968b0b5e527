/** JSON Pointers, RFC 6901. */

/** The pointer to where `path` leads; empty for the whole document. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${pointerToken(String(step))}`).join('');
}

/** One key as it stands in a pointer (section 3). */
export function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
