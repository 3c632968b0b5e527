/**
 * One start of a worker program: what a `LineWorker` keeps while it lives, and replaces when it does not.
 *
 * Owns the process, its group and its pipes. Leaves to the `LineWorker` when to ask, how long to wait and what to report.
 *
 * Invariants:
 * 1. Nothing of the group is left when it is over; where it was stopped, when `stop()` has resolved.
 * 2. It answers what it was asked and nothing else: text on stdout while nobody waits for it, or after the answer, makes
 *    it unusable, since what comes next could no longer be told from an answer.
 */
import type { ChildProcess } from 'node:child_process';
import { AnswerLines } from './answer-lines.ts';
import { OutputLines } from './output-lines.ts';
import { killGroupOnExit, signalGroup } from './process-group.ts';
import type { ChildLimits } from './process-options.ts';
import type { Written } from './result-of.ts';
import { askToEnd, DRAIN_MS, type Exit, exitOf, KILL_WAIT_MS, pauseUntil, type Started } from './start-child.ts';

/** What came back for a question. */
export type Reply = { readonly is: 'answer'; readonly line: string } | { readonly is: 'too-long' };

export interface LineProcessLimits extends ChildLimits {
  readonly maxAnswerBytes: number;
}

export class LineProcess {
  readonly pid: number;
  /** How it ended, once it has and what it wrote is read. */
  readonly over: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #limits: LineProcessLimits;
  readonly #exited: Promise<Exit>;
  readonly #gone = new AbortController();
  readonly #answers: AnswerLines;
  readonly #stderr: OutputLines;
  /** Who waits for the answer; null while none is due. */
  #reply: ((reply: Reply) => void) | null = null;
  #onStderrLine: (line: string) => void = () => {};
  #stopping: Promise<Exit | null> | null = null;

  constructor({ child, leader }: Started, limits: LineProcessLimits, secrets: readonly string[]) {
    this.pid = leader;
    this.#child = child;
    this.#limits = limits;
    this.#answers = new AnswerLines(limits.maxAnswerBytes, secrets);
    this.#stderr = new OutputLines(limits, secrets, (line) => this.#onStderrLine(line));
    this.#exited = exitOf(child);
    this.over = this.#live(killGroupOnExit(leader));
    child.stdout?.on('data', (chunk: Buffer) => this.#onStdout(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    child.stderr?.on('error', () => {});
    // Who cannot be asked or cannot answer any more is of no use; its exit, if that is the reason, comes in a moment.
    for (const pipe of [child.stdin, child.stdout]) {
      pipe?.on('error', () => {});
      pipe?.once('close', () => void this.#endSoon());
    }
  }

  /** False once it is on its way out: it must not be asked any more. */
  get usable(): boolean {
    return this.#stopping === null && !this.#gone.signal.aborted;
  }

  /**
   * Writes the line. Resolves with what comes back, or never when it ends before it answers.
   * @param onStderrLine called with what it says until `settle()`; must not throw
   */
  ask(line: string, onStderrLine: (line: string) => void): Promise<Reply> {
    this.#stderr.forget();
    this.#onStderrLine = onStderrLine;
    return new Promise((resolve) => {
      this.#reply = resolve;
      this.#child.stdin?.write(`${line}\n`);
    });
  }

  /** Ends the question. What it wrote since it was asked, `stdout` being half an answer. */
  settle(): Written {
    this.#reply = null;
    this.#onStderrLine = () => {};
    return {
      stdout: this.#answers.take('cut-off'),
      truncated: this.#answers.truncated,
      stderr: this.#stderr.tail,
      stderrTruncated: this.#stderr.truncated,
    };
  }

  /**
   * SIGTERM to the group, SIGKILL after the grace. Resolves when all of it is gone, with how the program itself ended;
   * null when not even SIGKILL ended it in time.
   */
  stop(): Promise<Exit | null> {
    if (this.#gone.signal.aborted) return this.over;
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<Exit | null> {
    this.#child.stdin?.end();
    await askToEnd(this.pid, this.#exited, this.#limits.graceMs, pauseUntil(this.#gone.signal));
    signalGroup(this.pid, 'SIGKILL');
    return await Promise.race([this.over, pauseUntil(this.#gone.signal)(KILL_WAIT_MS).then(() => null)]);
  }

  async #live(forget: () => void): Promise<Exit> {
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    const exit = await this.#exited;
    // A descendant that was left behind would hold the pipes open; one that is being stopped has the rest of the grace.
    if (this.#stopping === null) signalGroup(this.pid, 'SIGKILL');
    await Promise.race([closed, pauseUntil(this.#gone.signal)(DRAIN_MS)]);
    this.#stderr.end(exit.by === 'code' ? 'complete' : 'cut-off');
    this.#gone.abort();
    forget();
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) pipe?.destroy();
    return exit;
  }

  async #endSoon(): Promise<void> {
    await Promise.race([this.over, pauseUntil(this.#gone.signal)(this.#limits.graceMs)]);
    if (this.usable) await this.stop();
  }

  #onStdout(chunk: Buffer): void {
    const arrival = this.#reply === null ? null : this.#answers.push(chunk);
    if (arrival?.is === 'part') return;
    if (arrival !== null)
      this.#reply?.(arrival.is === 'line' ? { is: 'answer', line: arrival.line } : { is: 'too-long' });
    this.#reply = null;
    if (arrival === null || arrival.is === 'too-long' || arrival.more) void this.stop();
  }
}
