# Process 1 of a native box, started and parked before its job is known. It never runs submitted code: each step runs in a process of
# its own, forked ahead and parked as well. Commands come in on descriptor 0, one JSON object a line; one report a line goes out on
# descriptor 1, and neither is open in any other process of the box. It judges nothing; the host takes its own time of every step.
import atexit
import base64
import ctypes
import errno
import faulthandler
import gc
import re
import resource
import select
import signal
import stat
import time

MIB = 1 << 20
FLOOD_BYTES = 8 * MIB
MAX_ANSWER_BYTES = 8 * MIB
MAX_KEPT_BYTES = 128 * MIB
PIPE_READ = 1 << 16
# A time-out is told with its line when the interpreter says it within this time, seconds.
TRACE_WAIT = 0.05
# An engine that has not started by then is taken as it is, seconds.
START_WAIT = 10
# One frame of a stack in the learner's own code: the innermost is enough.
TRACED = re.compile(rb'File "(?!/usr/|<)[^"\n]+", line \d+ ')
PEAK = re.compile(rb'VmHWM:\s+(\d+) kB')
# Rounds of killing what a step left behind; a fork bomb that outruns them costs the box.
SWEEPS = 400
SWEEP_PAUSE = 0.002
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
TRACE_SIGNAL = signal.SIGUSR2
CPU_CLOCK = 2

monitoring = None
prctl = ctypes.CDLL(None).prctl
results = -1
commands = -1
pristine = {}
snapshot = None
stages = []
leaving = []
settings = {'flavour': 'python', 'ahead': 6, 'processes': 64, 'node': []}


def mark_line(line):
    pass


def prepare_asyncio():
    import asyncio

    return asyncio


def end_turn():
    set_trace(None)
    set_profile(None)
    set_recursion_limit(RECURSION_LIMIT)


# The box's own folder


def lay_out(files):
    for path, content in files.items():
        parts = [part for part in path.split('/') if part not in ('', '.', '..')]
        folder = ROOT
        for part in parts[:-1]:
            folder = folder + '/' + part
            try:
                os.mkdir(folder)
            except FileExistsError:
                pass
        try:
            name = folder + '/' + parts[-1]
            mode = content[1] if type(content) is tuple else 0o644
            data = content[0] if type(content) is tuple else content.encode('utf-8', 'surrogatepass')
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
            with open(descriptor, 'wb') as file:
                file.write(data)
        except (IndexError, IsADirectoryError, NotADirectoryError):
            pass


def look(folder, found):
    """What lies in a folder, by name: what any change would change."""
    for entry in os.scandir(folder):
        about = entry.stat(follow_symlinks=False)
        found[entry.path] = (about.st_ino, about.st_ctime_ns, about.st_size, about.st_mode)
        if stat.S_ISDIR(about.st_mode):
            look(entry.path, found)
    return found


def empty(folder):
    for entry in list(os.scandir(folder)):
        try:
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                empty(entry.path)
                os.rmdir(entry.path)
            else:
                os.unlink(entry.path)
        except OSError:
            pass


def restore(extra):
    """The folder as it was after the job's files were laid out and compiled, and the files of a step."""
    global snapshot
    os.chdir('/')
    if os.listdir('/tmp'):
        empty('/tmp')
    os.chmod(ROOT, 0o755)
    if snapshot is None or look(ROOT, {}) != snapshot:
        empty(ROOT)
        lay_out(pristine)
        snapshot = look(ROOT, {})
    if extra:
        lay_out(extra)


def keep():
    """Takes what a compiler made as what every step starts from."""
    kept, size = {}, 0
    for path, (_, _, length, mode) in look(ROOT, {}).items():
        if not stat.S_ISREG(mode):
            continue
        size += length
        if size > MAX_KEPT_BYTES:
            raise OSError(errno.EFBIG, 'what the compiler made is too large')
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), 'rb') as file:
            kept[path[len(ROOT) + 1 :]] = (file.read(), stat.S_IMODE(mode))
    pristine.clear()
    pristine.update(kept)


# Stages: processes that wait for one step, or (Node) for the steps of one job


