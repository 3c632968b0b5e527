/** Processor time of the thread that made this, between two calls of `lap`: milliseconds. */
export class ProcessorTime {
  #last = threadCpuMs();

  lap(): number {
    const now = threadCpuMs();
    const used = now - this.#last;
    this.#last = now;
    return used;
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
