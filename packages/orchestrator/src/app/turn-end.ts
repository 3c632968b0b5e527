/** Resolves when this turn of the event loop has brought all that it brings: no timer, and next to nothing when idle. */
export function turnEnd(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
