# Stages: processes that wait for one step, or (Node) for the steps of one job. A stage of Python is prepared before it is let go: it
# has its step and has compiled the sources that were sent to it, while the step before it runs. Until it is let go nothing of the
# submission has run in it, and no other process of the box can look into it: it is not dumpable.
import _ctypes
import _signal
import atexit
import faulthandler
import gc
import posix
import resource
import select

PIPE_READ = 1 << 16
# An engine that has not started by then is taken as it is, seconds.
START_WAIT = 10
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
TRACE_SIGNAL = _signal.SIGUSR2

monitoring = None
pause, block, every_signal = _signal.pause, _signal.pthread_sigmask, _signal.valid_signals()
prctl_at = _ctypes.dlsym(_ctypes.dlopen(None, 0), 'prctl')
results = -1
sources = {}
stages = []
engines = []
settings = {'ahead': 5, 'processes': 64, 'fileBytes': 64 << 20, 'node': []}


def prctl(option, value):
    _ctypes.call_function(prctl_at, (option, value, 0, 0, 0))


def mark_line(line):
    pass


def prepare_asyncio():
    import asyncio

    return asyncio


def end_turn():
    set_trace(None)
    set_profile(None)
    set_recursion_limit(RECURSION_LIMIT)


def source_of(path):
    return sources[path].encode('utf-8', 'surrogatepass')


class Stage:
    def __init__(self, argv=None, is_ahead=False):
        command, self.commands = posix.pipe()
        self.out, out = posix.pipe()
        self.err, err = posix.pipe()
        self.results, answer = posix.pipe()
        self.trace, trace = posix.pipe()
        # An engine serves every step of its job.
        self.is_lasting = argv is not None
        self.has_files = False
        self.word = b''
        self.job = None
        self.pid = posix.fork()
        if self.pid == 0:
            try:
                be_stage((command, out, err, answer, trace), argv, is_ahead)
            finally:
                posix._exit(70)
        for descriptor in (command, out, err, answer, trace):
            posix.close(descriptor)
        for descriptor in (self.out, self.err, self.results, self.trace):
            posix.set_blocking(descriptor, False)
        self.handle = posix.pidfd_open(self.pid)
        if self.is_lasting:
            self.await_ready()

    def await_ready(self):
        """An engine says so once it waits for commands."""
        said = b''
        while not said.endswith(b'\n') and select.select([self.results], [], [], START_WAIT)[0]:
            part = read(self.results, PIPE_READ)
            if not part:
                return
            said += part

    def prepare(self, files, line, job):
        """Hands over a step, to be begun later."""
        self.job = job
        write_all(self.commands, (files if job['kind'] != 'exec' else b'{}\n') + line)

    def go(self, files, line):
        """An engine is told a word for each step that its answer has to begin with: what a step before has left in the pipe does not know it."""
        if not self.is_lasting:
            return write_all(self.commands, b'\n')
        self.word = posix.urandom(8).hex().encode()
        if not self.has_files:
            write_all(self.commands, files)
            self.has_files = True
        write_all(self.commands, self.word + b' ' + line)

    def is_alive(self):
        try:
            _signal.pidfd_send_signal(self.handle, _signal.SIGCONT)
            return posix.waitid(posix.P_PIDFD, self.handle, posix.WEXITED | posix.WNOHANG | posix.WNOWAIT) is None
        except (ProcessLookupError, ChildProcessError):
            return False

    def drop(self):
        try:
            posix.kill(self.pid, _signal.SIGKILL)
            posix.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        self.close()

    def close(self):
        for descriptor in (self.commands, self.out, self.err, self.results, self.trace, self.handle):
            try:
                posix.close(descriptor)
            except OSError:
                pass


