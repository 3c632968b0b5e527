/** Time that the thread which made this has spent since `start`: by the clock and on the processor, milliseconds. */
export class ThreadTime {
  #startedAt = performance.now();
  #cpuAtStart = threadCpuMs();

  start(): void {
    this.#startedAt = performance.now();
    this.#cpuAtStart = threadCpuMs();
  }

  get spent(): { readonly wallMs: number; readonly cpuMs: number } {
    return { wallMs: performance.now() - this.#startedAt, cpuMs: threadCpuMs() - this.#cpuAtStart };
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
