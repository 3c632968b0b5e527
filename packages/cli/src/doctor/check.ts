/** What one look of the doctor found. */
export interface Check {
  readonly name: string;
  /** `skipped`: neither good nor bad, or not needed here. */
  readonly status: 'ok' | 'failed' | 'skipped';
  /** What was found. */
  readonly detail: string;
  /** What to do about it; of a failed check. */
  readonly advice?: string;
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail };
}

export function skipped(name: string, detail: string): Check {
  return { name, status: 'skipped', detail };
}

export function failed(name: string, detail: string, advice: string): Check {
  return { name, status: 'failed', detail, advice };
}