class Stage:
    def __init__(self, argv=None):
        command, self.commands = os.pipe()
        self.out, out = os.pipe()
        self.err, err = os.pipe()
        self.results, answer = os.pipe()
        self.trace, trace = os.pipe()
        self.is_lasting = argv is not None
        self.pid = os.fork()
        if self.pid == 0:
            try:
                be_stage(command, out, err, answer, trace, argv)
            finally:
                os._exit(70)
        for descriptor in (command, out, err, answer, trace):
            os.close(descriptor)
        for descriptor in (self.out, self.err, self.results, self.trace):
            os.set_blocking(descriptor, False)
        self.handle = os.pidfd_open(self.pid)
        if self.is_lasting:
            self.await_ready()

    def await_ready(self):
        """An engine says so once it waits for commands."""
        said = b''
        while not said.endswith(b'\n') and select.select([self.results], [], [], START_WAIT)[0]:
            part = os.read(self.results, PIPE_READ)
            if not part:
                return
            said += part

    def is_alive(self):
        try:
            signal.pidfd_send_signal(self.handle, signal.SIGCONT)
            return os.waitid(os.P_PIDFD, self.handle, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except (ProcessLookupError, ChildProcessError):
            return False

    def close(self):
        for descriptor in (self.commands, self.out, self.err, self.results, self.trace, self.handle):
            try:
                os.close(descriptor)
            except OSError:
                pass


def be_stage(command, out, err, answer, trace, argv):
    """The life of a stage: no descriptor of another, a session of its own, then its command."""
    global results
    os.setsid()
    wanted = (command, out, err, answer, trace)
    high = [os.dup2(descriptor, 200 + index) for index, descriptor in enumerate(wanted)]
    os.closerange(0, 200)
    null = os.open('/dev/null', os.O_RDONLY)
    os.dup2(high[1], 1)
    os.dup2(high[2], 2)
    for index, descriptor in enumerate((high[3], high[4], high[0])):
        os.dup2(descriptor, 3 + index, inheritable=argv is not None)
    os.closerange(200, 210)
    results = 3
    if argv is not None:
        os.close(4)
        prctl(PR_SET_DUMPABLE, 1)
        limit_process({'cpuMs': 0, 'memoryMb': 0})
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execve(argv[0], argv, dict(os.environ))
    warm_up()
    job = read_command(5)
    os.close(5)
    prctl(PR_SET_DUMPABLE, 1)
    limit_process(job)
    os.chdir(ROOT)
    if job['stdin']:
        text = os.memfd_create('stdin')
        with open(os.dup(text), 'wb') as file:
            file.write(job['stdin'].encode('utf-8', 'surrogatepass'))
        os.lseek(text, 0, os.SEEK_SET)
        os.dup2(text, 0)
        os.close(text)
    elif null != 0:
        os.dup2(null, 0)
    if job['kind'] == 'exec':
        os.close(3)
        os.close(4)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execve(job['argv'][0], job['argv'], {**os.environ, **job['environment']})
    be_python(job)


def warm_up():
    """Runs what a step runs: a forked process pays for each page that it first writes to (2 ms), now rather than while a job waits."""
    submission = Submission({'entry': 'warm_up.py', 'paths': ['warm_up.py']})
    submission.code = make_code('def f(n):\n    return {str(n): [n, 1.5, (n,)]}', 'warm_up.py', 'exec')
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = printer(1), printer(2)
    perform(submission, {'kind': 'call', 'function': 'f', 'by': 'position', 'values': [1]})
    sys.stdout, sys.stderr = out, err
    sys.modules.pop('warm_up', None)


def limit_process(job):
    """What a process may use for itself. The cgroup, where there is one, holds all of the box together."""
    try:
        with open('/proc/self/oom_score_adj', 'w') as file:
            file.write('1000')
    except OSError:
        pass
    seconds = job['cpuMs'] // 1000 + 2
    if job['cpuMs'] > 0:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if job['memoryMb'] > 0:
        resource.setrlimit(resource.RLIMIT_AS, (job['memoryMb'] * MIB, job['memoryMb'] * MIB))


def be_python(job):
    """A Python step: the submission compiled, then performed. What it answers goes to the result pipe, once."""
    faulthandler.register(TRACE_SIGNAL, file=4, all_threads=False)
    sys.path[:] = [ROOT] + sys.path
    sys.argv[:] = ['']
    sys.modules['__main__'] = module_type('__main__')
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, 'r', closefd=False)), 'utf-8')
    sys.stdout, sys.stderr = printer(1), printer(2)
    own = os.getpid()
    submission, frame = begin(job)
    if job['kind'] != 'check' and submission.code is not None:
        frame = perform(submission, job)
        if job['kind'] == 'program':
            frame = finish(frame)
    if os.getpid() != own:
        # A child that the submission forked and left to return: the answer is its parent's to give.
        os._exit(0)
    data = memoryview(frame.encode('ascii') + b'\n')
    while data:
        data = data[os.write(results, data) :]
    # The end of the pipe is the end of the step: nobody waits for the rest of this process to be taken down.
    os.close(results)
    os._exit(0)


