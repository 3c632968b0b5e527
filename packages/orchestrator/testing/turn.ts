/** One turn of the event loop: every promise that could go on has gone on. For parts that wait for no timer and no I/O. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
