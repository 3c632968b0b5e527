/** What a command touches of its process, so that tests can hand it their own. */
import { closeSync, openSync } from 'node:fs';
import { OutputClosed } from './errors.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';
const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters. */
  readonly columns?: number | undefined;
}

export interface Io {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  /** Data, and nothing else. */
  readonly stdout: OutputStream;
  /** Messages and progress. */
  readonly stderr: OutputStream;
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  /** Aborts, with an OutputClosed, when whoever reads stdout has gone (EPIPE). */
  readonly outputClosed: AbortSignal;
  /** Calls the listener for each signal that asks to stop. @returns how to stop listening */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /**
   * While somebody listens, SIGHUP is no wish to stop but one to read the configuration again; that of a terminal which has
   * gone still stops. @returns how to stop listening
   */
  onReload(listener: () => void): () => void;
  /** Ends the process at once, without clean-up. */
  exit(code: number): void;
}

/** The real process. A pipe that closes makes later writes do nothing instead of ending the process with a stack trace. */
export function processIo(): Io {
  const closed = new AbortController();
  const guard = (stream: NodeJS.WriteStream, onClosed: () => void): OutputStream => {
    let open = true;
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code !== 'EPIPE') throw error;
      open = false;
      onClosed();
    };
    stream.on('error', onError);
    return {
      write: (text) => open && stream.write(text),
      get isTTY() {
        return stream.isTTY;
      },
      get columns() {
        return stream.columns;
      },
    };
  };
  const reloads = new Set<() => void>();
  return {
    stdin: process.stdin,
    stdout: guard(process.stdout, () => closed.abort(new OutputClosed())),
    stderr: guard(process.stderr, () => undefined),
    env: process.env,
    cwd: process.cwd(),
    outputClosed: closed.signal,
    onStopSignal: (listener) => {
      const onOrphaned = (): void => listener('SIGTERM');
      const onSignal = (signal: StopSignal): void => {
        if (signal !== 'SIGHUP' || reloads.size === 0 || hasLostTerminal()) listener(signal);
        else for (const reload of reloads) reload();
      };
      for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
      // Started with a channel by a program that has gone, however it went.
      if (process.connected) process.on('disconnect', onOrphaned);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
        process.off('disconnect', onOrphaned);
      };
    },
    onReload: (listener) => {
      reloads.add(listener);
      return () => void reloads.delete(listener);
    },
    exit: (code) => process.exit(code),
  };
}

/** A terminal that hangs up sends SIGHUP too; by then it can no longer be opened. */
function hasLostTerminal(): boolean {
  if (!process.stderr.isTTY) return false;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return false;
  } catch {
    return true;
  }
}
