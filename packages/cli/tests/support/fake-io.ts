import { OutputClosed } from '../../src/errors.ts';
import type { Io, StopSignal } from '../../src/io.ts';

export interface FakeIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: readonly (string | Uint8Array)[];
  readonly terminal?: { readonly columns: number };
}

export interface FakeIo extends Io {
  /** All that was written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves when stdout (or stderr) matches. */
  readonly saw: (pattern: RegExp, stream?: 'out' | 'err') => Promise<RegExpExecArray>;
  readonly send: (signal: StopSignal) => void;
  readonly listeners: () => number;
  readonly exits: number[];
  readonly closeOutput: () => void;
}

/** A process of its own making: nothing of the real one shows through. */
export function fakeIo({ env = {}, cwd = '/nowhere', stdin = [], terminal }: FakeIoOptions = {}): FakeIo {
  const written = { out: '', err: '' };
  const waiting = new Set<() => void>();
  const listeners = new Set<(signal: StopSignal) => void>();
  const reloads = new Set<() => void>();
  const closed = new AbortController();
  const exits: number[] = [];
  const stream = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
      for (const look of waiting) look();
    },
    isTTY: terminal !== undefined,
    columns: terminal?.columns,
  });
  return {
    stdin: (async function* () {
      yield* stdin;
    })(),
    stdout: stream('out'),
    stderr: stream('err'),
    env,
    cwd,
    outputClosed: closed.signal,
    onStopSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onReload: (listener) => {
      reloads.add(listener);
      return () => void reloads.delete(listener);
    },
    exit: (code) => exits.push(code),
    out: () => written.out,
    err: () => written.err,
    saw: (pattern, name = 'out') =>
      new Promise((resolve) => {
        const look = (): void => {
          const match = pattern.exec(written[name]);
          if (match === null) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        look();
      }),
    send: (signal) => {
      if (signal === 'SIGHUP' && reloads.size > 0) for (const reload of reloads) reload();
      else for (const listener of listeners) listener(signal);
    },
    listeners: () => listeners.size + reloads.size,
    exits,
    closeOutput: () => closed.abort(new OutputClosed()),
  };
}
