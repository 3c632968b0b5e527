# What the process of a stage does: it takes its place, compiles what was sent to it, waits until it is let go, performs its step and answers.
import _signal
import atexit
import faulthandler
import gc
import posix
import resource

# Descriptors from here on are free in our own process, and a process of the box has no higher ones.
HIGH, MOST_DESCRIPTORS = 200, 256
COMMANDS, BELL = 5, 6

monitoring = None
pause, block, every_signal = _signal.pause, _signal.pthread_sigmask, _signal.valid_signals()
results = -1
sources = {}


def mark_line(line):
    pass


def prepare_asyncio():
    import asyncio

    return asyncio


def source_of(path):
    return sources[path].encode('utf-8', 'surrogatepass')


def be_stage(inside, argv, is_ahead):
    """The life of a stage: no descriptor of another, a session of its own, then its step."""
    take_place(inside, is_kept=argv is not None)
    if argv is not None:
        prctl(PR_SET_DUMPABLE, 1)
        be_killed_first()
        posix.close(4)
        _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
        posix.execve(argv[0], argv, posix.environ)
    be_interpreter()
    if is_ahead:
        rehearse_step()
    lines = Lines(COMMANDS, BELL)
    job, submission, frame = prepared(lines)
    if submission is None:
        be_program(job, lines)
    # What is there by now is not the submission's garbage to look through.
    gc.freeze()
    gc.enable()
    be_python(job, submission, frame, lines)


def prepared(lines):
    """A step, its submission (none where it is a program's) and what is to be answered if that does not compile."""
    told = lines.next()
    if 'compiled' in told:
        code = lines.take(told['compiled'])
        job = lines.next()
        limit_process(job)
        return job, submission_of(code, job), READY
    if 'shares' in told:
        told = lines.next()
        limit_process(told)
        submission, frame = compiled_from(told['files'], told)
        share(submission, frame == READY)
        job = lines.next()
        limit_process(job)
        return job, submission, frame
    job = lines.next()
    limit_process(job)
    return job, *(compiled_from(told['files'], job) if job['kind'] != 'exec' else (None, ''))


def compiled_from(files, command):
    sources.update(files)
    begun = begin(command)
    sources.clear()
    return begun


def hold_only(descriptors):
    """Closes every descriptor but these, of which it answers the new numbers, in their order; 0 is then the null device."""
    high = [posix.dup2(descriptor, HIGH + index) for index, descriptor in enumerate(descriptors)]
    posix.closerange(0, HIGH)
    posix.set_inheritable(posix.open('/dev/null', posix.O_RDONLY), True)
    return high


def take_place(inside, is_kept):
    """A session of its own and no descriptor but these. @param is_kept whether they are for a program that this process becomes"""
    posix.setsid()
    command, out, err, answer, trace, bell = hold_only(inside)
    posix.dup2(out, 1)
    posix.dup2(err, 2)
    for index, descriptor in enumerate((answer, trace, command, bell)):
        posix.dup2(descriptor, 3 + index, inheritable=is_kept)
    posix.closerange(HIGH, MOST_DESCRIPTORS)


def be_interpreter():
    """What a submission finds of its interpreter, and what is told of a time-out. Like our own process, it is not dumpable."""
    global results
    results = 3
    be_killed_first()
    faulthandler.register(TRACE_SIGNAL, file=4, all_threads=False)
    sys.path[:] = [ROOT] + sys.path
    sys.argv[:] = ['']
    loaded['__main__'] = module_type('__main__')
    sys.stdin, sys.stdout, sys.stderr = standard_streams()
    part_from_copies()


class Lines:
    """What a stage is told: what to compile or what was compiled, its step, and then an empty line when it may begin."""

    def __init__(self, descriptor, bell):
        self.descriptor = descriptor
        self.bell = bell
        self.pending = b''

    def next(self):
        if not self.pending:
            posix.eventfd_read(self.bell)
        while b'\n' not in self.pending:
            self.hear()
        line, self.pending = self.pending.split(b'\n', 1)
        return scan(line.decode('utf-8', 'surrogatepass'), 0)[0] if line else None

    def take(self, size):
        while len(self.pending) < size:
            self.hear()
        taken, self.pending = self.pending[:size], self.pending[size:]
        return taken

    def hear(self):
        part = read(self.descriptor, PIPE_READ)
        if not part:
            posix._exit(0)
        self.pending += part

    def await_go(self):
        self.next()
        posix.close(self.descriptor)
        posix.close(self.bell)
        # From here on what ends it is the step's own doing.
        write(4, b'\n')
        prctl(PR_SET_DUMPABLE, 1)
        posix.chdir(ROOT)


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


def be_python(job, submission, frame, lines):
    """A Python step: the submission performed. What it answers goes to the result pipe, once."""
    own = posix.getpid()
    take_stdin(job['stdin'])
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
