/**
 * The system calls that a box is refused, as the classic BPF program that `bwrap --seccomp` loads
 * (https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html). Everything else stays allowed: the namespaces, the missing
 * capabilities and the limits hold the rest. Numbers: the kernel's syscall tables of x86-64 and of the generic 64-bit ABI.
 */

/** By machine as `process.arch` names it: the audit architecture, and a number for each name. */
const MACHINES: {
  readonly [arch: string]: { readonly audit: number; readonly calls: { readonly [name: string]: number } };
} = {
  x64: {
    audit: 0xc000003e,
    calls: {
      ptrace: 101,
      syslog: 103,
      shmget: 29,
      semget: 64,
      msgget: 68,
      personality: 135,
      pivot_root: 155,
      acct: 163,
      mount: 165,
      umount2: 166,
      swapon: 167,
      swapoff: 168,
      reboot: 169,
      init_module: 175,
      delete_module: 176,
      quotactl: 179,
      lookup_dcookie: 212,
      mq_open: 240,
      kexec_load: 246,
      add_key: 248,
      request_key: 249,
      keyctl: 250,
      unshare: 272,
      vmsplice: 278,
      perf_event_open: 298,
      fanotify_init: 300,
      name_to_handle_at: 303,
      open_by_handle_at: 304,
      setns: 308,
      process_vm_readv: 310,
      process_vm_writev: 311,
      kcmp: 312,
      finit_module: 313,
      kexec_file_load: 320,
      bpf: 321,
      userfaultfd: 323,
      io_uring_setup: 425,
      io_uring_enter: 426,
      io_uring_register: 427,
      open_tree: 428,
      move_mount: 429,
      fsopen: 430,
      fsconfig: 431,
      fsmount: 432,
      mount_setattr: 442,
    },
  },
  arm64: {
    audit: 0xc00000b7,
    calls: {
      ptrace: 117,
      syslog: 116,
      shmget: 194,
      semget: 190,
      msgget: 186,
      personality: 92,
      pivot_root: 41,
      acct: 89,
      mount: 40,
      umount2: 39,
      swapon: 224,
      swapoff: 225,
      reboot: 142,
      init_module: 105,
      delete_module: 106,
      quotactl: 60,
      lookup_dcookie: 18,
      mq_open: 180,
      kexec_load: 104,
      add_key: 217,
      request_key: 218,
      keyctl: 219,
      unshare: 97,
      vmsplice: 75,
      perf_event_open: 241,
      fanotify_init: 262,
      name_to_handle_at: 264,
      open_by_handle_at: 265,
      setns: 268,
      process_vm_readv: 270,
      process_vm_writev: 271,
      kcmp: 272,
      finit_module: 273,
      kexec_file_load: 294,
      bpf: 280,
      userfaultfd: 282,
      io_uring_setup: 425,
      io_uring_enter: 426,
      io_uring_register: 427,
      open_tree: 428,
      move_mount: 429,
      fsopen: 430,
      fsconfig: 431,
      fsmount: 432,
      mount_setattr: 442,
    },
  },
};

const SOCKET: { readonly [arch: string]: number } = { x64: 41, arm64: 198 };
const IOCTL: { readonly [arch: string]: number } = { x64: 16, arm64: 29 };

/** Address families that a socket may have: unix, IPv4, IPv6. Others reach past the network namespace (vsock) or into the kernel. */
const FAMILIES = [1, 2, 10] as const;
/** Typing into a terminal, and into a console. */
const REFUSED_IOCTLS = [0x5412, 0x541c] as const;

const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const REFUSE = 0x00050000 | 1;
/** Offsets in `struct seccomp_data`; of an argument the low half, on these little-endian machines. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;
const SECOND_ARGUMENT = 24;
/** Calls of the x32 ABI would go by other numbers. */
const X32 = 0x40000000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** The filter's bytes; undefined for a machine whose call numbers are not listed. */
export function seccompFilter(arch: string): Uint8Array | undefined {
  const machine = MACHINES[arch];
  const [socket, ioctl] = [SOCKET[arch], IOCTL[arch]];
  if (machine === undefined || socket === undefined || ioctl === undefined) return undefined;
  const program: Instruction[] = [
    [LOAD_WORD, 0, 0, ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, machine.audit],
    [RETURN, 0, 0, KILL],
    [LOAD_WORD, 0, 0, NUMBER],
    [JUMP_AT_LEAST, 0, 1, X32],
    [RETURN, 0, 0, REFUSE],
  ];
  for (const number of Object.values(machine.calls)) {
    program.push([JUMP_EQUAL, 0, 1, number], [RETURN, 0, 0, REFUSE]);
  }
  program.push(...onlyFirstArguments(socket, FAMILIES), ...refusedSecondArguments(ioctl, REFUSED_IOCTLS));
  program.push([RETURN, 0, 0, ALLOW]);
  return assemble(program);
}

function onlyFirstArguments(number: number, allowed: readonly number[]): Instruction[] {
  const checks = allowed.map((value, index): Instruction => [JUMP_EQUAL, allowed.length - index, 0, value]);
  const body: Instruction[] = [
    [LOAD_WORD, 0, 0, FIRST_ARGUMENT],
    ...checks,
    [RETURN, 0, 0, REFUSE],
    [RETURN, 0, 0, ALLOW],
  ];
  return [[JUMP_EQUAL, 0, body.length, number], ...body];
}

function refusedSecondArguments(number: number, refused: readonly number[]): Instruction[] {
  const checks = refused.map((value, index): Instruction => [JUMP_EQUAL, refused.length - index, 0, value]);
  const body: Instruction[] = [
    [LOAD_WORD, 0, 0, SECOND_ARGUMENT],
    ...checks,
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, REFUSE],
  ];
  return [[JUMP_EQUAL, 0, body.length, number], ...body];
}

function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, ifTrue);
    view.setUint8(index * 8 + 3, ifFalse);
    view.setUint32(index * 8 + 4, value, true);
  }
  return bytes;
}
