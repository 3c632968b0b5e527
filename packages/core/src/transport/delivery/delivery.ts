/**
 * Brings actions to the collector.
 *
 * Owns everything between the acceptance of an action and what became of it. Leaves bounds and order to `Outbox`, pausing to
 * `SendGate`, the calls to `ActionSender`, ids to `SpanIds`, the disk to `Spool`, counting to `DeliveryTally`.
 *
 * 1. Every accepted action is counted once as sent, kept or dropped, at the latest by `close`.
 * 2. A span is sent after its parent, and with the collector's id of it; a finish after its span; the finish of a run after
 *    all else of it. A parent that was dropped, or never comes, costs its children their place in the tree, never themselves.
 * 3. A failure that may pass is tried again until it does, with the same key; a refusal stops everything and is reported once;
 *    a call that cannot be made is dropped alone.
 * 4. A wish of the collector to end a run reaches the run whenever it arrives, during `close` too.
 * 5. `close` ends within its deadline and leaves nothing running.
 */
import type { Clock } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import { TaskExecutor } from '../../queue/task-executor.ts';
import { HttpClientError } from '../http/http-client-error.ts';
import { type ActionSender, meaningOf, type SendResult } from './action-sender.ts';
import { targetOf } from './action-target.ts';
import type { AgentRun } from './agent-run.ts';
import { deadlineSignal } from './deadline.ts';
import type { DeliverySettings } from './delivery-config.ts';
import { classOf, type DeliverableAction, type Entry, type Lane } from './delivery-entry.ts';
import { DeliveryTally, type DropReason } from './delivery-tally.ts';
import { OrphanWatch } from './orphan-watch.ts';
import { Outbox } from './outbox.ts';
import { CollectorRefused, CollectorUnreachable, type DeliveryProblem, SpansDropped } from './problems.ts';
import { type Pass, SendGate } from './send-gate.ts';
import type { SpanIds } from './span-ids.ts';
import type { Spool } from './spool.ts';

/** How long handlers have to end after they were aborted, in milliseconds. */
const ABORT_GRACE_MS = 1_000;

export interface DeliveryDependencies {
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly sender: ActionSender;
  readonly ids: SpanIds;
  /** Milliseconds to pause after so many failures in a row, 0 for the first. */
  readonly pauseMs: (failures: number) => number;
  readonly report: (problem: DeliveryProblem) => void;
  /** The collector asked for the run to end; told once for each run. */
  readonly onTerminate: (reason: string) => void;
  readonly onRunStarted: (run: AgentRun) => void;
}

export class Delivery {
  readonly tally = new DeliveryTally();
  readonly gate: SendGate;
  readonly outbox: Outbox;
  readonly #dependencies: DeliveryDependencies;
  readonly #executor: TaskExecutor<Lane>;
  readonly #orphans: OrphanWatch;
  #spool: Spool | null = null;
  #lastNumber = 0;
  #dropsReported = false;
  #closing = false;
  #ended = false;

