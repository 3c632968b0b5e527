const SHOWN_CHARACTERS = 60;

/** What a field was, for an error. A long text is told by its length: its content may be anything, secrets too. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') {
    return value.length <= SHOWN_CHARACTERS ? JSON.stringify(value) : `a text of ${value.length} characters`;
  }
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
