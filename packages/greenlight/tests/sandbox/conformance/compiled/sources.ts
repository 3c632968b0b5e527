/** Hostile programs in the compiled languages: what each of them tries, in the language's own words. */

/** What stands in them for what the test knows: a file of the host, a port it listens on, a variable of its environment. */
export const PLACES = { file: '@FILE@', port: '@PORT@', variable: '@VARIABLE@' };

export interface HostileSources {
  /** Tries to read, to connect, to write, to gain; prints a line for each: `refused`, or what it got. */
  readonly reach: string;
  /** Fills its scratch, and prints `full` when there is no more. */
  readonly fill: string;
  readonly forks: string;
  readonly threads: string;
  readonly memory: string;
  readonly endless: string;
  readonly sleeps: string;
  readonly recursion: string;
  readonly flood: string;
  /** Opens files until it may not, and prints `many` or `few`. */
  readonly descriptors: string;
  /** Prints a byte that is no UTF-8, a NUL and a terminal escape. */
  readonly bytes: string;
  /** Leaves a process that ignores SIGTERM in a session of its own, and prints `left`. */
  readonly daemon: string;
  /** Signals whomever it can. */
  readonly signals: string;
  /** Prints `right`, and writes something else over what it was compiled to. */
  readonly overwrites: string;
  /** Leaves before it has printed anything, with code 0. */
  readonly leaves: string;
  /** Prints what a box answers with, in place of the answer. */
  readonly forges: string;
  /** What must not compile: the host read at compile time, and compilers sent into the endless. */
  readonly compileTime: readonly string[];
}

const ANSWER = '{\\"returned\\":[\\"i\\",\\"2a\\"]}';

const CPP_HEAD = `#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <sys/syscall.h>
`;

