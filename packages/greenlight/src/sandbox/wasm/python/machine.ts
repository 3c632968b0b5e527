/**
 * One CPython instance and the dialogue with its harness. Runs on the thread that calls it, until the instance ends.
 *
 * Owns: the instance's memory, files and descriptors. Its memory begins as a copy of one that was parked (`snapshot.ts`). Leaves to its caller: where commands come from, time limits.
 * Invariants:
 * 1. A command is answered when the harness asks for the next one, with exactly one frame written since.
 * 2. Nothing that the instance does reaches a file, a socket or a clock of the host other than to read the time.
 */
import { type Inode, PreopenDirectory, WASI, WASIProcExit } from '@bjorn3/browser_wasi_shim';
import { MAX_FRAME_CHARS, verdictOf } from '../../harness/frame.ts';
import type { BoxVerdict } from '../../harness/verdict.ts';
import type { BoxCommand } from '../box-messages.ts';
import { MIB } from '../limits.ts';
import { type OutputStream, OutputWriter } from '../output.ts';
import { fillDirectory, Sink, Source, StepInput } from './box-files.ts';
import { ChangedSpaces } from './changed-spaces.ts';
import { PAGE_BYTES, TABLE } from './image.ts';
import { descriptorTable, functionIn, type PythonSnapshot, stackPointerOf } from './snapshot.ts';
import { wasiImports } from './wasi-imports.ts';

/** What a machine is made of. */
export interface PythonMachineParts {
  readonly snapshot: PythonSnapshot;
  /** Memory that the instance may have at most, MiB. */
  readonly memoryMb: number;
  /**
   * Gives the next command, blocking until there is one; undefined ends the machine, and `REHEARSE` has it run a job of its own, only before
   * the first command. `answer` is the verdict on the command before, undefined for the first: the machine is parked then.
   */
  readonly next: (answer: Answer | undefined) => BoxCommand | typeof REHEARSE | undefined;
}

export const REHEARSE = 'rehearse';

/** How a command ended. */
export interface Answer {
  readonly verdict: BoxVerdict;
  /** Most memory that the instance has had, MiB. */
  readonly peakMemoryMb: number;
}

/** Leaves the instance by an exception, which unwinds all of its frames. */
class BoxEnded extends Error {
  readonly verdict: BoxVerdict;

  constructor(verdict: BoxVerdict) {
    super(verdict.kind);
    this.verdict = verdict;
  }
}

/**
 * Runs an instance until its commands or itself end.
 *
 * @returns how the command under way ended with the instance, or undefined when none was.
 */
export function runPythonMachine(parts: PythonMachineParts): Answer | undefined {
  const { snapshot, memoryMb } = parts;
  const memory = copiedMemory(snapshot, memoryMb);
  const dialogue = new Dialogue(memory, parts);
  const system = machineSystem(dialogue);
  const instance = new WebAssembly.Instance(snapshot.module, {
    env: { memory },
    wasi_snapshot_preview1: wasiImports(system),
  });
  stackPointerOf(instance).value = snapshot.stackPointer;
  const { self, code } = snapshot.resume;
  const table = instance.exports[TABLE];
  const resume = functionIn(
    table instanceof WebAssembly.Table ? table.get(code) : undefined,
    'that runs Python functions',
  );
  try {
    // A vectorcall without arguments: the callable, where its arguments lie, how many they are, their names.
    const exitCode = system.start({ exports: { memory, _start: () => void resume(self, 0, 0, 0) } });
    return dialogue.ended({ kind: 'exited', exitCode });
  } catch (error) {
    return dialogue.ended(endOf(error, memory, memoryMb));
  }
}

function copiedMemory(snapshot: PythonSnapshot, memoryMb: number): WebAssembly.Memory {
  const initial = snapshot.memoryPages;
  const memory = new WebAssembly.Memory({ initial, maximum: Math.max((memoryMb * MIB) / PAGE_BYTES, initial) });
  const bytes = new Uint8Array(memory.buffer);
  for (const { at, from, length } of snapshot.runs) bytes.set(new Uint8Array(snapshot.bytes, from, length), at);
  return memory;
}

function machineSystem(dialogue: Dialogue): WASI {
  const descriptors = descriptorTable({
    input: dialogue.input,
    output: new Sink((bytes) => dialogue.print(0, bytes)),
    errors: new Sink((bytes) => dialogue.print(1, bytes)),
    folder: new PreopenDirectory('/box', dialogue.root),
    commands: new Source(() => dialogue.nextCommand()),
    results: new Sink((bytes) => dialogue.take(bytes)),
    progress: new Sink((bytes) => dialogue.mark(bytes)),
  });
  return new WASI([], [], descriptors, { debug: false });
}

/** The two channels between the machine and its harness. */
class Dialogue {
  readonly root = new Map<string, Inode>();
  readonly input = new StepInput();
  readonly #memory: WebAssembly.Memory;
  readonly #parts: PythonMachineParts;
  readonly #decoder = new TextDecoder();
  #frames = '';
  #asked = false;
  #output: OutputWriter | undefined;
  #files: Files = {};
  /** Since the first command came. */
  #changed: ChangedSpaces | undefined;
  /** A step has run since the instance was as it is made. */
  #isUsed = false;
  /** Memory that the instance cannot use, see `takeHeadroom`: bytes. */
  #headroom = 0;

  constructor(memory: WebAssembly.Memory, parts: PythonMachineParts) {
    this.#memory = memory;
    this.#parts = parts;
  }

