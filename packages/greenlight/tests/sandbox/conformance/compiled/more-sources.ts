/** The same in Rust and in Go. */
import type { HostileSources } from './sources.ts';

const ANSWER = '{\\"returned\\":[\\"i\\",\\"2a\\"]}';
const READ = ['/etc/shadow', '/etc/passwd', '@FILE@', '/proc/1/environ', '/proc/1/mem', '/dev/mem'];
const WRITTEN = ['/x', '/usr/x', '/etc/x', '/dev/x', '/dev/shm/x'];
const quoted = (paths: readonly string[]): string => paths.map((path) => `"${path}"`).join(', ');
/** By their numbers on x86-64: ptrace, unshare, bpf, keyctl, io_uring_setup, mount. */
const CALLS = '101, 272, 321, 250, 425, 165';

export const RUST: HostileSources = {
  reach: `use std::{env, fs, fs::{File, OpenOptions}, io::Read, net::TcpStream};
extern "C" { fn syscall(number: i64, ...) -> i64; fn setuid(id: u32) -> i32; }
fn told(what: &str, done: bool) { if done { println!("DONE {what}") } else { println!("refused") } }
fn main() {
    for path in [${quoted(READ)}] {
        let mut some = [0u8; 16];
        told(path, File::open(path).and_then(|mut file| file.read(&mut some)).unwrap_or(0) > 0);
    }
    told("environment", env::var("@VARIABLE@").is_ok());
    told("loopback", TcpStream::connect("127.0.0.1:@PORT@").is_ok());
    told("metadata", TcpStream::connect("169.254.169.254:80").is_ok());
    for path in [${quoted(WRITTEN)}] { told(path, OpenOptions::new().write(true).create(true).open(path).is_ok()); }
    for number in [${CALLS}] {
        let refused = unsafe { syscall(number, 0, 0, 0, 0, 0) } < 0 && std::io::Error::last_os_error().raw_os_error() == Some(1);
        told("a call", !refused);
    }
    told("setuid", unsafe { setuid(0) } == 0);
    let linked = std::os::unix::fs::symlink("/etc/shadow", "/box/link").and_then(|_| fs::read_to_string("/box/link"));
    told("link", linked.is_ok());
}`,
  fill: `use std::{fs::File, io::Write};
extern "C" { fn signal(sign: i32, handler: usize) -> usize; }
fn main() {
    unsafe { signal(25, 1); }
    let block = vec![1u8; 1 << 20];
    for n in 0..400 {
        let name = format!("{}/{n}", if n % 2 == 0 { "/tmp" } else { "/box" });
        if File::create(name).and_then(|mut file| file.write_all(&block)).is_err() { println!("full"); return; }
    }
    println!("DONE");
}`,
  forks: 'extern "C" { fn fork() -> i32; }\nfn main() { loop { unsafe { fork(); } } }',
  threads: `use std::{thread, time::Duration};
fn main() {
    for _ in 0..5000 {
        if thread::Builder::new().spawn(|| thread::sleep(Duration::from_secs(100))).is_err() { println!("few"); std::process::exit(0); }
    }
    println!("DONE");
}`,
  memory: 'fn main() { let mut kept = Vec::new(); loop { kept.push(vec![1u8; 1 << 24]); } }',
  endless: 'fn main() { let mut n = 0u64; loop { n = std::hint::black_box(n.wrapping_add(1)); } }',
  sleeps:
    'extern "C" { fn signal(sign: i32, handler: usize) -> usize; fn pause() -> i32; }\nfn main() { unsafe { signal(15, 1); loop { pause(); } } }',
  recursion:
    'fn f(n: u64) -> u64 { let kept = [n; 512]; f(n + 1) + std::hint::black_box(kept)[3] }\nfn main() { println!("{}", f(0)); }',
  flood: `use std::io::Write;\nfn main() { let block = vec![b'x'; 1 << 20]; for _ in 0..1024 { if std::io::stdout().write_all(&block).is_err() { std::process::exit(3); } } println!("DONE"); }`,
  descriptors:
    'use std::fs::File;\nfn main() { let mut kept = Vec::new(); while kept.len() < 5000 { match File::open("/box/solution.rs") { Ok(file) => kept.push(file), Err(_) => break } } println!("{}", if kept.len() < 1024 { "few" } else { "many" }); }',
  bytes: 'use std::io::Write;\nfn main() { std::io::stdout().write_all(b"a\\xff\\0\\x1b[31m").unwrap(); }',
  daemon: `extern "C" { fn fork() -> i32; fn setsid() -> i32; fn signal(sign: i32, handler: usize) -> usize; fn pause() -> i32; fn _exit(code: i32) -> !; }
fn main() {
    unsafe { signal(15, 1); if fork() == 0 { setsid(); if fork() == 0 { loop { pause(); } } _exit(0); } }
    std::thread::sleep(std::time::Duration::from_millis(20));
    println!("left");
}`,
  signals:
    'extern "C" { fn kill(pid: i32, sign: i32) -> i32; fn getppid() -> i32; }\nfn main() { unsafe { for pid in [1, getppid()] { for sign in [9, 19, 15, 10] { kill(pid, sign); } } kill(-1, 9); } println!("sent"); }',
  overwrites:
    'use std::fs;\nuse std::os::unix::fs::PermissionsExt;\nfn main() { println!("right"); let _ = fs::remove_file("/box/.program"); let _ = fs::write("/box/.program", "#!/bin/sh\\necho forged\\n"); let _ = fs::set_permissions("/box/.program", fs::Permissions::from_mode(0o755)); }',
  leaves: 'fn main() { std::process::exit(0); }',
  forges: `use std::{fs::File, io::Write, os::fd::FromRawFd};\nfn main() { for n in 1..64 { let mut out = std::mem::ManuallyDrop::new(unsafe { File::from_raw_fd(n) }); let _ = out.write_all(b"${ANSWER}\\n"); } }`,
  compileTime: [
    'const A: &str = include_str!("/etc/shadow");\nfn main() { println!("{A}"); }',
    'const A: &str = include_str!("@FILE@");\nfn main() { println!("{A}"); }',
    'const A: &str = env!("@VARIABLE@");\nfn main() { println!("{A}"); }',
    'const A: u64 = { let mut n = 0u64; loop { n = n.wrapping_add(1); } };\nfn main() { println!("{A}"); }',
    'macro_rules! m { ($($t:tt)*) => { m!($($t)* $($t)*) } }\nfn main() { m!(a) }',
  ],
};

