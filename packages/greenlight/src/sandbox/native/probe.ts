/**
 * The attacks in small, run at the start: what does not hold is refused, with the reason, never weakened.
 *
 * The box is asked what it can see and do; what it answers is compared here.
 */
import { messageOf } from '@switchyard/core';
import type { SandboxJob, SandboxRun, Step } from '../port.ts';

/** Each must return "held"; what it says else is what does not hold. */
const PYTHON_CHECKS = `
import ctypes, errno, os, socket

def held(why, work, *expected):
    try:
        work()
    except OSError as error:
        return "" if not expected or error.errno in expected else why + " (" + str(error) + ")"
    return why

def check():
    libc = ctypes.CDLL(None, use_errno=True)
    def call(number, *rest):
        if libc.syscall(number, *rest) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    found = [
        held("the host's files can be read", lambda: open("/etc/shadow").read()),
        held("the root of the box can be written", lambda: open("/x", "w")),
        held("/dev can be written", lambda: open("/dev/x", "w")),
        held("the network can be reached", lambda: socket.create_connection(("127.0.0.1", HOST_PORT), 1)),
        held("sockets of the host's kernel can be made", lambda: socket.socket(40, socket.SOCK_STREAM)),
        held("processes can be traced", lambda: call(PTRACE, 0, 0, 0, 0), errno.EPERM),
        held("namespaces can be made", lambda: call(UNSHARE, 0x10000000), errno.EPERM),
        held("process 1 of the box can be written", lambda: open("/proc/1/mem", "wb")),
    ]
    if os.getuid() == 0:
        found.append("the box runs as root")
    if len([name for name in os.listdir("/proc") if name.isdigit()]) > 16:
        found.append("the host's processes can be seen")
    if set(os.environ) - {"PATH", "HOME", "LANG", "PWD", "PYTHONHASHSEED", "LC_CTYPE"}:
        found.append("the environment holds " + ", ".join(sorted(os.environ)))
    if "NoNewPrivs:\\t1" not in open("/proc/self/status").read():
        found.append("privileges can be gained")
    return [one for one in found if one]
`;

const CALLS: { readonly [arch: string]: { readonly ptrace: number; readonly unshare: number } } = {
  x64: { ptrace: 101, unshare: 272 },
  arm64: { ptrace: 117, unshare: 97 },
};

const LIMITS = { cpuMs: 5000, wallMs: 10_000, memoryMb: 128, outputKb: 4 };

/** What of the walls does not hold; empty when all do. @param port one that the host listens on, or would */
export async function probeWalls(
  run: (job: SandboxJob) => Promise<SandboxRun>,
  arch: string,
  port: number,
): Promise<string[]> {
  const numbers = CALLS[arch];
  const source = `HOST_PORT, PTRACE, UNSHARE = ${port}, ${numbers?.ptrace ?? -1}, ${numbers?.unshare ?? -1}\n${PYTHON_CHECKS}`;
  const call: Step = { kind: 'call', function: 'check', arguments: { by: 'position', values: [] } };
  try {
    const result = await run(jobOf(source, [call]));
    const outcome = result.status === 'ran' ? result.outcomes[0] : undefined;
    if (outcome?.status !== 'returned' || outcome.value.type !== 'list') {
      return [`a box does not answer as it should (${outcome?.status ?? result.status})`];
    }
    return outcome.value.items.map((item) => (item.type === 'string' ? item.value : 'something that has no name'));
  } catch (error) {
    return [messageOf(error)];
  }
}

/** Whether the memory of a box as a whole is held, by one process that takes more than it may. */
export async function probeMemory(run: (job: SandboxJob) => Promise<SandboxRun>): Promise<boolean> {
  const source =
    'import os\ndef take():\n    if os.fork() == 0:\n        kept = [bytearray(60_000_000), bytearray(60_000_000)]\n        os._exit(0)\n    kept = bytearray(60_000_000)\n    return os.waitstatus_to_exitcode(os.wait()[1])';
  const call: Step = { kind: 'call', function: 'take', arguments: { by: 'position', values: [] } };
  const result = await run({ ...jobOf(source, [call]), limits: { ...LIMITS, memoryMb: 150 } });
  const outcome = result.status === 'ran' ? result.outcomes[0] : undefined;
  // Killed with all of its box, or its child was and it went on to tell.
  if (outcome?.status === 'returned') return outcome.value.type === 'integer' && outcome.value.value === '-9';
  return outcome?.status === 'out-of-memory';
}

function jobOf(source: string, steps: readonly Step[]): SandboxJob {
  return { language: 'python', files: { 'solution.py': source }, entrypoint: 'solution.py', steps, limits: LIMITS };
}
