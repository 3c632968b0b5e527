/** An arm: something that can do a task. */
import type { FieldError, JsonValue, Usage } from '../contract/index.ts';
import type { Task } from '../domain/task.ts';

/** What an attempt is given. */
export interface Work {
  readonly task: Task;
  /** From 1. An arm that has effects outside uses `taskId/attempt` as its idempotency key. */
  readonly attempt: number;
  /** When the attempt is stopped at the latest. */
  readonly deadline: Date;
  /** Fired on cancel, deadline, shutdown, and when the attempt was given to another. An arm stops its work before it settles. */
  readonly signal: AbortSignal;
  /** Tells whoever watches; cheap, coalesced, never rejects. */
  progress(report: JsonValue): void;
}

export interface ArmResult {
  readonly result: JsonValue;
  readonly usage?: Usage;
  /** US dollars; null when the price is not known. */
  readonly costUsd?: number | null;
}

/** How the texts of a task are screened before it is stored. */
export type Screening = 'enforce' | 'report';

/** What is known of an arm wherever tasks are taken, also where none runs. */
export interface ArmContract {
  readonly name: string;
  readonly screening: Screening;
  /** What is wrong with an input; empty when it can be worked on. Pointers are relative to `input`. */
  checkInput(input: JsonValue): FieldError[];
}

export interface Arm extends ArmContract {
  /** How many attempts a node runs at once. */
  readonly concurrency: number;
  /**
   * Does the work. Rejects with a transient error when trying again may help, with anything else when it cannot.
   */
  run(work: Work): Promise<ArmResult>;
  /** Null when it can work; else what is missing, in words. */
  problem(): string | null;
}
