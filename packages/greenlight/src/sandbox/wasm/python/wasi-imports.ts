/**
 * The system calls that CPython gets: browser_wasi_shim's, with those replaced that would let a box write, wait busily, or
 * throw something that is no errno. WASI preview 1: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
 */
import { PreopenDirectory, type WASI, wasi } from '@bjorn3/browser_wasi_shim';
import { Source, Standing } from './box-files.ts';

/** Descriptors open at once; the shim's table would grow without bound. */
const MAX_DESCRIPTORS = 256;

/** Bytes of a `subscription` of poll_oneoff and of an `event`. */
const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;

const NANOSECONDS = 1_000_000n;

/** Calls that change a file, a path or a socket: refused, the file system is read-only. */
const REFUSED = [
  'fd_allocate',
  'fd_filestat_set_size',
  'fd_filestat_set_times',
  'fd_pwrite',
  'fd_renumber',
  'path_create_directory',
  'path_filestat_set_times',
  'path_link',
  'path_remove_directory',
  'path_rename',
  'path_symlink',
  'path_unlink_file',
] as const;

const SOCKET_CALLS = ['sock_accept', 'sock_recv', 'sock_send', 'sock_shutdown'] as const;

type Imports = { [name: string]: (...args: never[]) => unknown };

/** The import object's `wasi_snapshot_preview1`, bound to a WASI whose instance is yet to start. */
export function wasiImports(system: WASI): Imports {
  const imports: Imports = { ...system.wasiImport };
  for (const name of REFUSED) imports[name] = () => wasi.ERRNO_ROFS;
  for (const name of SOCKET_CALLS) imports[name] = () => wasi.ERRNO_NOTSUP;
  const view = () => new DataView(system.inst.exports.memory.buffer);
  imports['sched_yield'] = () => wasi.ERRNO_SUCCESS;
  imports['clock_time_get'] = (clock: number, _precision: bigint, at: number) => {
    view().setBigUint64(at, now(clock), true);
    return wasi.ERRNO_SUCCESS;
  };
  imports['poll_oneoff'] = (subscriptions: number, events: number, count: number, written: number) =>
    pollClocks(view(), subscriptions, events, count, written);
  imports['path_open'] = pathOpen(system);
  const close = system.wasiImport['fd_close'];
  // The folder is the way to every file: like the channels, it stays. The shim would forget a descriptor that refuses to close.
  imports['fd_close'] = (fd: number) => {
    const descriptor = system.fds[fd];
    const stays = descriptor instanceof PreopenDirectory || descriptor instanceof Standing;
    return stays ? wasi.ERRNO_PERM : close?.(fd);
  };
  const read = system.wasiImport['fd_read'];
  imports['fd_read'] = (fd: number, iovs: number, count: number, readBytes: number) => {
    const descriptor = system.fds[fd];
    if (descriptor instanceof Source) descriptor.prepare();
    return read?.(fd, iovs, count, readBytes);
  };
  return imports;
}

/** Nanoseconds of a clock: realtime since 1970, or monotonic; processor time is the thread's, taken as monotonic. */
function now(clock: number): bigint {
  const milliseconds = clock === wasi.CLOCKID_REALTIME ? performance.timeOrigin + performance.now() : performance.now();
  return BigInt(Math.round(milliseconds * 1000)) * 1000n;
}

/** Sleeps without turning until the first of the clock subscriptions is due; the pool ends a box that sleeps too long. */
function pollClocks(view: DataView, from: number, to: number, count: number, written: number): number {
  if (count === 0) return wasi.ERRNO_INVAL;
  let first: { userdata: bigint; waitMs: number } | undefined;
  for (let index = 0; index < count; index += 1) {
    const at = from + index * SUBSCRIPTION_BYTES;
    if (view.getUint8(at + 8) !== wasi.EVENTTYPE_CLOCK) continue;
    const timeout = view.getBigUint64(at + 24, true);
    const absolute = (view.getUint16(at + 40, true) & wasi.SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME) !== 0;
    const wait = absolute ? timeout - now(view.getUint32(at + 16, true)) : timeout;
    const waitMs = Number(wait) / Number(NANOSECONDS);
    if (first === undefined || waitMs < first.waitMs) first = { userdata: view.getBigUint64(at, true), waitMs };
  }
  if (first === undefined) return wasi.ERRNO_NOTSUP;
  if (first.waitMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, first.waitMs);
  new Uint8Array(view.buffer, to, EVENT_BYTES).fill(0);
  view.setBigUint64(to, first.userdata, true);
  view.setUint32(written, 1, true);
  return wasi.ERRNO_SUCCESS;
}

type PathOpen = (
  fd: number,
  dirflags: number,
  path: number,
  length: number,
  oflags: number,
  base: bigint,
  inheriting: bigint,
  flags: number,
  opened: number,
) => unknown;

/** The shim's path_open without create and truncate, and with the lowest free descriptor, as POSIX has it. */
function pathOpen(system: WASI): PathOpen {
  const shim = system.wasiImport['path_open'];
  return (fd, dirflags, path, length, oflags, base, inheriting, flags, opened) => {
    if ((oflags & (wasi.OFLAGS_CREAT | wasi.OFLAGS_TRUNC)) !== 0) return wasi.ERRNO_ROFS;
    const { fds } = system;
    const free = fds.findIndex((descriptor) => descriptor === undefined);
    if (free === -1 && fds.length >= MAX_DESCRIPTORS) return wasi.ERRNO_MFILE;
    const before = fds.length;
    const ret: unknown = shim?.(fd, dirflags, path, length, oflags, base, inheriting, flags, opened);
    const added = fds.length > before ? fds.pop() : undefined;
    if (added === undefined) return ret;
    const slot = free === -1 ? before : free;
    fds[slot] = added;
    new DataView(system.inst.exports.memory.buffer).setUint32(opened, slot, true);
    return ret;
  };
}
