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

/**
 * Three processes that each hold less than a process may, and together more than their box may. It answers -9 when one of them was killed
 * for that, 0 when none was.
 */
const PYTHON_MEMORY = `
import os, time

def take():
    for _ in range(3):
        if os.fork() == 0:
            kept = bytearray(60_000_000)
            time.sleep(0.5)
            os._exit(0)
    for _ in range(3):
        code = os.waitstatus_to_exitcode(os.wait()[1])
        if code != 0:
            return code
    return 0
`;

/** What came instead, in words, when the memory of a box as a whole is not held; undefined when it is. */
export async function probeMemory(run: (job: SandboxJob) => Promise<SandboxRun>): Promise<string | undefined> {
  const call: Step = { kind: 'call', function: 'take', arguments: { by: 'position', values: [] } };
  let result: SandboxRun;
  try {
    result = await run({ ...jobOf(PYTHON_MEMORY, [call]), limits: { ...LIMITS, memoryMb: 150 } });
  } catch (error) {
    return messageOf(error);
  }
  const outcome = result.status === 'ran' ? result.outcomes[0] : undefined;
  // Killed with all of its box, or a child of it was and it went on to tell.
  if (outcome?.status === 'out-of-memory') return undefined;
  if (outcome?.status !== 'returned') return `${outcome?.status ?? result.status} ${outcome?.stderr ?? ''}`.trim();
  const { value } = outcome;
  if (value.type === 'integer' && value.value === '-9') return undefined;
  return `its processes ended with ${value.type === 'integer' ? value.value : value.type}`;
}

function jobOf(source: string, steps: readonly Step[]): SandboxJob {
  return { language: 'python', files: { 'solution.py': source }, entrypoint: 'solution.py', steps, limits: LIMITS };
}
