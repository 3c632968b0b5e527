/**
 * One native box: a bubblewrap process that runs one job and is then thrown away.
 *
 * Owns: the process and its pipes. Leaves to the pool: when to start one and whom to give it; to its slot: user and control group.
 * Invariants:
 * 1. `next` settles within its limit, and the box has then reported or is ended.
 * 2. When `end` settles, no process of the box is left: ending its process 1 ends its whole process namespace.
 * 3. Nothing is read from the box but lines on one pipe, bounded in length, one for each command that asks for one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { SandboxFault } from '../errors.ts';
import { boxCommand, type HostTools, NODE_FOLDER } from './box-command.ts';
import type { InsideSources } from './inside-sources.ts';
import type { NativeRuntime } from './languages.ts';
import { MAX_PROCESSES, MAX_REPORT_CHARS, MIB, SCRATCH_MB } from './limits.ts';
import { type Report, reportSchema } from './reports.ts';
import type { Slot } from './slots.ts';

/** How long a box may take to start on a busy machine, milliseconds. */
const START_MS = 20_000;

/** Processes forked ahead, for the steps of a usual atom. */
const STAGES_AHEAD = 5;

/** What is kept of a box's own stderr, to tell why it did not start: characters. */
const STDERR_CHARS = 2000;

const NAME = 'native';

/** What boxes are made of. */
export interface BoxBlueprint {
  readonly tools: HostTools;
  readonly sources: InsideSources;
  /** Opens the filter of system calls anew: bwrap reads it to its end. @returns a descriptor, to be closed by the caller */
  readonly openFilter: () => { readonly descriptor: number; close(): void };
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
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #received = '';
  #stderr = '';
  readonly #arrived: Arrival[] = [];
  #expected = 0;
  /** When what is worked on now was begun: when it was posted, or the report before it came. */
  #since = 0;
  #settle: (() => void) | undefined;
  #isParked = false;
  #gone: string | undefined;

  constructor(runtime: NativeRuntime, slot: Slot, blueprint: BoxBlueprint) {
    this.runtime = runtime;
    this.slot = slot;
    const { tools, sources } = blueprint;
    const [command, args] = boxCommand(tools, slot, [tools.python, ...sources.pythonArguments]);
    const filter = blueprint.openFilter();
    try {
      this.#child = spawn(command, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe', filter.descriptor] });
    } finally {
      filter.close();
    }
    const exited = Promise.withResolvers<void>();
    this.#exited = exited.promise;
    this.#listen(exited.resolve);
    this.parked = this.#start(sources);
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
    this.#kill();
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
    const durationMs = at - this.#since;
    this.#since = at;
    return { report, durationMs };
  }

  #write(commands: readonly object[]): void {
    this.#child.stdin?.write(commands.map((command) => `${JSON.stringify(command)}\n`).join(''));
  }

  async #start(sources: InsideSources): Promise<void> {
    this.#child.stdin?.write(sources.supervisor);
    const isNode = this.runtime !== 'python';
    const node = isNode ? [`${NODE_FOLDER}/node`, ...sources.nodeArguments(this.runtime)] : [];
    const settings = {
      ahead: STAGES_AHEAD,
      processes: MAX_PROCESSES,
      fileBytes: SCRATCH_MB * MIB,
      node,
    };
    this.post([settings], 1);
    const answer = await this.#await(START_MS, new AbortController().signal);
    if ('gone' in answer) {
      await this.end();
      const last = this.#stderr.trim().split('\n').at(-1) ?? '';
      throw new SandboxFault(NAME, `a box did not start: ${answer.gone}${last === '' ? '' : ` (${last})`}`);
    }
    this.#isParked = true;
  }

  #listen(onExit: () => void): void {
    const { stdin, stdout, stderr } = this.#child;
    stdin?.on('error', () => undefined);
    stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS);
    });
    const gone = (reason: string) => {
      this.#gone ??= reason;
      this.#isParked = false;
      this.#settle?.();
      onExit();
    };
    this.#child.once('exit', (code, signal) =>
      gone(`it ended ${signal === null ? `with code ${code}` : `by ${signal}`}`),
    );
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) gone(error.message);
    });
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

  /** Process 1 first: with it goes its namespace, and bwrap, which waits for it, ends last. */
  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const inside = childrenOf(pid);
    for (const one of inside) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    if (inside.length === 0) this.#child.kill('SIGKILL');
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

function childrenOf(pid: number): number[] {
  try {
    const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return listed
      .split(' ')
      .map(Number)
      .filter((child) => child > 1);
  } catch {
    return [];
  }
}
