/**
 * The parent's end of one pool process.
 *
 * Owns: the child process and its channel. Leaves to the sandbox: what runs are under way, whether to start another.
 * The child gets an environment with nothing of this process's, no arguments but its own, no stdin, no descriptor beside the channel, and of the file
 * system its own code to read.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BoxPoolSettings } from './box-pool.ts';
import { isPoolReply, type PoolReply, type PoolRequest } from './messages.ts';
import { poolFlags } from './pool-permissions.ts';

/** How long a pool process has to end by itself before it is killed, milliseconds. */
const END_GRACE_MS = 1000;

/** What is kept of the child's stderr, to tell why it died: characters. */
const STDERR_CHARS = 2000;

/**
 * glibc's allocator keeps an arena for each thread, eight for each core, and each at the most that it ever held; compiling in a thread takes up
 * to 34 MB once. So kept they were half of the pool's memory, and grew for thousands of grades: there are two. Other allocators ignore it.
 */
const POOL_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };

export interface PoolProcessEvents {
  readonly onReply: (reply: PoolReply) => void;
  /** The process is gone, `reason` in words; called once. */
  readonly onExit: (reason: string) => void;
}

export class PoolProcessHandle {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #stderr = '';

  constructor(settings: BoxPoolSettings, events: PoolProcessEvents) {
    const path = fileURLToPath(new URL('./pool-process.ts', import.meta.url));
    this.#child = fork(path, [JSON.stringify(settings)], {
      env: POOL_ENVIRONMENT,
      execArgv: poolFlags(),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const exited = Promise.withResolvers<void>();
    this.#exited = exited.promise;
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS);
    });
    this.#child.on('message', (message: unknown) => {
      if (isPoolReply(message)) events.onReply(message);
    });
    const gone = (reason: string) => {
      exited.resolve();
      events.onExit(reason);
    };
    this.#child.once('exit', (code, signal) => gone(this.#describe(code, signal)));
    this.#child.on('error', (error) => {
      // Without a process id it was never started, and no exit follows.
      if (this.#child.pid === undefined) gone(error.message);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a request; one that the process does not get any more is answered by `onExit`. */
  send(request: PoolRequest): void {
    this.#child.send(request, () => undefined);
  }

  /** Kills the process at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Ends the process and waits for it. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.kill(), END_GRACE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #describe(code: number | null, signal: string | null): string {
    const how = signal === null ? `with code ${code ?? 'unknown'}` : `by ${signal}`;
    const last = this.#stderr.trim().split('\n').at(-1) ?? '';
    return `the pool process ended ${how}${last === '' ? '' : ` (${last})`}`;
  }
}
