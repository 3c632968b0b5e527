import { SwitchyardError } from '../errors.ts';
import type { ChildOptions } from './process-options.ts';
import type { ProcessResult } from './process-result.ts';

export interface LineWorkerOptions extends ChildOptions {
  /** Most bytes of one answer; a longer one ends the worker (`output-limit`). Default 1 MiB. */
  readonly maxAnswerBytes?: number | undefined;
}

export interface LineRequestOptions {
  /** Time from the call after which the worker is ended, in ms; a start that the request needs is part of it. */
  readonly timeLimitMs: number;
  /** Ends the worker when it aborts: a question cannot be taken back, and its late answer would pass for the next one. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with every line of stderr until the answer is there, without its line ending, cut and redacted. When it
   * throws, the worker is ended and `request` rejects with what it threw.
   */
  readonly onStderrLine?: ((line: string) => void) | undefined;
  /**
   * Looks at the answer before it is taken for one, for an id that it must repeat: a late line of an earlier question would
   * pass for it otherwise. When it throws, the worker is ended and `request` rejects with what it threw.
   */
  readonly checkAnswer?: ((line: string) => void) | undefined;
}

/** It answered, and waits for the next line. */
export interface LineAnswered {
  readonly status: 'answered';
  /** The answer without its line ending, secrets replaced. That it is JSON is for its reader to find out. */
  readonly line: string;
  /** The last lines of stderr since the request, secrets replaced, joined by newlines. */
  readonly stderr: string;
  /** True when earlier or longer stderr lines are gone. */
  readonly stderrTruncated: boolean;
  /** From the call to the answer, in ms. */
  readonly durationMs: number;
}

/**
 * An answer, or how the worker ended instead: then it is gone with all of its group, what it had written of an answer is
 * in `stdout`, and the next request starts another. The variants are those of `runProcess`.
 */
export type LineResult = LineAnswered | ProcessResult;

/** A worker was asked while it had not answered yet; one question at a time is its protocol. */
export class LineWorkerBusy extends SwitchyardError {
  constructor() {
    super(
      'line_worker_busy',
      'bug',
      'The worker has a question to answer already: wait for it, or use another worker.',
    );
  }
}

/** The worker was closed by its owner. */
export class LineWorkerClosed extends SwitchyardError {
  constructor() {
    super('line_worker_closed', 'terminal', 'The worker was closed.');
  }
}

/** What was to be asked is not one line. */
export class WorkerLineInvalid extends SwitchyardError {
  constructor(position: number) {
    super(
      'worker_line_invalid',
      'invalid',
      `The line for the worker has a line break at character ${position}; it must be one line, such as JSON without indentation.`,
    );
  }
}