  constructor(dependencies: DeliveryDependencies) {
    const { settings, clock, pauseMs } = dependencies;
    this.#dependencies = dependencies;
    this.gate = new SendGate({ clock, delayMs: pauseMs });
    this.outbox = new Outbox(settings, clock.now);
    this.#orphans = new OrphanWatch(this.outbox, dependencies.ids, clock, settings.parentWaitMs);
    this.#executor = new TaskExecutor(this.outbox.ready, (lane, signal) => this.#work(lane, signal), {
      workerCount: settings.parallelTraces,
      // The client tries again by itself, and the gate after that.
      maxRetries: 0,
    });
  }

  /** Begins to send. `spool`: where accepted actions are kept too. */
  start(spool: Spool | null): void {
    this.#spool = spool;
    if (spool !== null)
      for (const entry of this.outbox.entries()) if (!entry.spooled) entry.spooled = spool.append(entry);
    if (!this.#ended) this.#executor.start();
  }

  get spoolState(): { readonly broken: boolean; readonly fileBytes: number } | null {
    return this.#spool === null ? null : { broken: this.#spool.broken, fileBytes: this.#spool.fileBytes };
  }

  /** Takes an action over; it is final from here on. False when it was dropped at once. */
  accept(
    action: DeliverableAction,
    run: AgentRun,
    bytes: number,
    origin: 'emitted' | 'recovered' = 'emitted',
  ): boolean {
    this.#lastNumber += 1;
    const entry: Entry = {
      number: this.#lastNumber,
      action,
      run,
      bytes,
      spooled: false,
      orphaned: false,
      place: { name: 'new' },
    };
    this.tally.accept(classOf(action), origin);
    run.isUsed = true;
    if (action.type !== 'agent-finish') run.unsettled += 1;
    const refusal = this.#refusalOf(entry);
    if (refusal !== null) {
      this.#drop(entry, refusal);
      return false;
    }
    for (let old = this.outbox.inTheWay(entry); old !== null; old = this.outbox.inTheWay(entry)) this.#overflow(old);
    this.outbox.add(entry);
    if (this.#spool !== null) entry.spooled = this.#spool.append(entry);
    return true;
  }

  /** The collector wants the run to end. */
  terminate(run: AgentRun, reason: string): void {
    if (run.termination.signal.aborted) return;
    run.termination.abort(reason);
    this.#dependencies.onTerminate(reason);
  }

  /** Counts something that was not even accepted. */
  countDropped(kind: 'span' | 'finish', reason: DropReason): void {
    this.tally.accept(kind, 'emitted');
    this.tally.drop(kind, reason);
  }

  /** Sends what there is, for at most `deadlineMs`, and ends. What is left is kept or dropped. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing = true;
    const deadline = deadlineSignal(this.#dependencies.clock, deadlineMs);
    const hopeless = new AbortController();
    const over = AbortSignal.any([deadline.signal, hopeless.signal]);
    this.gate.hurry(deadline.at, () => hopeless.abort());
    do await this.outbox.quiet(over);
    while (!over.aborted && this.gate.state !== 'refused' && this.#orphans.wakeAll());
    deadline.cancel();
    await this.#end();
    await this.#spool?.flush();
    for (const entry of this.outbox.entries()) this.#leave(entry);
    await this.#spool?.close();
  }

  async #end(): Promise<void> {
    this.#ended = true;
    this.#orphans.stop();
    this.outbox.halt();
    this.gate.end();
    this.#executor.abort();
    // A handler that goes on although it was aborted is a fetch that ignores its signal: it is left behind.
    await this.#executor.stop({ graceMs: ABORT_GRACE_MS }).catch(() => undefined);
  }

  async #work(lane: Lane, signal: AbortSignal): Promise<void> {
    const entry = this.outbox.begin(lane);
    try {
      if (entry !== null) await this.#deliver(entry, signal);
    } finally {
      this.outbox.end(lane);
    }
  }

  async #deliver(entry: Entry, signal: AbortSignal): Promise<void> {
    const target = targetOf(entry, this.#dependencies.ids);
    if (target.name === 'drop') this.#drop(entry, 'unknown-span');
    if (target.name === 'wait') this.#setAside(entry, target.for);
    if (target.name !== 'send') return;
    const result = await this.#send(entry, target.id, signal);
    if (result !== null) this.#settleSent(entry, result);
  }

  /** Tries until the collector has it; null when it has been dropped or put back instead. */
  async #send(entry: Entry, target: string | null, signal: AbortSignal): Promise<SendResult | null> {
    for (let pass = await this.gate.enter(); pass !== null; pass = await this.gate.enter()) {
      try {
        const result = await this.#dependencies.sender.send(entry, target, signal, this.#onRunChange);
        this.gate.succeeded();
        return result;
      } catch (error) {
        if (!this.#shallTryAgain(entry, error, pass, signal)) return null;
      }
    }
    this.outbox.putBack(entry);
    return null;
  }

  /** False when the entry has been dealt with. */
  #shallTryAgain(entry: Entry, error: unknown, pass: Pass, signal: AbortSignal): boolean {
    if (this.#ended || signal.aborted) {
      this.gate.leave(pass);
      this.outbox.putBack(entry);
      return false;
    }
    const meaning = meaningOf(error);
    if (meaning === 'later') {
      const hint = error instanceof HttpClientError ? error.retryAfterMs : undefined;
      // One report for each outage: probes that fail belong to the same.
      if (this.gate.failed(pass, hint) && !pass.probe) this.#dependencies.report(new CollectorUnreachable(error));
      return true;
    }
    if (meaning === 'refused') {
      this.outbox.putBack(entry);
      this.#refuse(error);
    } else {
      this.gate.leave(pass);
      this.#drop(entry, 'failed');
      this.#reportDropped(`a call cannot be made (${messageOf(error)})`);
    }
    return false;
  }

  #settleSent(entry: Entry, { id, control }: SendResult): void {
    if (this.#ended || entry.place.name === 'settled') return;
    const { action, run } = entry;
    this.tally.send(classOf(action));
    if (action.type === 'span-create' && id !== undefined)
      this.#dependencies.ids.settle(action.span_id, { name: 'sent', id });
    this.#settle(entry, id);
    if (control?.terminate === true) this.terminate(run, control.reason ?? 'the collector asked for it');
  }

  #drop(entry: Entry, reason: DropReason): void {
    const { action } = entry;
    this.tally.drop(classOf(action), reason);
    if (action.type === 'span-create')
      this.#dependencies.ids.settle(action.span_id, { name: 'dropped', parent: action.parent_span_id });
    this.#settle(entry);
  }

  /** Whatever became of it: who waited for it may go on. */
  #settle(entry: Entry, id?: string): void {
    const { action, run } = entry;
    this.outbox.settle(entry);
    this.#spool?.settle(entry, id);
    const isLast = action.type === 'span-finish' || (action.type === 'span-create' && action.finished_at !== null);
    if (isLast) this.#dependencies.ids.finish(action.span_id);
    if (action.type === 'span-create') this.outbox.wake(action.span_id);
    if (action.type === 'agent-finish') return;
    run.unsettled -= 1;
    if (run.unsettled === 0) this.outbox.wake(run.key);
  }

  /** At the end: what the spool has is kept. */
  #leave(entry: Entry): void {
    const isKept = entry.spooled && this.#spool?.broken === false;
    if (isKept) this.tally.keep(classOf(entry.action));
    else this.tally.drop(classOf(entry.action), this.gate.state === 'refused' ? 'refused' : 'closed');
    this.outbox.settle(entry);
  }

  #refuse(error: unknown): void {
    if (!this.gate.refuse()) return;
    this.outbox.halt();
    // With a spool they wait for a process that is let in; without one they would only take up memory.
    if (this.#spool === null)
      for (const entry of this.outbox.entries()) if (entry.place.name !== 'sending') this.#drop(entry, 'refused');
    this.#dependencies.report(new CollectorRefused(error));
  }

  #refusalOf(entry: Entry): DropReason | null {
    if (this.#closing) return 'closed';
    if (this.gate.state === 'refused' && this.#spool === null) return 'refused';
    return this.outbox.fits(entry) ? null : 'overflow';
  }

  #overflow(entry: Entry): void {
    this.#drop(entry, 'overflow');
    this.#reportDropped('more is emitted than the collector takes');
  }

  /** When it begins, for the first reason there is. */
  #reportDropped(why: string): void {
    if (this.#dropsReported) return;
    this.#dropsReported = true;
    this.#dependencies.report(new SpansDropped(why));
  }

  #setAside(entry: Entry, waitsFor: string): void {
    this.outbox.setAside(entry, waitsFor);
    this.#orphans.watch();
  }

  readonly #onRunChange = (run: AgentRun): void => {
    this.#spool?.updateRun(run);
    if (run.state.name === 'started') this.#dependencies.onRunStarted(run);
  };
}