  /** The harness, or a forger, writes an answer. */
  take(bytes: Uint8Array): void {
    this.#frames += this.#decoder.decode(bytes);
    if (this.#frames.length > MAX_FRAME_CHARS) throw new BoxEnded(verdictOf(this.#frames));
  }

  print(stream: OutputStream, bytes: Uint8Array): void {
    if (this.#output !== undefined && !this.#output.write(stream, bytes)) throw new BoxEnded({ kind: 'output-limit' });
  }

  /** The harness notes the line of a loop. */
  mark(bytes: Uint8Array): void {
    const line = Number.parseInt(this.#decoder.decode(bytes.subarray(0, 10)), 10);
    this.#output?.mark(Number.isNaN(line) ? 0 : line);
  }

  /** The verdict on the command under way when the machine has ended. */
  ended(how: BoxVerdict): Answer | undefined {
    return this.#asked ? this.#answer(how) : undefined;
  }

  /** A memory never shrinks: what it has is the most it has had. */
  #answer(verdict: BoxVerdict): Answer {
    return { verdict, peakMemoryMb: (this.#memory.buffer.byteLength - this.#headroom) / MIB };
  }

  /** The harness asks for its next command: what it wrote since is its answer to the last one. */
  nextCommand(): Uint8Array {
    const answer = this.#asked ? verdictOf(this.#frames) : undefined;
    this.#asked = false;
    if (answer?.kind === 'lost') {
      this.#asked = true;
      throw new BoxEnded(answer);
    }
    const command = this.#parts.next(answer && this.#answer(answer));
    // Left by an exception: nothing of the instance runs again, not what the submission may have set to run at its exit.
    if (command === undefined) throw new BoxEnded({ kind: 'lost', reason: 'it was dropped' });
    this.#frames = '';
    if (command === REHEARSE) return new TextEncoder().encode('{"kind":"rehearse"}\n');
    this.#asked = true;
    this.#output = new OutputWriter(command.output);
    this.#changed ??= new ChangedSpaces(this.#parts.snapshot.spaces, this.#memory);
    const changed = this.#isUsed ? { changed: this.#changed.places } : {};
    this.#isUsed = command.kind === 'step';
    return new TextEncoder().encode(`${JSON.stringify({ ...this.#prepare(command), ...changed })}\n`);
  }

  /** The command as the harness reads it; the files of a job, and those of a step, go into the file system. */
  #prepare(command: BoxCommand): object {
    if (command.kind === 'begin') {
      this.#files = command.files;
      this.#layOut({});
      this.#headroom = takeHeadroom(this.#memory, this.#parts.memoryMb, command.memoryMb);
      return { kind: 'begin', entry: command.entrypoint, paths: Object.keys(command.files), sources: codeOf(command) };
    }
    const { step } = command;
    this.input.give('');
    switch (step.kind) {
      case 'assertion':
        return { kind: 'assertion', code: step.code };
      case 'program':
        this.input.give(step.stdin ?? '');
        this.#layOut(step.files ?? {});
        return { kind: 'program', args: step.args ?? [] };
      case 'test-file':
        this.#layOut({ [step.path]: step.source });
        return { kind: 'test-file', path: step.path, source: step.source, only: step.only ?? null };
      case 'call':
        return { kind: 'call', function: step.function ?? null, by: step.arguments.by, values: step.arguments.values };
    }
  }

  #layOut(more: Files): void {
    this.root.clear();
    fillDirectory(this.root, { ...this.#files, ...more });
  }
}

type Files = { readonly [path: string]: string };

/** The texts that are compiled, which the harness is told at once: reading them from its files would take longer. */
function codeOf({ files, entrypoint }: Extract<BoxCommand, { kind: 'begin' }>): Files {
  const code = Object.entries(files).filter(([path]) => path === entrypoint || path.endsWith('.py'));
  return Object.fromEntries(code.map(([path, text]) => [path, text.toWellFormed()]));
}

/**
 * Lowers what a running instance may still allocate: the pages between the job's limit and the memory's maximum are grown
 * here, and the instance never learns of them. Untouched pages cost address space only; the growing itself was measured
 * at 36 ms, so it is for jobs with less than the usual memory.
 *
 * @returns how much was grown, bytes.
 */
function takeHeadroom(memory: WebAssembly.Memory, maximumMb: number, memoryMb: number): number {
  const spare = (maximumMb - memoryMb) * MIB;
  const free = maximumMb * MIB - memory.buffer.byteLength;
  const pages = Math.floor(Math.min(spare, free) / PAGE_BYTES);
  if (pages <= 0) return 0;
  memory.grow(pages);
  return pages * PAGE_BYTES;
}

/** What an exception out of the instance says about its end. */
function endOf(error: unknown, memory: WebAssembly.Memory, maximumMb: number): BoxVerdict {
  if (error instanceof BoxEnded) return error.verdict;
  if (error instanceof WASIProcExit) return { kind: 'exited', exitCode: error.code & 0xff };
  if (error instanceof RangeError && error.message.includes('call stack')) {
    const message = 'the recursion went deeper than the sandbox has stack for';
    return { kind: 'raised', error: { type: 'RecursionError', message } };
  }
  if (memory.buffer.byteLength > (maximumMb - 1) * MIB) return { kind: 'out-of-memory' };
  return {
    kind: 'lost',
    reason: `the interpreter broke down (${error instanceof Error ? error.message : String(error)})`,
  };
}
