# Process 1 of a native box, started and parked before its job is known. It never runs submitted code: each step runs in a stage, a
# process of its own. Commands come in on descriptor 0, one JSON object a line; one report a line goes out on descriptor 1, and
# neither is open in any other process of the box. It judges nothing; the host takes its own time of every step.
import _signal
import gc
import posix
import resource
import select

# Steps that know their job at once: the one that runs and those that ready themselves meanwhile.
PREPARED = 6
# Imported here when the job's files name it.
KNOWN = (
    *USUAL,
    *('asyncio', 'unittest', 'decimal', 'fractions', 'statistics', 'copy', 'enum', 'operator', 'abc', 'csv', 'hashlib', 'textwrap'),
    *('contextlib', 'threading', 'logging', 'base64', 'traceback', 'time', 'types'),
)

reports = []


class Commands:
    def __init__(self):
        self.pending = b''

    def next(self):
        while b'\n' not in self.pending:
            part = read(0, PIPE_READ)
            if not part:
                posix._exit(0)
            self.pending += part
        line, self.pending = self.pending.split(b'\n', 1)
        return line + b'\n'

    def is_quiet(self, seconds):
        return not self.pending and not select.select([0], [], [], seconds)[0]


def parse(line):
    return scan(line.decode('utf-8', 'surrogatepass'), 0)[0]


def take_files(line, command):
    """A job's files. The stage of its first step, or its engine, compiles them while we read the rest of it."""
    import_named(command['files'])
    if engines:
        engines[0].take(line)
    elif stages and 'entry' in command:
        stages[0].compile(line)
    return command['files']


def import_named(files):
    """Modules of the standard library that the job's sources import: once here, rather than in each of its steps."""
    for path, text in files.items():
        for line in text.split('\n') if path.endswith('.py') else ():
            words = line.split()
            if len(words) < 2 or words[0] not in ('import', 'from'):
                continue
            for word in words[1:] if words[0] == 'import' else words[1:2]:
                name = word.strip(',;').partition('.')[0]
                if name in KNOWN and name not in loaded:
                    __import__(name)
                    # Those that wait do not have it.
                    while stages:
                        stages.pop().drop()


class Batch:
    """The steps of a job, one after the other. Those of Python and of programs are prepared while the one before them runs."""

    def __init__(self, files, lines, flush):
        """@param flush sends what is to be reported"""
        self.files = files
        self.lines = lines
        self.flush = flush
        self.can_be_copied = True
        self.code = b''
        self.jobs = [parse(lines[0])]

    def perform(self, files):
        """
        A step that has answered is stopped, and looked after while the next one starts, when it has not touched the folder: its report,
        and whether it has left anything running. If it has, the next one is begun anew.
        """
        stage = self.job_stage(0) if stages else None
        if files is not None:
            lay_first(files)
        self.jobs += [parse(line) for line in self.lines[1:]]
        if stage is not None and stage.shares:
            self.code = shared_by(stage)
            if self.code is None:
                stage.drop()
                stage = None
        last = None
        for index, job in enumerate(self.jobs):
            if self.code and index > 0:
                # To read what was compiled takes as long as a usual step: it would take the core from the one under way.
                self.prepare(index, 1)
            if last is not None and (job['files'] or not is_untouched()):
                # What it has left running must not write to the folder while that is laid out.
                if not tell(last, ()):
                    sweep()
                last = None
            if index > 0 or stage is None:
                stage = self.job_stage(index)
            if last is None:
                watch = self.begin(index, stage)
            else:
                watch = self.let_go(index, stage)
                if not tell(last, {stage.pid}):
                    watch.discard()
                    watch = self.begin(index, self.new_stage(index))
            if not self.code:
                self.prepare(index + 1, PREPARED)
            if index == len(self.jobs) - 1:
                # So that it is awake for the last one.
                self.flush()
            watch.run(self.flush)
            if not watch.had_begun():
                watch = self.begin(index, self.new_stage(index))
                watch.run(self.flush)
            see_off()
            if watch.status is not None and watch.stage in engines:
                engines.remove(watch.stage)
            last = watch
        if last is not None:
            tell(last, None)
            self.flush()
            if strays(()):
                sweep()

    def begin(self, index, stage):
        restore(self.jobs[index]['files'])
        return self.let_go(index, stage)

    def let_go(self, index, stage):
        watch = Watch(stage, self.jobs[index])
        stage.go(self.files, self.lines[index])
        return watch

    def engine(self):
        while engines:
            if engines[0].is_alive():
                return engines[0]
            engines.pop(0).drop()
        engines.append(Stage().start(settings['node']))
        return engines[0]

    def job_stage(self, index):
        """The one that was prepared for this step, or another if something has ended that."""
        if self.jobs[index]['kind'] == 'node':
            return self.engine()
        while stages and (stages[0].job is None or stages[0].job is self.jobs[index]):
            stage = stages.pop(0)
            if stage.is_alive():
                if stage.job is None:
                    stage.prepare(self.files, self.lines[index], self.jobs[index], self.code)
                return stage
            stage.drop()
        if stages or not self.is_python(index) or not self.can_be_copied:
            return self.new_stage(index)
        stages.extend(copies(parse(self.files).get('files', {}), self.jobs[index : index + COPIES]))
        self.can_be_copied = len(stages) > 0
        return stages.pop(0) if stages else self.new_stage(index)

    def is_python(self, index):
        return self.jobs[index]['kind'] not in ('exec', 'node')

    def new_stage(self, index):
        stage = Stage().start()
        stage.prepare(self.files, self.lines[index], self.jobs[index])
        return stage

    def prepare(self, first, most):
        """Stages wait in the order of the steps that they were prepared for; those without one come last."""
        ahead = [index for index in range(first, min(first + most, len(self.jobs))) if self.jobs[index]['kind'] != 'node']
        for place, index in enumerate(ahead):
            if place == len(stages):
                if self.is_python(index):
                    break
                stages.append(Stage().start())
            if stages[place].job is None:
                stages[place].prepare(self.files, self.lines[index], self.jobs[index], self.code)


def tell(watch, also):
    """Reports a step. False when it has left other processes running, where `also` names those that may."""
    is_alone = watch.settle(also) if watch.is_answered else True
    reports.append(watch.report())
    return is_alone


def flush_reports():
    """What the host is told wakes it, and so takes a core from the step under way: it can wait for as long as usual steps take."""
    if reports:
        reply('\n'.join(reports))
        reports.clear()


def reply(report):
    write_all(1, report.encode('ascii') + b'\n')


def limit_box():
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_DUMPABLE, 0)
    most, longest = settings['processes'], settings['fileBytes']
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, MOST_DESCRIPTORS))
    _signal.signal(_signal.SIGPIPE, _signal.SIG_IGN)


def supervise():
    commands = Commands()
    settings.update(parse(commands.next()))
    limit_box()
    settings['lastPid'] = open_last_pid()
    sys.path[:] = [path for path in sys.path if path]
    # Without a look for garbage, at which the start would spend a third of its time: there is hardly any.
    gc.freeze()
    if settings['node']:
        engines.append(Stage().start(settings['node']))
    reply('{"parked":true}')
    if commands.is_quiet(QUIET):
        make_ready(commands)
    files, unlaid = b'{}\n', None
    while True:
        line = commands.next()
        command = parse(line)
        if command['kind'] == 'files':
            files, unlaid = line, take_files(line, command)
        elif command['kind'] == 'batch':
            Batch(files, [commands.next() for _ in range(command['steps'])], flush_reports).perform(unlaid)
            unlaid = None
        else:
            keep()
            reply('{"done":true}')


supervise()
