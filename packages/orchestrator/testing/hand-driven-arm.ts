import type { Arm, ArmResult, Screening, Work } from '../src/ports/arm.ts';

export interface ArmRun {
  readonly work: Work;
  finish(result: ArmResult): void;
  fail(error: unknown): void;
}

export interface HandDrivenArm extends Arm {
  /** What it was given so far, in order. */
  readonly runs: readonly ArmRun[];
  /** Most runs that were open at once. */
  readonly most: number;
}

export interface HandDrivenArmOptions {
  readonly concurrency?: number;
  readonly screening?: Screening;
  /** Default true: a run whose signal fires rejects with the signal's reason, as every arm should. */
  readonly obeys?: boolean;
}

/** The arm `test`: each run ends when the test says so. */
export function createHandDrivenArm(options: HandDrivenArmOptions = {}): HandDrivenArm {
  const { concurrency = 4, screening = 'enforce', obeys = true } = options;
  const runs: ArmRun[] = [];
  let open = 0;
  let most = 0;
  return {
    name: 'test',
    screening,
    concurrency,
    runs,
    get most() {
      return most;
    },
    checkInput: () => [],
    problem: () => null,
    run: async (work) => {
      open += 1;
      most = Math.max(most, open);
      const { promise, resolve, reject } = Promise.withResolvers<ArmResult>();
      if (obeys) work.signal.addEventListener('abort', () => reject(work.signal.reason), { once: true });
      runs.push({ work, finish: resolve, fail: reject });
      try {
        return await promise;
      } finally {
        open -= 1;
      }
    },
  };
}
