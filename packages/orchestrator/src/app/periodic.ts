/** Work that is done again and again, never twice at once: who asks while it is under way gets that pass. */
export interface Periodic {
  /** A pass, now; the one under way if there is one. */
  pass(): Promise<void>;
  /** No further passes; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/** @param once one pass; never rejects */
export function startPeriodic(once: () => Promise<void>, intervalMs: number): Periodic {
  let current: Promise<void> | null = null;
  const pass = (): Promise<void> => {
    current ??= once().finally(() => {
      current = null;
    });
    return current;
  };
  const timer = setInterval(() => void pass(), intervalMs);
  return {
    pass,
    stop: async () => {
      clearInterval(timer);
      await current;
    },
  };
}