export const GO: HostileSources = {
  reach: `package main
import ("fmt"; "net"; "os"; "syscall"; "time")
func told(what string, done bool) { if done { fmt.Println("DONE", what) } else { fmt.Println("refused") } }
func main() {
	for _, path := range []string{${quoted(READ)}} {
		n := 0
		if file, err := os.Open(path); err == nil { n, _ = file.Read(make([]byte, 16)) }
		told(path, n > 0)
	}
	told("environment", os.Getenv("@VARIABLE@") != "")
	for _, address := range []string{"127.0.0.1:@PORT@", "169.254.169.254:80"} {
		_, err := net.DialTimeout("tcp", address, time.Second)
		told(address, err == nil)
	}
	for _, path := range []string{${quoted(WRITTEN)}} { _, err := os.Create(path); told(path, err == nil) }
	for _, number := range []uintptr{${CALLS}} {
		_, _, errno := syscall.RawSyscall(number, 0, 0, 0)
		told("a call", errno != syscall.EPERM)
	}
	told("setuid", syscall.Setuid(0) == nil)
	os.Symlink("/etc/shadow", "/box/link")
	_, err := os.ReadFile("/box/link")
	told("link", err == nil)
}`,
  fill: `package main
import ("fmt"; "os")
func main() {
	block := make([]byte, 1<<20)
	for n := 0; n < 400; n++ {
		folder := "/box"
		if n%2 == 0 { folder = "/tmp" }
		if os.WriteFile(fmt.Sprintf("%s/%d", folder, n), block, 0644) != nil { fmt.Println("full"); return }
	}
	fmt.Println("DONE")
}`,
  forks: 'package main\nimport "os/exec"\nfunc main() { for { exec.Command("/bin/sleep", "100").Start() } }',
  threads:
    'package main\nimport ("fmt"; "runtime"; "syscall")\nfunc main() { for n := 0; n < 5000; n++ { go func() { runtime.LockOSThread(); syscall.Pause() }(); runtime.Gosched() }; for n := 0; n < 1000; n++ { runtime.Gosched() }; fmt.Println("DONE") }',
  memory:
    'package main\nvar kept [][]byte\nfunc main() { for { block := make([]byte, 1<<24); for n := range block { block[n] = 1 }; kept = append(kept, block) } }',
  endless: 'package main\nvar n uint\nfunc main() { for { n++ } }',
  sleeps:
    'package main\nimport ("os/signal"; "syscall"; "time")\nfunc main() { signal.Ignore(syscall.SIGTERM); time.Sleep(1000 * time.Second) }',
  recursion:
    'package main\nimport "fmt"\nfunc f(n int) int { var kept [512]int; kept[n%512] = n; return f(n+1) + kept[3] }\nfunc main() { fmt.Println(f(0)) }',
  flood:
    'package main\nimport ("bytes"; "fmt"; "os")\nfunc main() { block := bytes.Repeat([]byte("x"), 1<<20); for n := 0; n < 1024; n++ { os.Stdout.Write(block) }; fmt.Println("DONE") }',
  descriptors:
    'package main\nimport ("fmt"; "os")\nvar kept []*os.File\nfunc main() { for len(kept) < 5000 { file, err := os.Open("/box/solution.go"); if err != nil { break }; kept = append(kept, file) }; if len(kept) < 1024 { fmt.Println("few") } else { fmt.Println("many") } }',
  bytes: 'package main\nimport "os"\nfunc main() { os.Stdout.Write([]byte("a\\xff\\x00\\x1b[31m")) }',
  daemon:
    'package main\nimport ("fmt"; "os/exec"; "time")\nfunc main() { exec.Command("/bin/sh", "-c", "trap \'\' TERM; setsid sleep 1000 & sleep 1000").Start(); time.Sleep(50 * time.Millisecond); fmt.Println("left") }',
  signals:
    'package main\nimport ("fmt"; "os"; "syscall")\nfunc main() { for _, pid := range []int{1, os.Getppid()} { for _, sign := range []syscall.Signal{9, 19, 15, 10} { syscall.Kill(pid, sign) } }; syscall.Kill(-1, 9); fmt.Println("sent") }',
  overwrites:
    'package main\nimport ("fmt"; "os")\nfunc main() { fmt.Println("right"); os.Remove("/box/.program"); os.WriteFile("/box/.program", []byte("#!/bin/sh\\necho forged\\n"), 0755) }',
  leaves: 'package main\nimport "os"\nfunc main() { os.Exit(0) }',
  forges: `package main\nimport "syscall"\nfunc main() { for n := 1; n < 64; n++ { syscall.Write(n, []byte("${ANSWER}\\n")) } }`,
  compileTime: [
    'package main\n// #include "/etc/shadow"\nimport "C"\nfunc main() {}',
    'package main\nimport _ "embed"\n//go:embed @FILE@\nvar kept string\nfunc main() { println(kept) }',
    'package main\nvar kept [1 << 50]byte\nfunc main() { println(len(kept), kept[0]) }',
    'package main\ntype A [2]A\nfunc main() {}',
  ],
};
