import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';
import { hostileGround, PROGRAM, PYTHON, SECRET, SECRET_VARIABLE, valuesOf } from './hostile-ground.ts';

/** What only a box with a system in it can try to see, write or call. */
export function reachesOutOfNative(under: SandboxUnderTest): void {
  describe('reaching out of a box with a system', () => {
    const { secretFile, port, attack, python } = hostileGround(under);

    it.each([
      ['/etc/shadow'],
      ['/etc/passwd'],
      ['/proc/1/environ'],
      ['/proc/1/mem'],
      ['/proc/kcore'],
      ['/root'],
      ['/dev/sda'],
      ['/dev/mem'],
      ['/sys/fs/cgroup'],
      ['/var/log'],
    ])('Python and bash cannot read %s', async (path) => {
      const outcome = await python(
        'def f(path):\n    return refused(lambda: open(path, "rb").read(64) if not os.path.isdir(path) else os.listdir(path))',
        path,
      );
      expect(outcome).toMatchObject({ status: 'returned', value: { value: 'refused' } });
      expect(await attack('bash', `head -c 64 ${path} || ls ${path}/`, PROGRAM)).toMatchObject({
        status: 'exited',
        stdout: '',
      });
    });

    it('a file, the environment and the processes of the host cannot be seen', async () => {
      const body = `def f(path):
    seen = [open(path).read()] if os.path.exists(path) else []
    for name in os.listdir("/proc"):
        if name.isdigit():
            for part in ("environ", "cmdline"):
                try:
                    seen.append(open("/proc/" + name + "/" + part, "rb").read().decode("latin1"))
                except OSError:
                    pass
    return "".join(seen) + str(dict(os.environ))`;
      const outcome = await python(body, secretFile);
      expect(outcome.status).toBe('returned');
      expect(JSON.stringify(outcome)).not.toContain(SECRET);
      expect(JSON.stringify(outcome)).not.toContain('bwrap');
      const javascript = `const f = () => JSON.stringify(process.env) + require('node:fs').existsSync('${secretFile}') + require('node:fs').readFileSync('/proc/1/cmdline', 'latin1').slice(0, 20)`;
      const inNode = await attack('javascript', javascript, call('f'));
      expect(JSON.stringify(inNode)).not.toContain(SECRET);
      expect(JSON.stringify(inNode)).toContain('false');
    });

    it('no network is there: loopback, metadata, abstract and kernel sockets', async () => {
      const body = `def f(port):
    def abstract():
        socket.socket(socket.AF_UNIX).connect("\\0${SECRET_VARIABLE}-${process.pid}")
    return [refused(lambda: socket.create_connection(("127.0.0.1", port), 1)), refused(lambda: socket.create_connection(("169.254.169.254", 80), 1)),
        refused(abstract), refused(lambda: socket.socket(40, socket.SOCK_STREAM)), refused(lambda: socket.socket(16, socket.SOCK_RAW)), refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW))]`;
      expect(valuesOf(await python(body, port()))).toEqual(Array.from({ length: 6 }, () => 'refused'));
      const javascript = `const f = (port) => new Promise((resolve) => require('node:net').connect(port, '127.0.0.1').on('error', () => resolve('refused')).on('connect', () => resolve('reached')))`;
      expect(await attack('javascript', javascript, call('f', port()))).toMatchObject({ value: { value: 'refused' } });
      expect(
        await attack('bash', `(echo > /dev/tcp/127.0.0.1/${port()}) 2>/dev/null && echo reached`, PROGRAM),
      ).toMatchObject({ stdout: '' });
    });

    it('nothing outside its scratch can be written, and the scratch has an end', async () => {
      const body = `def f():
    places = [refused(lambda: open(path, "w")) for path in ("/x", "/usr/x", "/etc/x", "/dev/x", "/dev/shm/x", "/proc/sys/kernel/hostname")]
    def fill():
        with open("/box/big", "wb") as file:
            while True: file.write(b"x" * 1000000)
    def fill_other():
        for n in range(40):
            with open("/tmp/" + str(n), "wb") as file: file.write(b"x" * 4000000)
    return places + [refused(fill), refused(fill_other), refused(lambda: os.truncate(os.open("/box/sparse", os.O_CREAT | os.O_RDWR), 10**10))]`;
      const outcome = await attack('python', PYTHON + body, call('f'), { memoryMb: 1024 });
      expect(valuesOf(outcome)).toEqual(Array.from({ length: 9 }, () => 'refused'));
      const kept = await attack('python', PYTHON + body, call('f'), { memoryMb: 64 });
      expect(kept.status).toBe('out-of-memory');
    });

    it('system calls that reach into the kernel or into others are refused', async () => {
      const body = `import ctypes, errno, fcntl
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"ptrace": 101, "mount": 165, "bpf": 321, "keyctl": 250, "add_key": 248, "unshare": 272, "setns": 308, "io_uring_setup": 425,
    "process_vm_readv": 310, "process_vm_writev": 311, "userfaultfd": 323, "perf_event_open": 298, "init_module": 175, "kexec_load": 246,
    "reboot": 169, "swapon": 167, "open_by_handle_at": 304, "personality": 135, "shmget": 29, "x32": 0x40000000}
def f():
    allowed = []
    for name, number in NUMBERS.items():
        if libc.syscall(number, 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() != errno.EPERM:
            allowed.append(name)
    for request in (0x5412, 0x541c):
        if libc.ioctl(0, request, b"x") >= 0 or ctypes.get_errno() != errno.EPERM:
            allowed.append("ioctl " + hex(request))
    for gain in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.chroot("/"), lambda: os.mknod("/box/d", 0o60600, 0x100)):
        if refused(gain) != "refused": allowed.append("a privilege")
    return allowed`;
      expect(process.arch === 'x64' ? valuesOf(await python(body)) : []).toEqual([]);
    });

    it('compilers read nothing of the host and end at their limit', async () => {
      for (const line of ['#include "/etc/shadow"', '#include "/root/.profile"', `#include "${secretFile}"`]) {
        const run = await under().run(job('c', `${line}\nint main(void) { return 0; }`, [PROGRAM]));
        expect(run).toMatchObject({ status: 'syntax-error', error: { file: 'solution.c', line: 1 } });
        expect(JSON.stringify(run)).not.toContain(SECRET);
      }
      const incbin = await under().run(
        job('c', `__asm__(".incbin \\"${secretFile}\\"");\nint main(void) { return 0; }`, [PROGRAM]),
      );
      expect(incbin.status).toBe('syntax-error');
      const bomb =
        '#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(A(A(x)))))\nint main(void) { return 0; }\nchar *s = B(B("0123456789"));';
      const exploding = await under().run(job('c', bomb, [PROGRAM]));
      expect(exploding.status === 'ran' ? exploding.outcomes[0]?.status : exploding.status).not.toBe('exited');
    });

    it('what one program leaves in the box the next one does not find', async () => {
      const source =
        'import os\nprint(sorted(os.listdir("/box")), sorted(os.listdir("/tmp")))\nopen("left", "w").write("x"); open("/tmp/left", "w").write("x"); os.mkdir("d")\nopen("solution.py", "w").write("print(1)")\nos.symlink("/etc", "link")';
      const outcomes = await outcomesOf(under(), job('python', source, [PROGRAM, PROGRAM]));
      for (const outcome of outcomes) expect(outcome).toMatchObject({ exitCode: 0, stdout: "['solution.py'] []\n" });
      const c =
        '#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts("right"); unlink(".program"); FILE *f = fopen(".program", "w"); fputs("#!/bin/sh\\necho forged\\n", f); fclose(f); return 0; }';
      const programs = await outcomesOf(under(), job('c', c, [PROGRAM, PROGRAM]));
      for (const outcome of programs) expect(outcome).toMatchObject({ exitCode: 0, stdout: 'right\n' });
    });

    it('names that lead out of the box stay in it', async () => {
      const files = {
        'solution.py': 'import os\ndef f():\n    return sorted(os.listdir("/box"))',
        '../../tmp/x': '',
        '/etc/x': '',
      };
      const outcome = await outcomeOf(under(), { ...job('python', '', [call('f')]), files });
      expect(valuesOf(outcome)).toEqual(['etc', 'solution.py', 'tmp']);
      expect(existsSync('/etc/x')).toBe(false);
    });
  });
}
