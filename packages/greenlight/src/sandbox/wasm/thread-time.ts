/** Time that the thread which made this has spent since `start`: by the clock and on the processor, milliseconds. */
export class ThreadTime {
  #startedAt = performance.now();
  #cpuAtStart = threadCpuMs();

  start(): void {
    this.#startedAt = performance.now();
    this.#cpuAtStart = threadCpuMs();
  }

  /** Since then; and on the processor since the thread began. */
  get spent(): { readonly wallMs: number; readonly cpuMs: number; readonly threadCpuMs: number } {
    const now = threadCpuMs();
    return { wallMs: performance.now() - this.#startedAt, cpuMs: now - this.#cpuAtStart, threadCpuMs: now };
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