export const CPP: HostileSources = {
  reach: `${CPP_HEAD}
void told(const char *what, bool done) { if (done) printf("DONE %s\\n", what); else puts("refused"); }
void reads(const char *path) {
  int file = open(path, O_RDONLY); char text[64]; ssize_t n = file < 0 ? -1 : read(file, text, 60);
  told(path, n > 0);
}
void connects(const char *address, int port) {
  sockaddr_in to{}; to.sin_family = AF_INET; to.sin_port = htons(port); inet_pton(AF_INET, address, &to.sin_addr);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  told(address, s >= 0 && connect(s, (sockaddr *)&to, sizeof to) == 0);
}
void writes(const char *path) { told(path, open(path, O_WRONLY | O_CREAT, 0644) >= 0); }
void calls(const char *name, long number) { told(name, syscall(number, 0, 0, 0, 0, 0) >= 0 || errno != EPERM); }
int main() {
  for (auto path : {"/etc/shadow", "/etc/passwd", "@FILE@", "/proc/1/environ", "/proc/1/mem", "/dev/mem"}) reads(path);
  told("environment", getenv("@VARIABLE@") != nullptr);
  connects("127.0.0.1", @PORT@); connects("169.254.169.254", 80);
  told("packet", socket(AF_PACKET, SOCK_RAW, 0) >= 0); told("vsock", socket(40, SOCK_STREAM, 0) >= 0);
  for (auto path : {"/x", "/usr/x", "/etc/x", "/dev/x", "/dev/shm/x"}) writes(path);
  calls("ptrace", SYS_ptrace); calls("unshare", SYS_unshare); calls("bpf", SYS_bpf); calls("keyctl", SYS_keyctl);
  calls("io_uring", SYS_io_uring_setup); calls("mount", SYS_mount);
  told("setuid", setuid(0) == 0); told("chroot", chroot("/") == 0);
  int file = open("/box/sparse", O_CREAT | O_RDWR, 0644); signal(SIGXFSZ, SIG_IGN);
  told("sparse", ftruncate(file, 10'000'000'000) == 0);
}`,
  fill: `${CPP_HEAD}
static char block[1 << 20];
int main() {
  signal(SIGXFSZ, SIG_IGN); memset(block, 1, sizeof block);
  for (int n = 0; n < 400; ++n) {
    char name[64]; snprintf(name, sizeof name, "%s/%d", n % 2 ? "/box" : "/tmp", n);
    int file = open(name, O_CREAT | O_WRONLY, 0644);
    if (file < 0 || write(file, block, sizeof block) < (ssize_t)sizeof block) { puts("full"); return 0; }
    close(file);
  }
  puts("DONE");
}`,
  forks: `${CPP_HEAD}int main() { for (;;) fork(); }`,
  threads: `#include <cstdio>\n#include <thread>\n#include <chrono>\n#include <system_error>
int main() {
  try { for (int n = 0; n < 5000; ++n) std::thread([] { std::this_thread::sleep_for(std::chrono::seconds(100)); }).detach(); }
  catch (const std::system_error &) { puts("few"); fflush(stdout); std::_Exit(0); }
  puts("DONE");
}`,
  memory: `#include <cstdlib>\n#include <cstring>\nint main() { for (;;) { char *p = (char *)malloc(1 << 24); if (!p) abort(); memset(p, 1, 1 << 24); } }`,
  endless: 'int main() { volatile unsigned n = 0; for (;;) n = n + 1; }',
  sleeps: `${CPP_HEAD}int main() { signal(SIGTERM, SIG_IGN); for (;;) pause(); }`,
  recursion: 'int f(int n) { volatile char a[4096]; a[0] = n; return f(n + 1) + a[0]; }\nint main() { return f(0); }',
  flood: `${CPP_HEAD}static char block[1 << 20];\nint main() { memset(block, 'x', sizeof block); for (int n = 0; n < 1024; ++n) write(1, block, sizeof block); puts("DONE"); }`,
  descriptors: `${CPP_HEAD}int main() { int n = 0; while (n < 5000 && open("/box/solution.cpp", O_RDONLY) >= 0) ++n; puts(n < 1024 ? "few" : "many"); }`,
  bytes: `#include <cstdio>\nint main() { fwrite("a\\xff\\0\\x1b[31m", 1, 8, stdout); }`,
  daemon: `${CPP_HEAD}int main() { signal(SIGTERM, SIG_IGN); if (fork() == 0) { setsid(); if (fork() == 0) for (;;) pause(); _exit(0); } usleep(20000); puts("left"); }`,
  signals: `${CPP_HEAD}int main() { for (int pid : {1, (int)getppid()}) for (int sign : {SIGKILL, SIGSTOP, SIGTERM, SIGUSR1}) kill(pid, sign); kill(-1, SIGKILL); puts("sent"); }`,
  overwrites: `${CPP_HEAD}int main() { puts("right"); unlink("/box/.program"); FILE *f = fopen("/box/.program", "w"); if (f) fputs("#!/bin/sh\\necho forged\\n", f); chmod("/box/.program", 0755); }`,
  leaves: '#include <cstdlib>\nint main() { std::_Exit(0); }',
  forges: `#include <cstdio>\n#include <unistd.h>\nint main() { for (int n = 1; n < 64; ++n) dprintf(n, "${ANSWER}\\n"); }`,
  compileTime: [
    '#include "/etc/shadow"\nint main() {}',
    '#include "@FILE@"\nint main() {}',
    '__asm__(".incbin \\"@FILE@\\"");\nint main() {}',
    '#include "/dev/zero"\nint main() {}',
    'constexpr long f(long n) { for (;;) n += 1; }\nconstexpr long x = f(0);\nint main() {}',
    'template <int N> struct A { static constexpr int v = A<N + 1>::v; };\nint main() { return A<0>::v; }',
  ],
};