def finish(frame):
    """A program's end as the interpreter makes it: its threads are waited for, its exit handlers run."""
    try:
        if 'threading' in sys.modules:
            sys.modules['threading']._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        pass
    flush(sys.stdout)
    flush(sys.stderr)
    return frame


def printer(descriptor):
    raw = io.BufferedWriter(io.FileIO(descriptor, 'w', closefd=False))
    return io.TextIOWrapper(raw, 'utf-8', errors='backslashreplace', line_buffering=True)


def read_command(descriptor):
    parts = []
    while True:
        part = read(descriptor, 1 << 20)
        if not part:
            os._exit(0)
        parts.append(part)
        if part[-1] == 10:
            return scan(b''.join(parts).decode('utf-8', 'surrogatepass'), 0)[0]


# One step, watched


class Watch:
    """A step under way: its output, its answer, its limits."""

    def __init__(self, stage, job):
        self.stage = stage
        self.job = job
        self.kept = {stage.out: [], stage.err: []}
        self.room = {stage.out: job['outputBytes'], stage.err: job['outputBytes']}
        self.written = 0
        self.is_cut = False
        self.answer = b''
        self.trace = b''
        self.ended_by = None
        self.status = None
        self.usage = None
        self.is_answered = False
        self.peak_kb = 0
        self.cpu_before = cpu_of(stage.pid)

    def run(self):
        poll = select.poll()
        for descriptor in (self.stage.out, self.stage.err, self.stage.results, self.stage.handle):
            poll.register(descriptor, select.POLLIN)
        wall_end = time.monotonic() + self.job['wallMs'] / 1000
        cpu_left = self.job['cpuMs'] / 1000
        while self.status is None and self.ended_by is None and not self.is_answered:
            left = wall_end - time.monotonic()
            if left <= 0 or cpu_left <= 0:
                self.end_by('time')
                break
            for descriptor, _ in poll.poll(max(1, min(left, cpu_left) * 1000)):
                if descriptor == self.stage.handle:
                    self.reap()
                elif not self.take(descriptor):
                    poll.unregister(descriptor)
                    if descriptor == self.stage.results and self.answer.endswith(b'\n'):
                        self.end_answered()
            if self.stage.is_lasting and self.answer.endswith(b'\n'):
                break
            cpu_left = self.job['cpuMs'] / 1000 - (cpu_of(self.stage.pid) - self.cpu_before)
        return self.report()

    def take(self, descriptor):
        """Reads what is there. False at the end of the pipe."""
        try:
            data = os.read(descriptor, PIPE_READ)
        except BlockingIOError:
            return True
        if descriptor == self.stage.results:
            self.answer += data
            if len(self.answer) > MAX_ANSWER_BYTES:
                self.end_by('answer')
        else:
            self.written += len(data)
            room = self.room[descriptor]
            self.is_cut = self.is_cut or len(data) > room
            self.kept[descriptor].append(data[:room])
            self.room[descriptor] = room - len(data[:room])
            if self.written > FLOOD_BYTES and self.ended_by is None:
                self.end_by('output')
        return bool(data)

    def reap(self):
        pid, self.status, self.usage = os.wait4(self.stage.pid, 0)

    def end_answered(self):
        """Its answer is whole: what is left of it is killed now, and reaped after the report."""
        self.peak_kb = peak_of(self.stage.pid)
        self.cpu = cpu_of(self.stage.pid) - self.cpu_before
        os.kill(self.stage.pid, signal.SIGKILL)
        self.is_answered = True
        if strays({self.stage.pid}):
            self.reap()

    def end_by(self, why):
        self.ended_by = why
        if why == 'time' and self.job['kind'] not in ('exec', 'node'):
            os.kill(self.stage.pid, TRACE_SIGNAL)
            while len(self.trace) < PIPE_READ and select.select([self.stage.trace], [], [], TRACE_WAIT)[0]:
                part = os.read(self.stage.trace, PIPE_READ)
                self.trace += part
                if not part or TRACED.search(self.trace):
                    break
        os.kill(self.stage.pid, signal.SIGKILL)
        self.reap()

    def report(self):
        is_over = self.status is not None
        if is_over:
            sweep()
        for descriptor in (self.stage.out, self.stage.err, self.stage.results):
            while self.drain(descriptor):
                pass
        stage, out, err = self.stage, b''.join(self.kept[self.stage.out]), b''.join(self.kept[self.stage.err])
        if is_over:
            stage.close()
        cpu = self.cpu_used(is_over)
        return {
            'answer': self.answer.decode('utf-8', 'replace'),
            'stdout': base64.b64encode(out).decode(),
            'stderr': base64.b64encode(err).decode(),
            'truncated': self.is_cut,
            'endedBy': self.ended_by,
            'exitCode': os.waitstatus_to_exitcode(self.status) if is_over and not self.is_answered else None,
            'cpuMs': cpu * 1000,
            'peakKb': self.usage.ru_maxrss if is_over else self.peak_kb,
            'trace': self.trace.decode('utf-8', 'replace'),
        }

    def cpu_used(self, is_over):
        if self.is_answered:
            return self.cpu
        return self.usage.ru_utime + self.usage.ru_stime if is_over else cpu_of(self.stage.pid) - self.cpu_before

    def settle(self):
        """After the report: the process of an answered step, which is being killed, is reaped when it is gone."""
        if self.is_answered and self.status is None:
            leaving.append(self.stage)

    def drain(self, descriptor):
        if self.written > FLOOD_BYTES or len(self.answer) > MAX_ANSWER_BYTES:
            return False
        before = self.written + len(self.answer)
        return self.take(descriptor) and self.written + len(self.answer) > before


