/** What the pool and a box say to each other. Everything a box answers has passed the checks of `harness/frame.ts`. */
import type { BoxVerdict } from '../harness/verdict.ts';
import type { Step, StepUsage } from '../port.ts';
import type { CapturedOutput } from './output.ts';

/** What a thread is told. */
export type BoxOrder =
  /** A box with `memoryMb` MiB at most; what it hosted before is gone. */
  | { readonly kind: 'start'; readonly memoryMb: number }
  /** To be done one after the other, each with an answer. */
  | { readonly kind: 'do'; readonly commands: readonly BoxCommand[] }
  | { readonly kind: 'drop' };

/** One job's files, to be compiled; or one step of it, to be run. */
export type BoxCommand =
  | {
      readonly kind: 'begin';
      readonly files: { readonly [path: string]: string };
      readonly entrypoint: string;
      /** Memory that the box may have in all, MiB. */
      readonly memoryMb: number;
      /** The thread's room, see `output.ts`. */
      readonly output: SharedArrayBuffer;
    }
  | {
      readonly kind: 'step';
      readonly step: Step;
      /** When an engine that can interrupt itself does so; the pool ends the box a little later. */
      readonly limitMs: number;
      readonly output: SharedArrayBuffer;
    };

export type BoxReply =
  /** Started, and waiting for its one job. */
  | { readonly kind: 'parked' }
  | {
      readonly kind: 'answered';
      readonly verdict: BoxVerdict;
      /** The box takes another command of the same job. */
      readonly alive: boolean;
      readonly output: CapturedOutput;
      /** From the command's being taken to its answer, milliseconds. */
      readonly wallMs: number;
      /** What its thread has computed since it began, milliseconds: where the next command starts from. */
      readonly threadCpuMs: number;
      readonly usage?: StepUsage;
    };
