/**
 * A `switchyard worker` as a process of its own. It ends with this process in any case: when its channel to us closes, it stops.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SwitchyardError } from '@switchyard/core';
import type { Io } from '../io.ts';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'switchyard.js');
/** Of the environment, what a program needs to run: not the keys of providers, and not HOME, where the user's settings lie. */
const PASSED_ON = ['PATH', 'TMPDIR', 'LANG', 'LC_ALL', 'NODE_V8_COVERAGE', 'SystemRoot'];
const STOP_MS = 5_000;
const LAST_LINES = 10;

export interface WorkerProcess {
  readonly pid: number;
  readonly running: boolean;
  /** Ends it as a power cut would. Resolves when the process has gone. */
  kill(): Promise<void>;
  /** Asks it to stop, and kills it when it takes over 5 s. */
  stop(): Promise<void>;
}

class WorkerDidNotStart extends SwitchyardError {
  constructor(how: string, lastLines: readonly string[]) {
    const said = lastLines.length === 0 ? '' : `; it said:\n${lastLines.join('\n')}`;
    super('worker_did_not_start', 'terminal', `a worker process did not start (${how})${said}`);
  }
}

/** Resolves when the worker takes work. */
export async function startWorkerProcess(
  settings: { readonly databaseUrl: string; readonly dataDir: string; readonly scriptFile: string },
  env: Io['env'],
  signal: AbortSignal,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [LAUNCHER, 'worker'], {
    // Where no configuration file of the user's lies.
    cwd: settings.dataDir,
    env: {
      ...Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
      // In the environment, where other users of the machine cannot read it as they can arguments.
      DATABASE_URL: settings.databaseUrl,
      SWITCHYARD_DATA_DIR: settings.dataDir,
      SWITCHYARD_SCRIPT: settings.scriptFile,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new WorkerDidNotStart('it has no output', []);
  const lastLines: string[] = [];
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, killer) => resolve(`exit ${code ?? killer}`));
  });
  createInterface({ input: stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > LAST_LINES) lastLines.shift();
  });
  const ready = new Promise<null>((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('ready worker')) resolve(null);
    });
  });
  const end = await Promise.race([ready, exited]);
  signal.throwIfAborted();
  if (end !== null || child.pid === undefined) throw new WorkerDidNotStart(end ?? 'no process', lastLines);
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid,
    get running() {
      return running();
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      if (!running()) return;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(killer);
    },
  };
}
