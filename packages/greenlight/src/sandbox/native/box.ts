/**
 * One native box: a bubblewrap process that runs one job and is then thrown away.
 *
 * Owns: the process and its pipes. Leaves to the pool: when to start one and whom to give it; to its slot: user and control group.
 * Invariants:
 * 1. `ask` settles within its limit, and the box has then answered or is ended.
 * 2. When `end` settles, no process of the box is left: ending its process 1 ends its whole process namespace.
 * 3. Nothing is read from the box but lines on one pipe, bounded in length.
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

/** Processes forked ahead: one compiles, five run the steps of a usual atom. */
const STAGES_AHEAD = 6;

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

export class NativeBox {
  readonly runtime: NativeRuntime;
  readonly slot: Slot;
  /** Resolves when the box waits for its job; rejects when it did not start. */
  readonly parked: Promise<void>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #received = '';
  #stderr = '';
  #settle: ((answer: Answer) => void) | undefined;
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

  /** Sends one command and waits for its report. A box that gives none in `limitMs`, or a report that is none, is ended. */
  async ask(command: object, limitMs: number, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    this.#isParked = false;
    const line = `${JSON.stringify(command)}\n`;
    const answer = await this.#exchange(line, limitMs, signal);
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

  async #exchange(line: string, limitMs: number, signal: AbortSignal): Promise<Answer> {
    if (this.#gone !== undefined) return { gone: this.#gone };
    const answered = Promise.withResolvers<Answer>();
    this.#settle = answered.resolve;
    const onAbort = () => answered.resolve({ gone: 'it was aborted' });
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => answered.resolve({ gone: 'it gave no report in time' }), limitMs);
    const startedAt = performance.now();
    try {
      this.#child.stdin?.write(line);
      const answer = await answered.promise;
      if ('gone' in answer) {
        await this.end();
        return answer;
      }
      return { ...answer, durationMs: performance.now() - startedAt };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.#settle = undefined;
    }
  }

  async #start(sources: InsideSources): Promise<void> {
    this.#child.stdin?.write(sources.supervisor);
    const isNode = this.runtime !== 'python';
    const node = isNode ? [`${NODE_FOLDER}/node`, ...sources.nodeArguments(this.runtime)] : [];
    const settings = {
      flavour: isNode ? 'node' : 'python',
      ahead: STAGES_AHEAD,
      processes: MAX_PROCESSES,
      fileBytes: SCRATCH_MB * MIB,
      node,
    };
    const answer = await this.#exchange(`${JSON.stringify(settings)}\n`, START_MS, new AbortController().signal);
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
      this.#settle?.({ gone: reason });
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
    if (this.#received.length > MAX_REPORT_CHARS) return this.#settle?.({ gone: 'its report is too long' });
    if (!text.includes('\n')) return;
    const end = this.#received.indexOf('\n');
    const line = this.#received.slice(0, end);
    const isOne = end === this.#received.length - 1;
    this.#received = '';
    const report = isOne ? parseReport(line) : undefined;
    this.#settle?.(report === undefined ? { gone: 'its report is malformed' } : { report, durationMs: 0 });
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
