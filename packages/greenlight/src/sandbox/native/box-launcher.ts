/**
 * Starts the processes of boxes, through one small process that forks in our stead: forking a server of some hundred MiB took 6 ms of a core a
 * box, and the shell and the tool that joined groups and changed users 2 ms more (docs/decisions/0024).
 *
 * Owns: that process, and a socket in a folder of ours on which each box connects as soon as it is forked: its standard input and output.
 * Invariants:
 * 1. `ended` of a box resolves once none of its processes is left; when the launcher dies, once the kernel has been told to end them: bwrap
 *    ends with its parent.
 * 2. A launcher that has died is started anew for the next box.
 * 3. A server that is killed leaves nothing: the launcher then ends every box, removes the folder, and ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { boxCommand, type HostTools } from './box-command.ts';
import type { InsideSources } from './inside-sources.ts';
import type { Slot } from './slots.ts';

/** The address of a socket has room for 107 bytes (unix(7)). */
const LONGEST_FOLDER = 80;
/** A box's first line: its number. */
const LONGEST_NAME = 16;

const endSchema = z.object({ box: z.int(), code: z.int(), stderr: z.string() });

export interface BoxEnd {
  /** In words: "it ended with code 1". */
  readonly reason: string;
  /** The last that it said, for people; empty when it said nothing. */
  readonly stderr: string;
}

/** A box's process 1 and what starts it. */
export interface BoxProcess {
  /** Its standard input and output, once it was forked. Never settles when it was not. */
  readonly channel: Promise<Socket>;
  readonly ended: Promise<BoxEnd>;
  /** Ends every process of it. */
  kill(): void;
}

interface Entry {
  readonly connected: (channel: Socket) => void;
  readonly finish: (end: BoxEnd) => void;
}

export class BoxLauncher {
  readonly #tools: HostTools;
  readonly #sources: InsideSources;
  readonly #filter: number;
  readonly #server: Server;
  readonly #folder: string;
  readonly #path: string;
  readonly #boxes = new Map<number, Entry>();
  #process: ChildProcess | undefined;
  #started = 0;
  #isClosed = false;

  private constructor(tools: HostTools, sources: InsideSources, filter: number) {
    this.#tools = tools;
    this.#sources = sources;
    this.#filter = filter;
    this.#folder = mkdtempSync(join(tmpdir().length > LONGEST_FOLDER ? '/tmp' : tmpdir(), 'switchyard-boxes-'));
    this.#path = join(this.#folder, 'box');
    this.#server = createServer((channel) => this.#greet(channel));
  }

  /** @param filter a descriptor of the filter of system calls, which each box opens anew. */
  static async open(tools: HostTools, sources: InsideSources, filter: number): Promise<BoxLauncher> {
    const launcher = new BoxLauncher(tools, sources, filter);
    const listening = Promise.withResolvers<void>();
    launcher.#server.once('error', listening.reject);
    launcher.#server.listen(launcher.#path, listening.resolve);
    try {
      await listening.promise;
    } catch (error) {
      launcher.#removeFolder();
      throw error;
    }
    launcher.#server.on('error', () => undefined);
    return launcher;
  }

  /** Starts one; what keeps it from starting is told by its end. */
  start({ uid, groups }: Pick<Slot, 'uid' | 'groups'>): BoxProcess {
    const connected = Promise.withResolvers<Socket>();
    const ended = Promise.withResolvers<BoxEnd>();
    this.#started += 1;
    const number = this.#started;
    const commands = this.#isClosed ? undefined : (this.#process ?? this.#launch()).stdin;
    if (commands === undefined || commands === null) {
      ended.resolve({ reason: 'its launcher has ended', stderr: '' });
    } else {
      this.#boxes.set(number, { connected: connected.resolve, finish: ended.resolve });
      commands.write(`${['start', number, uid ?? '-', ...groups].join('\t')}\n`);
    }
    const kill = (): void => {
      if (this.#boxes.has(number)) commands?.write(`end\t${number}\n`);
    };
    return { channel: connected.promise, ended: ended.promise, kill };
  }

  /** Ends the launcher, and with it all boxes that are left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const launcher = this.#process;
    if (launcher !== undefined) {
      const exited = new Promise((resolve) => launcher.once('exit', resolve));
      launcher.stdin?.end();
      await exited;
    }
    this.#server.close();
    this.#removeFolder();
  }

  #launch(): ChildProcess {
    const { python } = this.#tools;
    const box = boxCommand(this.#tools, [python, ...this.#sources.pythonArguments]);
    const args = [...this.#sources.pythonArguments, this.#path, ...box];
    // In a session of its own: what a terminal sends to all of its processes is for the server to answer.
    const launcher = spawn(python, args, {
      env: {},
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore', this.#filter],
    });
    this.#process = launcher;
    launcher.stdin?.on('error', () => undefined);
    launcher.stdin?.write(this.#sources.launcher);
    const gone = () => {
      if (this.#process !== launcher) return;
      this.#process = undefined;
      // Those of a launcher end with it, before anybody could be told.
      for (const { finish } of this.#boxes.values()) finish({ reason: 'its launcher has ended', stderr: '' });
      this.#boxes.clear();
    };
    launcher.once('error', gone);
    launcher.once('exit', gone);
    let received = '';
    launcher.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (received + text).split('\n');
      received = lines.pop() ?? '';
      for (const line of lines) this.#bury(line);
    });
    return launcher;
  }

  #bury(line: string): void {
    const { box, code, stderr } = endSchema.parse(JSON.parse(line));
    const entry = this.#boxes.get(box);
    this.#boxes.delete(box);
    entry?.finish({ reason: `it ended ${code < 0 ? `by signal ${-code}` : `with code ${code}`}`, stderr });
  }

  /** Hands a connection to the box that names itself on it. */
  #greet(channel: Socket): void {
    channel.on('error', () => undefined);
    let received = Buffer.alloc(0);
    const hear = (part: Buffer): void => {
      received = Buffer.concat([received, part]);
      const end = received.indexOf(10);
      if (end === -1 && received.length <= LONGEST_NAME) return;
      channel.pause();
      channel.off('data', hear);
      const entry = this.#boxes.get(Number(received.subarray(0, Math.max(end, 0)).toString('latin1')));
      if (end === -1 || entry === undefined) {
        channel.destroy();
        return;
      }
      if (end + 1 < received.length) channel.unshift(received.subarray(end + 1));
      entry.connected(channel);
    };
    channel.on('data', hear);
  }

  #removeFolder(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
