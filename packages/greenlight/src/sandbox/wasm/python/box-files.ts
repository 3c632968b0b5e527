/**
 * The files that a Python box sees: its job's sources, read-only, under /box, and two channels that open once.
 *
 * The channels are opened by the harness before any submitted code; a second open is refused, and so is every close, so a
 * submission can write to them (its frames are counted) but cannot take them away.
 */
import { Directory, Fd, File, Inode, wasi } from '@bjorn3/browser_wasi_shim';

/** A descriptor that stays open whatever the program does to it. */
export class Standing extends Fd {
  override fd_close(): number {
    return wasi.ERRNO_PERM;
  }

  override fd_fdstat_get(): { ret: number; fdstat: wasi.Fdstat } {
    const fdstat = new wasi.Fdstat(wasi.FILETYPE_CHARACTER_DEVICE, 0);
    fdstat.fs_rights_base = BigInt(wasi.RIGHTS_FD_WRITE) | BigInt(wasi.RIGHTS_FD_READ);
    return { ret: wasi.ERRNO_SUCCESS, fdstat };
  }

  override fd_filestat_get(): { ret: number; filestat: wasi.Filestat } {
    return { ret: wasi.ERRNO_SUCCESS, filestat: new wasi.Filestat(0n, wasi.FILETYPE_CHARACTER_DEVICE, 0n) };
  }
}

/** Standard input: what the step was given, then its end. */
export class StepInput extends Standing {
  #unread: Uint8Array = new Uint8Array();

  /** As a pipe is, which has no type here: a character device would be taken for a terminal and read past `sys.stdin`. */
  override fd_fdstat_get(): { ret: number; fdstat: wasi.Fdstat } {
    const fdstat = new wasi.Fdstat(wasi.FILETYPE_UNKNOWN, 0);
    fdstat.fs_rights_base = BigInt(wasi.RIGHTS_FD_READ);
    return { ret: wasi.ERRNO_SUCCESS, fdstat };
  }

  /** Begins a step. */
  give(text: string): void {
    this.#unread = new TextEncoder().encode(text);
  }

  override fd_read(size: number): { ret: number; data: Uint8Array } {
    const data = this.#unread.subarray(0, size);
    this.#unread = this.#unread.subarray(size);
    return { ret: wasi.ERRNO_SUCCESS, data };
  }
}

/** A descriptor whose writes go to `take`, which copies what it keeps. */
export class Sink extends Standing {
  readonly #take: (bytes: Uint8Array) => void;

  constructor(take: (bytes: Uint8Array) => void) {
    super();
    this.#take = take;
  }

  override fd_write(data: Uint8Array): { ret: number; nwritten: number } {
    this.#take(data);
    return { ret: wasi.ERRNO_SUCCESS, nwritten: data.byteLength };
  }
}

/** A descriptor whose reads take what is left of the bytes that `refill` gave last. */
export class Source extends Standing {
  readonly #refill: () => Uint8Array;
  #unread: Uint8Array = new Uint8Array();

  constructor(refill: () => Uint8Array) {
    super();
    this.#refill = refill;
  }

  /** To be called before every read: waits for bytes, which may grow the instance's memory and so detach its buffer. */
  prepare(): void {
    if (this.#unread.length === 0) this.#unread = this.#refill();
  }

  override fd_read(size: number): { ret: number; data: Uint8Array } {
    const data = this.#unread.subarray(0, size);
    this.#unread = this.#unread.subarray(size);
    return { ret: wasi.ERRNO_SUCCESS, data };
  }
}

/** A name in the box's file system that opens once. */
export class OneTimeOpen extends Inode {
  #descriptor: Fd | undefined;

  constructor(descriptor: Fd) {
    super();
    this.#descriptor = descriptor;
  }

  override path_open(): { ret: number; fd_obj: Fd | null } {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return { ret: wasi.ERRNO_PERM, fd_obj: null };
    return { ret: wasi.ERRNO_SUCCESS, fd_obj: descriptor };
  }

  override stat(): wasi.Filestat {
    return new wasi.Filestat(this.ino, wasi.FILETYPE_CHARACTER_DEVICE, 0n);
  }
}

/** The job's sources as read-only files in their folders; a path that goes through a file is left out. */
export function fillDirectory(root: Map<string, Inode>, files: { readonly [path: string]: string }): void {
  for (const [path, source] of Object.entries(files)) {
    const folders = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
    const name = folders.pop();
    if (name === undefined) continue;
    let contents: Map<string, Inode> | undefined = root;
    for (const folder of folders) contents = contents && folderIn(contents, folder);
    contents?.set(name, new File(new TextEncoder().encode(source), { readonly: true }));
  }
}

function folderIn(contents: Map<string, Inode>, name: string): Map<string, Inode> | undefined {
  const present = contents.get(name);
  if (present instanceof Directory) return present.contents;
  if (present !== undefined) return undefined;
  const folder = new Directory(new Map());
  contents.set(name, folder);
  return folder.contents;
}
