# Stages: processes that wait for one step, or (Node) for the steps of one job. A stage of Python is prepared before it is let go: it
# has its step and has compiled the sources that were sent to it, or has read what another has compiled. Until it is let go nothing of the
# submission has run in it, and no other process of the box can look into it: it is not dumpable.
import _ctypes
import _signal
import posix
import select

PIPE_READ = 1 << 16
# An engine that has not started by then is taken as it is, seconds.
START_WAIT = 10
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
TRACE_SIGNAL = _signal.SIGUSR2

prctl_at = _ctypes.dlsym(_ctypes.dlopen(None, 0), 'prctl')
stages = []
engines = []
settings = {'ahead': 5, 'processes': 64, 'fileBytes': 64 << 20, 'node': []}


def prctl(option, value):
    _ctypes.call_function(prctl_at, (option, value, 0, 0, 0))


class Stage:
    def __init__(self):
        """Its pipes. What becomes the stage takes their other ends, `inside`."""
        command, self.commands = posix.pipe()
        self.out, out = posix.pipe()
        self.err, err = posix.pipe()
        self.results, answer = posix.pipe()
        self.trace, trace = posix.pipe()
        # What is written to a pipe is read on the writer's own core, behind the writer. What a bell wakes finds one that is free.
        self.bell = posix.eventfd(0, posix.EFD_CLOEXEC)
        self.inside = (command, out, err, answer, trace, self.bell)
        # An engine serves every step of its job.
        self.is_lasting = False
        # It was sent the job's sources, to compile them for all.
        self.shares = False
        self.has_files = False
        self.word = b''
        self.job = None
        self.pid = self.handle = -1

    def start(self, argv=None, is_ahead=False):
        self.is_lasting = argv is not None
        pid = posix.fork()
        if pid == 0:
            try:
                be_stage(self.inside, argv, is_ahead)
            finally:
                posix._exit(70)
        self.let_out()
        self.adopt(pid)
        if self.is_lasting:
            self.await_ready()
        return self

    def let_out(self):
        """Its process has its ends of the pipes."""
        for descriptor in self.inside[:-1]:
            posix.close(descriptor)
        for descriptor in (self.out, self.err, self.results, self.trace):
            posix.set_blocking(descriptor, False)

    def adopt(self, pid):
        self.pid = pid
        self.handle = posix.pidfd_open(pid)

    def await_ready(self):
        """An engine says so once it waits for commands."""
        said = b''
        while not said.endswith(b'\n') and select.select([self.results], [], [], START_WAIT)[0]:
            part = read(self.results, PIPE_READ)
            if not part:
                return
            said += part

    def compile(self, files):
        """Hands over the job's sources, before the rest of it is known. What comes of them is read by `shared_by`."""
        self.shares = True
        self.tell(b'{"shares":true}\n' + files)

    def take(self, files):
        """An engine compiles the files before its first step, too."""
        self.has_files = True
        self.tell(files)

    def prepare(self, files, line, job, code=b''):
        """Hands over a step, to be begun later. @param code of the submission, where another has compiled it"""
        self.job = job
        if self.shares:
            told = b''
        elif code:
            told = b'{"compiled":%d}\n' % len(code) + code
        else:
            told = files if job['kind'] != 'exec' else b'{}\n'
        self.tell(told + line)

    def tell(self, text):
        posix.eventfd_write(self.bell, 1)
        write_all(self.commands, text)

    def go(self, files, line):
        """An engine is told a word for each step that its answer has to begin with: what a step before has left in the pipe does not know it."""
        if not self.is_lasting:
            return self.tell(b'\n')
        self.word = posix.urandom(8).hex().encode()
        if not self.has_files:
            self.take(files)
        self.tell(self.word + b' ' + line)

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
        for descriptor in (self.commands, self.out, self.err, self.results, self.trace, self.bell, self.handle):
            try:
                posix.close(descriptor)
            except OSError:
                pass
