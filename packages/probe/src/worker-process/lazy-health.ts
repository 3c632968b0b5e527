/**
 * The health check before the first Python job.
 *
 * 1. Nothing is looked at before the first `ensure`: a start is never held up by it.
 * 2. Those who ask at the same time wait for one and the same check.
 * 3. Only a check that passed is kept. One that failed is made again for the next job: what was missing may be there by then.
 */
import type { PythonHealth } from './find-python.ts';

export class LazyHealth {
  readonly #check: () => Promise<PythonHealth>;
  #passed: PythonHealth | null = null;
  #underWay: Promise<PythonHealth> | null = null;

  /** @param check bounded in time by itself; nobody's abort ends it for the others */
  constructor(check: () => Promise<PythonHealth>) {
    this.#check = check;
  }

  /** What the check found; null before it has passed. */
  get passed(): PythonHealth | null {
    return this.#passed;
  }

  /** @throws what the check throws; the signal's reason when that aborts first */
  async ensure(signal?: AbortSignal): Promise<PythonHealth> {
    signal?.throwIfAborted();
    if (this.#passed !== null) return this.#passed;
    this.#underWay ??= this.#run();
    return await abortable(this.#underWay, signal);
  }

  async #run(): Promise<PythonHealth> {
    try {
      this.#passed = await this.#check();
      return this.#passed;
    } finally {
      this.#underWay = null;
    }
  }
}

async function abortable<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return await work;
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    over.abort();
  }
}
