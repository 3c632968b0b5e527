/** An arm: something that can do a task. */
import type { ArmSettings, FieldError, JsonValue, Usage } from '../contract/index.ts';
import type { BackoffPolicy } from '../domain/backoff.ts';
import type { ScreeningMode, ScreeningPolicy } from '../domain/screening.ts';
import type { Task } from '../domain/task.ts';
import type { Meter } from './meter.ts';
import type { NewTranscript } from './transcripts.ts';

/** What an attempt is given. */
export interface Work {
  readonly task: Task;
  /** From 1. An arm that has effects outside uses `taskId/attempt` as its idempotency key. */
  readonly attempt: number;
  /** When the attempt is stopped at the latest. */
  readonly deadline: Date;
  /** Fired on cancel, deadline, shutdown, and when the attempt was given to another. An arm stops its work before it settles. */
  readonly signal: AbortSignal;
  /** Asked before anything is spent, told after. */
  readonly meter: Meter;
  /** A conversation, written with the outcome of the attempt whatever that is; a later one replaces it. */
  keep(transcript: NewTranscript): void;
  /** Tells whoever watches; cheap, coalesced, never rejects. */
  progress(report: JsonValue): void;
}

export interface ArmResult {
  readonly result: JsonValue;
  readonly usage?: Usage;
  /** US dollars; null when the price is not known. */
  readonly costUsd?: number | null;
  /** The work is done, and more was used for it than its budget allows: how much, in words. */
  readonly overBudget?: string;
}

/** How the texts of a task are screened before it is stored, in a word. */
export type Screening = ScreeningMode;

/** What is known of an arm wherever tasks are taken, also where none runs. */
export interface ArmContract {
  readonly name: string;
  /** What it is configured as: `process`, `http` …; absent: its name says it. */
  readonly type?: string;
  readonly screening: Screening;
  /** What is done about what the screen finds, by type; absent: what `screening` says of each. */
  readonly policy?: ScreeningPolicy;
  /** JSON Schema of its inputs, for descriptions and forms; absent: any. `checkInput` decides. */
  readonly inputSchema?: Readonly<Record<string, JsonValue>>;
  /** Arms that are asked instead, in this order, when this one has given up on a task. */
  readonly fallback?: readonly string[];
  /** What is wrong with an input; empty when it can be worked on. Pointers are relative to `input`. */
  checkInput(input: JsonValue): FieldError[];
}

export interface RetryPolicy {
  /** Failed attempts before it gives up; a task's own `max_attempts` may be lower. */
  readonly maxAttempts?: number;
  readonly backoff: BackoffPolicy;
}

export interface Arm extends ArmContract {
  /** How many attempts a node runs at once. */
  readonly concurrency: number;
  /** What follows its failures; absent: the task's `max_attempts` and the engine's backoff. */
  readonly retry?: RetryPolicy;
  /**
   * Does the work. Rejects with a transient error when trying again may help, with anything else when it cannot.
   */
  run(work: Work): Promise<ArmResult>;
  /** Null when it can work; else what is missing, in words. */
  problem(): string | null;
  /** True: it gets no further work on this node for now. */
  isStuck?(): boolean;
}

/** An arm as the configuration has it. */
export interface ConfiguredArm {
  readonly settings: ArmSettings;
  readonly contract: ArmContract;
}

export interface OpenedArm {
  readonly arm: Arm;
  /** Ends what the arm holds beyond its attempts. Idempotent. */
  close(): Promise<void>;
}
