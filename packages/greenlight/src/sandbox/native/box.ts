/**
 * One native box: a bubblewrap process that runs one job and is then thrown away.
 *
 * Owns: what is said to and by it. Leaves to the launcher: its processes; to the pool: when to start one and whom to give it; to its slot: user and control group.
 * Invariants:
 * 1. `next` settles within its limit, and the box has then reported or is ended.
 * 2. When `end` settles, no process of the box is left: ending its process 1 ends its whole process namespace.
 * 3. Nothing is read from the box but lines on one channel, bounded in length, one for each command that asks for one.
 */
import type { Socket } from 'node:net';
import { SandboxFault } from '../errors.ts';
import { type HostTools, NODE_FOLDER } from './box-command.ts';
import type { BoxLauncher, BoxProcess } from './box-launcher.ts';
import type { InsideSources } from './inside-sources.ts';
import type { NativeRuntime } from './languages.ts';
import { MAX_PROCESSES, MAX_REPORT_CHARS, MIB, SCRATCH_MB } from './limits.ts';
import { isStepReport, type Report, reportSchema } from './reports.ts';
import type { Slot } from './slots.ts';

/** How long a box may take to start on a busy machine, milliseconds. */
const START_MS = 20_000;

/** Processes forked ahead, for the steps of a usual atom. */
const STAGES_AHEAD = 5;

const NAME = 'native';

/** What boxes are made of. */
export interface BoxBlueprint {
  readonly tools: HostTools;
  readonly sources: InsideSources;
  readonly launcher: BoxLauncher;
}

type Answer = { readonly report: Report; readonly durationMs: number } | { readonly gone: string };

interface Arrival {
  readonly report: Report;
  readonly at: number;
}

export class NativeBox {
  readonly runtime: NativeRuntime;
  readonly slot: Slot;
  /** Resolves when the box waits for its job; rejects when it did not start. */
  readonly parked: Promise<void>;
  readonly #process: BoxProcess;
  readonly #exited: Promise<void>;
  #channel: Socket | undefined;
  #received = '';
  #stderr = '';
  readonly #arrived: Arrival[] = [];
  #expected = 0;
  /** When what is worked on now was posted, and the durations of what has been reported since. */
  #since = 0;
  #settle: (() => void) | undefined;
  #isParked = false;
  #gone: string | undefined;

  constructor(runtime: NativeRuntime, slot: Slot, blueprint: BoxBlueprint) {
    this.runtime = runtime;
    this.slot = slot;
    this.#process = blueprint.launcher.start(slot);
    this.#exited = this.#process.ended.then(({ reason, stderr }) => {
      this.#stderr = stderr;
      this.#gone ??= reason;
      this.#isParked = false;
      this.#settle?.();
    });
    this.parked = this.#start(blueprint.sources);
    // Whoever takes the box awaits it; a box that nobody took may fail unheard.
    this.parked.catch(() => undefined);
  }

  get isParked(): boolean {
    return this.#isParked;
  }

  get isAlive(): boolean {
    return this.#gone === undefined;
  }

  /** Resolves when no process of the box is left. */
  get ended(): Promise<void> {
    return this.#exited;
  }

  /** Sends commands that are answered by so many reports, all of them awaited by `next`. */
  post(commands: readonly object[], reports: number): void {
    this.#isParked = false;
    if (this.#expected === 0) this.#since = performance.now();
    this.#expected += reports;
    this.#write(commands);
  }

  /** The next report that was asked for, and how long it took. A box that gives none in `limitMs`, or one that is none, is ended. */
  async next(limitMs: number, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const answer = await this.#await(limitMs, signal);
    signal.throwIfAborted();
    return answer;
  }

  /** Ends every process of the box and waits until they are gone. */
  async end(): Promise<void> {
    this.#gone ??= 'it was ended';
    this.#isParked = false;
    this.#process.kill();
    await this.#exited;
  }

  async #await(limitMs: number, signal: AbortSignal): Promise<Answer> {
    const there = this.#arrived.shift();
    if (there !== undefined) return this.#taken(there);
    if (this.#gone !== undefined) return { gone: this.#gone };
    const woken = Promise.withResolvers<string | undefined>();
    this.#settle = () => woken.resolve(undefined);
    const onAbort = () => woken.resolve('it was aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => woken.resolve('it gave no report in time'), limitMs);
    try {
      const reason = await woken.promise;
      if (reason !== undefined) this.#gone ??= reason;
      const arrival = this.#arrived.shift();
      if (arrival !== undefined) return this.#taken(arrival);
      await this.end();
      return { gone: this.#gone ?? 'it gave no report' };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.#settle = undefined;
    }
  }

  #taken({ report, at }: Arrival): Answer {
    this.#expected -= 1;
    const passed = at - this.#since;
    // Reports of short steps come together: all their times are never more than what has passed here.
    const durationMs = isStepReport(report) ? Math.min(report.wallMs, passed) : passed;
    this.#since += durationMs;
    return { report, durationMs };
  }

  #write(commands: readonly object[]): void {
    this.#channel?.write(commands.map((command) => `${JSON.stringify(command)}\n`).join(''));
  }

  async #start(sources: InsideSources): Promise<void> {
    const isNode = this.runtime !== 'python';
    const node = isNode ? [`${NODE_FOLDER}/node`, ...sources.nodeArguments(this.runtime)] : [];
    const settings = {
      ahead: STAGES_AHEAD,
      processes: MAX_PROCESSES,
      fileBytes: SCRATCH_MB * MIB,
      node,
      rehearsal: this.runtime === 'typescript' ? 'rehearsal.ts' : 'rehearsal.js',
    };
    this.#expected = 1;
    void this.#process.channel.then((channel) => {
      this.#channel = channel;
      channel
        .setEncoding('utf8')
        .on('data', (text: string) => this.#take(text))
        .resume();
      channel.write(sources.supervisor);
      this.#write([settings]);
    });
    const answer = await this.#await(START_MS, new AbortController().signal);
    if ('gone' in answer) {
      await this.end();
      const last = this.#stderr.trim().split('\n').at(-1) ?? '';
      throw new SandboxFault(NAME, `a box did not start: ${answer.gone}${last === '' ? '' : ` (${last})`}`);
    }
    this.#isParked = true;
  }

  #take(text: string): void {
    this.#received += text;
    if (!text.includes('\n')) {
      if (this.#received.length > MAX_REPORT_CHARS) this.#break('its report is too long');
      return;
    }
    const lines = this.#received.split('\n');
    this.#received = lines.pop() ?? '';
    for (const line of lines) {
      const report = parseReport(line);
      if (report === undefined || this.#arrived.length >= this.#expected) return this.#break('its report is malformed');
      this.#arrived.push({ report, at: performance.now() });
    }
    this.#settle?.();
  }

  /** What comes from a box that does not keep to the protocol is worth nothing more. */
  #break(reason: string): void {
    this.#gone ??= reason;
    this.#settle?.();
    void this.end();
  }
}

function parseReport(line: string): Report | undefined {
  try {
    const parsed = reportSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