def be_stage(wanted, argv, is_ahead):
    """The life of a stage: no descriptor of another, a session of its own, then its step."""
    global results
    posix.setsid()
    high = [posix.dup2(descriptor, 200 + index) for index, descriptor in enumerate(wanted)]
    posix.closerange(0, 200)
    posix.set_inheritable(posix.open('/dev/null', posix.O_RDONLY), True)
    posix.dup2(high[1], 1)
    posix.dup2(high[2], 2)
    for index, descriptor in enumerate((high[3], high[4], high[0])):
        posix.dup2(descriptor, 3 + index, inheritable=argv is not None)
    posix.closerange(200, 210)
    results = 3
    prctl(PR_SET_DUMPABLE, 1)
    be_killed_first()
    if argv is not None:
        posix.close(4)
        _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
        posix.execve(argv[0], argv, posix.environ)
    # It knows nothing of a job yet, and nothing that could have looked into it has run.
    prctl(PR_SET_DUMPABLE, 0)
    faulthandler.register(TRACE_SIGNAL, file=4, all_threads=False)
    sys.path[:] = [ROOT] + sys.path
    sys.argv[:] = ['']
    loaded['__main__'] = module_type('__main__')
    sys.stdout, sys.stderr = printer(1), printer(2)
    part_from_copies()
    if is_ahead:
        warm_up()
    lines = Lines(5)
    sources.update(lines.next().get('files', {}))
    job = lines.next()
    limit_process(job)
    if job['kind'] == 'exec':
        be_program(job, lines)
    else:
        be_python(job, lines)


class Lines:
    """What a stage is told: its job's files, its step, and then an empty line when it may begin."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.pending = b''

    def next(self):
        while b'\n' not in self.pending:
            part = read(self.descriptor, 1 << 20)
            if not part:
                posix._exit(0)
            self.pending += part
        line, self.pending = self.pending.split(b'\n', 1)
        return scan(line.decode('utf-8', 'surrogatepass'), 0)[0] if line else None

    def await_go(self):
        self.next()
        posix.close(self.descriptor)
        # From here on what ends it is the step's own doing.
        write(4, b'\n')
        prctl(PR_SET_DUMPABLE, 1)
        posix.chdir(ROOT)


def warm_up():
    """Runs what a step runs: a forked process pays for each page that it first writes to (1 ms), now rather than while a job waits."""
    sources['warm_up.py'] = 'def f(n):\n    return {str(n): [n, 1.5, (n,)]}'
    submission, _ = begin({'entry': 'warm_up.py', 'paths': ['warm_up.py']})
    perform(submission, {'kind': 'call', 'function': 'f', 'by': 'position', 'values': [1]})
    loaded.pop('warm_up', None)
    sources.clear()


def be_killed_first():
    try:
        file = posix.open('/proc/self/oom_score_adj', posix.O_WRONLY)
        write(file, b'1000')
        posix.close(file)
    except OSError:
        pass


def limit_process(job):
    """What a process may use for itself. The cgroup, where there is one, holds all of the box together."""
    seconds = job['cpuMs'] // 1000 + 2
    if job['cpuMs'] > 0:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if job['memoryMb'] > 0:
        resource.setrlimit(resource.RLIMIT_AS, (job['memoryMb'] << 20, job['memoryMb'] << 20))


def take_stdin(text):
    if text:
        held = posix.memfd_create('stdin')
        write_all(held, text.encode('utf-8', 'surrogatepass'))
        posix.lseek(held, 0, 0)
        posix.dup2(held, 0)
        posix.close(held)


def be_program(job, lines):
    take_stdin(job['stdin'])
    lines.await_go()
    posix.close(3)
    posix.close(4)
    _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
    posix.execve(job['argv'][0], job['argv'], {**posix.environ, **job['environment']})


def be_python(job, lines):
    """A Python step: the submission compiled, then performed. What it answers goes to the result pipe, once."""
    own = posix.getpid()
    gc.enable()
    submission, frame = begin(job)
    sources.clear()
    take_stdin(job['stdin'])
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, 'r', closefd=False)), 'utf-8')
    lines.await_go()
    if job['kind'] != 'check' and submission.code is not None:
        frame = perform(submission, job)
        if job['kind'] == 'program':
            finish()
    if posix.getpid() != own:
        # A child that the submission forked and left to return: the answer is its parent's to give.
        posix._exit(0)
    # No handler of the submission's runs from here on, whoever sends it a signal.
    block(_signal.SIG_BLOCK, every_signal)
    write_all(results, frame.encode('ascii') + b'\n')
    # The end of the pipe is the end of the step. To be taken down takes longer than many a step: that comes with the end of the box.
    posix.close(results)
    while True:
        pause()


def finish():
    """A program's end as the interpreter makes it: its threads are waited for, its exit handlers run."""
    try:
        if 'threading' in loaded:
            loaded['threading']._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        pass
    flush(sys.stdout)
    flush(sys.stderr)


def printer(descriptor):
    raw = io.BufferedWriter(io.FileIO(descriptor, 'w', closefd=False))
    return io.TextIOWrapper(raw, 'utf-8', errors='backslashreplace', line_buffering=True)