export const JAVA: HostileSources = {
  reach: `import java.io.*; import java.net.*; import java.nio.file.*;
public class Solution {
  interface Work { void run() throws Exception; }
  static void told(String what, Work work) {
    try { work.run(); System.out.println("DONE " + what); } catch (Throwable error) { System.out.println("refused"); }
  }
  static void refuse() throws IOException { throw new IOException(); }
  public static void main(String[] args) {
    for (String path : new String[] {"/etc/shadow", "/etc/passwd", "@FILE@", "/proc/1/environ", "/proc/1/mem", "/dev/mem"})
      told(path, () -> { if (new FileInputStream(path).read() < 0) refuse(); });
    told("environment", () -> { if (System.getenv("@VARIABLE@") == null) refuse(); });
    told("loopback", () -> new Socket("127.0.0.1", @PORT@));
    told("metadata", () -> new Socket().connect(new InetSocketAddress("169.254.169.254", 80), 1000));
    for (String path : new String[] {"/x", "/usr/x", "/etc/x", "/dev/x", "/dev/shm/x"}) told(path, () -> new FileOutputStream(path));
    told("sparse", () -> { try (RandomAccessFile file = new RandomAccessFile("/box/sparse", "rw")) { file.setLength(10_000_000_000L); } });
    told("link", () -> Files.readString(Files.createSymbolicLink(Path.of("/box/link"), Path.of("/etc/shadow"))));
    told("native code", () -> System.load("@FILE@"));
  }
}`,
  fill: `import java.io.*;
public class Solution { public static void main(String[] args) throws Exception {
  byte[] block = new byte[1 << 20];
  for (int n = 0; n < 400; n++) {
    try (FileOutputStream file = new FileOutputStream((n % 2 == 0 ? "/tmp/" : "/box/") + n)) { file.write(block); }
    catch (IOException error) { System.out.println("full"); return; }
  }
  System.out.println("DONE");
} }`,
  forks:
    'public class Solution { public static void main(String[] args) { for (;;) try { new ProcessBuilder("/bin/sleep", "100").start(); } catch (Throwable error) {} } }',
  threads: `public class Solution { public static void main(String[] args) {
  try { for (int n = 0; n < 5000; n++) { Thread one = new Thread(() -> { try { Thread.sleep(100_000); } catch (InterruptedException error) {} }); one.start(); } }
  catch (Throwable error) { System.out.println("few"); Runtime.getRuntime().halt(0); }
  System.out.println("DONE"); Runtime.getRuntime().halt(0);
} }`,
  memory:
    'import java.nio.ByteBuffer; import java.util.*;\npublic class Solution { public static void main(String[] args) { List<Object> kept = new ArrayList<>(); for (;;) { kept.add(new byte[1 << 24]); } } }',
  endless: 'public class Solution { public static void main(String[] args) { long n = 0; for (;;) n++; } }',
  sleeps:
    'public class Solution { public static void main(String[] args) throws Exception { Runtime.getRuntime().addShutdownHook(new Thread(() -> { for (;;) {} })); Thread.sleep(1_000_000); } }',
  recursion:
    'public class Solution { static int f(int n) { return f(n + 1) + 1; } public static void main(String[] args) { System.out.println(f(0)); } }',
  flood:
    'public class Solution { public static void main(String[] args) throws Exception { byte[] block = "x".repeat(1 << 20).getBytes(); for (int n = 0; n < 1024; n++) System.out.write(block); System.out.println("DONE"); } }',
  descriptors:
    'import java.io.*; import java.util.*;\npublic class Solution { public static void main(String[] args) { List<Object> kept = new ArrayList<>(); try { while (kept.size() < 5000) kept.add(new FileInputStream("/box/Solution.java")); } catch (IOException error) {} System.out.println(kept.size() < 1024 ? "few" : "many"); } }',
  bytes:
    'public class Solution { public static void main(String[] args) throws Exception { System.out.write(new byte[] {97, -1, 0, 27, 91, 51, 49, 109}); System.out.flush(); } }',
  daemon:
    'public class Solution { public static void main(String[] args) throws Exception { new ProcessBuilder("/bin/sh", "-c", "trap \'\' TERM; setsid sleep 1000 & sleep 1000").start(); Thread.sleep(50); System.out.println("left"); } }',
  signals:
    'public class Solution { public static void main(String[] args) throws Exception { long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(1L); new ProcessBuilder("/bin/sh", "-c", "kill -9 1; kill -9 " + parent + "; kill -9 -1").start().waitFor(); System.out.println("sent"); } }',
  overwrites:
    'import java.nio.file.*;\npublic class Solution { public static void main(String[] args) throws Exception { System.out.println("right"); Files.write(Path.of("/box/.classes/Solution.class"), new byte[] {1, 2, 3}); } }',
  leaves: 'public class Solution { public static void main(String[] args) { Runtime.getRuntime().halt(0); } }',
  forges: `import java.io.*;\npublic class Solution { public static void main(String[] args) { for (int n = 1; n < 64; n++) try (FileWriter out = new FileWriter("/proc/self/fd/" + n)) { out.write("${ANSWER}\\n"); } catch (IOException error) {} } }`,
  compileTime: [
    `public class Solution { static final String A = "a" ${'+ "b" '.repeat(20_000)}; int f( }`,
    `public class Solution { int x = ${'('.repeat(20_000)}1${')'.repeat(20_000)}; }`,
    '@interface A { String value(); }\n@A(java.nio.file.Files.readString(java.nio.file.Path.of("@FILE@")))\npublic class Solution {}',
  ],
};
