/**
 * A CPython that was started once, and the memory it had when it waited for its first command: every box goes on from a copy of
 * that (3 ms) instead of starting an interpreter of its own (130 ms).
 *
 * A memory can be copied, the call stack of the thread that runs it cannot. So the harness parks by a call that it leaves by an
 * exception: `time.time()`, which does not give up the interpreter's lock. What is then in memory is an interpreter in the
 * middle of that call, and a box calls the harness's `resume` from there, as any C function may call a Python function. The function
 * is called by the table entry that stands in its object, through its vectorcall field
 * (https://github.com/python/cpython/blob/3.12/Include/cpython/funcobject.h).
 *
 * Nothing of a submission is ever in it. What should differ between boxes is drawn anew before a job begins (`random`); the seed of
 * hashes is 0 in all of them, as it has always been.
 */
import { type Fd, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim';
import { OneTimeOpen, Sink, Source, StepInput } from './box-files.ts';
import { readSpaces, type Spaces } from './changed-spaces.ts';
import { PAGE_BYTES, type PythonImage, STACK_POINTER, TABLE, writeData } from './image.ts';
import { wasiImports } from './wasi-imports.ts';

/** Where `vectorcall` lies in a PyFunctionObject of CPython 3.12 on 32 bits: behind its head of 8 bytes and 14 pointers. */
const VECTORCALL_OFFSET = 64;

/** Untouched memory is left out in pieces of this size, bytes. */
const PIECE_BYTES = 4096;

/** Memory that the instance may have while it starts: 256 MiB. */
const BOOT_MEMORY_PAGES = 4096;

/** A run of memory that is not all zeros. */
export interface SnapshotRun {
  /** Where in the memory, bytes. */
  readonly at: number;
  /** Where in `bytes`. */
  readonly from: number;
  readonly length: number;
}

export interface PythonSnapshot {
  readonly module: WebAssembly.Module;
  readonly memoryPages: number;
  /** Shared by all boxes, none of which can reach it but through its own code. */
  readonly bytes: SharedArrayBuffer;
  readonly runs: readonly SnapshotRun[];
  readonly stackPointer: number;
  /** The harness's `resume`: its address, and its code's index in the table. */
  readonly resume: { readonly self: number; readonly code: number };
  /** The namespaces of modules that every step finds as they are now. */
  readonly spaces: Spaces;
}

/** Descriptors of an instance, as the harness has opened them; the snapshot refers to them by number. */
export interface Descriptors {
  readonly input: Fd;
  readonly output: Fd;
  readonly errors: Fd;
  readonly folder: PreopenDirectory;
  readonly commands: Fd;
  readonly results: Fd;
  readonly progress: Fd;
}

export function descriptorTable(parts: Descriptors): Fd[] {
  return [parts.input, parts.output, parts.errors, parts.folder, parts.commands, parts.results, parts.progress];
}

class Parked extends Error {}

/**
 * Starts CPython and the harness until it parks. Takes its thread 130 ms and more.
 *
 * @param harness the sources of `harness.py` and `serve.py`, one after the other.
 * @throws Error when it ends or fails before that.
 */
export function bootPython(image: PythonImage, harness: string): PythonSnapshot {
  const memory = new WebAssembly.Memory({ initial: image.initialPages, maximum: BOOT_MEMORY_PAGES });
  writeData(image.data, new Uint8Array(memory.buffer));
  const said = { results: '', errors: '' };
  const system = bootSystem(harness, said);
  const imports = wasiImports(system);
  const tell = imports['clock_time_get'];
  imports['clock_time_get'] = (...values: never[]) => {
    if (said.results !== '') throw new Parked();
    return tell?.(...values);
  };
  const instance = new WebAssembly.Instance(image.module, { env: { memory }, wasi_snapshot_preview1: imports });
  const start = functionIn(instance.exports['_start'], '_start');
  try {
    system.start({ exports: { memory, _start: () => void start() } });
  } catch (error) {
    if (!(error instanceof Parked)) throw error;
    return { module: image.module, ...capture(memory, instance, said.results.split(' ')) };
  }
  throw new Error(`the Python image ended before it was parked: ${said.errors.trim().slice(-500)}`);
}

/** The value as a function of numbers. */
export function functionIn(value: unknown, name: string): (...values: number[]) => unknown {
  if (typeof value !== 'function') throw new Error(`the Python image has no function ${name}`);
  return (...values) => Reflect.apply(value, undefined, values) as unknown;
}

export function stackPointerOf(instance: WebAssembly.Instance): WebAssembly.Global {
  const pointer = instance.exports[STACK_POINTER];
  if (!(pointer instanceof WebAssembly.Global)) throw new Error('the Python image exports no stack pointer');
  return pointer;
}

function bootSystem(harness: string, said: { results: string; errors: string }): WASI {
  const decoder = new TextDecoder();
  const commands = new Source(() => new Uint8Array());
  const results = new Sink((bytes) => {
    said.results += decoder.decode(bytes);
  });
  const progress = new Sink(() => undefined);
  const errors = new Sink((bytes) => {
    said.errors += decoder.decode(bytes);
  });
  const folder = new PreopenDirectory('/box', new Map());
  folder.dir.contents.set('.commands', new OneTimeOpen(commands));
  folder.dir.contents.set('.results', new OneTimeOpen(results));
  folder.dir.contents.set('.progress', new OneTimeOpen(progress));
  // The harness gets a private copy of the builtins, and leaves no name behind in __main__. JSON is a Python literal here:
  // the harness holds no character beyond ASCII.
  const program = `exec(${JSON.stringify(harness)}, {'__name__': 'harness', '__builtins__': dict(__builtins__.__dict__)})`;
  return new WASI(
    ['python', '-I', '-B', '-S', '-c', program],
    ['PYTHONHASHSEED=0', 'HOME=/box'],
    [new StepInput(), new Sink(() => undefined), errors, folder],
    { debug: false },
  );
}

function capture(memory: WebAssembly.Memory, instance: WebAssembly.Instance, [resume, ...spaces]: readonly string[]) {
  const self = Number(resume);
  const bytes = new Uint8Array(memory.buffer);
  const runs = runsOf(memory.buffer);
  const last = runs.at(-1);
  const copy = new Uint8Array(new SharedArrayBuffer(last === undefined ? 0 : last.from + last.length));
  for (const { at, from, length } of runs) copy.set(bytes.subarray(at, at + length), from);
  const code = new DataView(memory.buffer).getUint32(self + VECTORCALL_OFFSET, true);
  const table = instance.exports[TABLE];
  if (!(table instanceof WebAssembly.Table)) throw new Error('the Python image exports no table');
  functionIn(table.get(code), 'that runs Python functions');
  return {
    memoryPages: bytes.length / PAGE_BYTES,
    bytes: copy.buffer,
    runs,
    stackPointer: Number(stackPointerOf(instance).value),
    resume: { self, code },
    spaces: readSpaces(spaces, memory.buffer),
  };
}

/** What of a memory is not all zeros. */
function runsOf(memory: ArrayBuffer): SnapshotRun[] {
  const runs: { at: number; from: number; length: number }[] = [];
  let from = 0;
  for (let at = 0; at < memory.byteLength; at += PIECE_BYTES) {
    if (new BigUint64Array(memory, at, PIECE_BYTES / 8).every((word) => word === 0n)) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.at + last.length === at) last.length += PIECE_BYTES;
    else runs.push({ at, from, length: PIECE_BYTES });
    from += PIECE_BYTES;
  }
  return runs;
}
