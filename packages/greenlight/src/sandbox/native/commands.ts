/** What a box's supervisor is asked for, as it reads it. */
import type { SandboxJob, Step } from '../port.ts';
import { type NativeLanguage, nodeProgram, runtimeOf, type Toolchain } from './languages.ts';
import { MAX_OUTPUT_KB } from './limits.ts';

/** What a compiler may take, milliseconds. */
export const COMPILE_CPU_MS = 20_000;
export const COMPILE_WALL_MS = 30_000;

export interface StepLimits {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** A language that is run as programs, with what runs it here. */
export interface ReadyToolchain {
  readonly toolchain: Toolchain;
  readonly program: string;
}

export interface Commands {
  /** Lays out the job's files. Has no report. */
  readonly files: object;
  /** Compiles the job's files, or checks their syntax, where the first step would not tell. */
  readonly check: object | undefined;
  /** Makes what was compiled the files that every step finds. */
  readonly keep: object;
  /** Announces so many steps, each of which has a report. */
  batch(steps: number): object;
  step(step: Step): { readonly command: object; readonly limits: StepLimits };
}

/** The commands of one job. @param memoryMb addresses that a process of it may have, MiB; 0 for no limit of its own */
export function commandsFor(
  job: SandboxJob,
  language: NativeLanguage,
  ready: ReadyToolchain | undefined,
  memoryMb: number,
): Commands {
  const paths = Object.keys(job.files);
  const outputBytes = Math.min(Math.max(Math.floor(job.limits.outputKb), 0), MAX_OUTPUT_KB) * 1024;
  const common = { entry: job.entrypoint, paths, outputBytes, files: {}, stdin: '', environment: {}, memoryMb };
  const exec = { ...common, kind: 'exec', memoryMb: ready?.toolchain.needsGroup === true ? 0 : memoryMb };
  const node = { ...common, kind: 'node', memoryMb: 0 };
  const runtime = runtimeOf(language);
  const environment = ready?.toolchain.environment ?? {};
  // What is ours inside compiles them before it knows its step.
  const compiled = ready === undefined ? { entry: job.entrypoint, paths, cpuMs: job.limits.cpuMs, memoryMb } : {};
  const once = { cpuMs: job.limits.cpuMs, wallMs: job.limits.wallMs };
  const command = (step: Step, limits: StepLimits): object => {
    switch (step.kind) {
      case 'program': {
        const base = { ...limits, stdin: step.stdin ?? '', files: step.files ?? {} };
        if (language === 'python') return { ...common, ...base, kind: 'program', args: step.args ?? [] };
        const start =
          ready === undefined
            ? nodeProgram(language === 'typescript' ? 'typescript' : 'javascript', job.entrypoint)
            : ready.toolchain.run(ready.program, job.entrypoint, job.limits.memoryMb);
        const memory = ready === undefined ? 0 : exec.memoryMb;
        return { ...exec, ...base, memoryMb: memory, environment, argv: [...start, ...(step.args ?? [])] };
      }
      case 'test-file':
        return {
          ...inside(step),
          ...limits,
          path: step.path,
          source: step.source,
          only: step.only ?? null,
          files: { [step.path]: step.source },
        };
      case 'assertion':
        return { ...inside(step), ...limits, code: step.code };
      case 'call':
        return {
          ...inside(step),
          ...limits,
          function: step.function ?? null,
          by: step.arguments.by,
          values: step.arguments.values,
        };
    }
  };
  const inside = (step: Step) => (runtime === 'python' ? { ...common, kind: step.kind } : { ...node, step: step.kind });
  return {
    files: { kind: 'files', files: job.files, ...compiled },
    keep: { kind: 'keep' },
    check: checkOf(),
    batch: (steps) => ({ kind: 'batch', steps }),
    step: (step) => {
      const limits = limitsOf(job, step);
      return { command: command(step, limits), limits };
    },
  };

  function checkOf(): object | undefined {
    // What a withheld step says of the sources is not listened to.
    const first = job.withheldFrom === 0 ? undefined : job.steps[0];
    // Every step of Python compiles its own, and says what `check` would.
    if (language === 'python') return first !== undefined ? undefined : { ...common, ...once, kind: 'check' };
    if (ready === undefined) {
      // So does an engine before its first step; a program has one of its own.
      return first !== undefined && first.kind !== 'program' ? undefined : { ...node, ...once, step: 'check' };
    }
    const argv = ready.toolchain.compile?.(ready.program, job.entrypoint, paths);
    if (argv === undefined) return undefined;
    return { ...exec, memoryMb: 0, cpuMs: COMPILE_CPU_MS, wallMs: COMPILE_WALL_MS, environment, argv };
  }
}

/** A step's own time, where it is shorter, bounds its waiting as well as its computing. */
function limitsOf({ limits }: SandboxJob, { timeoutMs = limits.cpuMs }: Step): StepLimits {
  if (timeoutMs < limits.cpuMs) return { cpuMs: timeoutMs, wallMs: Math.min(timeoutMs, limits.wallMs) };
  return { cpuMs: limits.cpuMs, wallMs: limits.wallMs };
}