def cpu_of(pid):
    """Processor time of a process, seconds; of one that has ended, unknown and so none."""
    try:
        return time.clock_gettime((~pid << 3) | CPU_CLOCK)
    except OSError:
        return 0.0


def peak_of(pid):
    """Most memory that a process has held, KiB."""
    try:
        with open('/proc/' + format(pid, 'd') + '/status', 'rb') as file:
            return int(PEAK.search(file.read())[1])
    except (OSError, TypeError):
        return 0


def see_off():
    """Reaps the processes of answered steps, all but the last one's: by the end of the next step they are gone."""
    while len(leaving) > 1:
        stage = leaving.pop(0)
        os.waitpid(stage.pid, 0)
        stage.close()


def strays(also):
    """Processes that are none of ours."""
    ours = {1, *also, *(stage.pid for stage in stages), *(stage.pid for stage in leaving)}
    return [int(name) for name in os.listdir('/proc') if name.isdecimal() and int(name) not in ours]


def sweep():
    """Ends every process but this one and its waiting stages. What outruns it takes the box along."""
    for _ in range(SWEEPS):
        found = strays(())
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for pid in found:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
        # A process that holds much memory takes a while to go.
        time.sleep(SWEEP_PAUSE)
    os._exit(71)


# What the host asks for


def stage_for(job):
    if job['kind'] == 'node':
        while stages:
            stage = stages[0]
            if stage.is_alive():
                return stage
            drop(stages.pop(0))
        stages.append(Stage(settings['node']))
        return stages[0]
    while stages and not stages[0].is_lasting:
        stage = stages.pop(0)
        if stage.is_alive():
            return stage
        drop(stage)
    return Stage()


def drop(stage):
    try:
        os.kill(stage.pid, signal.SIGKILL)
        os.waitpid(stage.pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass
    stage.close()


def perform_step(job):
    restore(job['files'])
    stage = stage_for(job)
    write_all(stage.commands, job['line'])
    watch = Watch(stage, job)
    reply(watch.run())
    watch.settle()
    see_off()
    if watch.status is not None and stage in stages:
        stages.remove(stage)


def write_all(descriptor, data):
    data = memoryview(data)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except BrokenPipeError:
        pass


def handle(command, line):
    global snapshot
    kind = command['kind']
    if kind == 'files':
        pristine.clear()
        pristine.update(command['files'])
        snapshot = None
        restore({})
        reply({'done': True})
    elif kind == 'keep':
        keep()
        snapshot = look(ROOT, {})
        reply({'done': True})
    else:
        if 'lay' in command:
            pristine.clear()
            pristine.update(command['lay'])
            snapshot = None
        command['line'] = line
        perform_step(command)


def read_lines():
    pending = b''
    while True:
        part = read(0, 1 << 20)
        if not part:
            os._exit(0)
        pending += part
        while True:
            end = pending.find(b'\n')
            if end < 0:
                break
            line, pending = pending[: end + 1], pending[end + 1 :]
            yield line


def reply(report):
    write_all(1, json.dumps(report, separators=(',', ':')).encode() + b'\n')


def supervise():
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    prctl(PR_SET_DUMPABLE, 0)
    lines = read_lines()
    settings.update(json.loads(next(lines)))
    most = settings['processes']
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (settings['fileBytes'], settings['fileBytes']))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.path[:] = [path for path in sys.path if path]
    gc.collect()
    gc.freeze()
    if settings['flavour'] == 'node':
        stages.append(Stage(settings['node']))
    else:
        stages.extend(Stage() for _ in range(settings['ahead']))
    reply({'parked': True})
    for line in lines:
        handle(json.loads(line), line)


supervise()
