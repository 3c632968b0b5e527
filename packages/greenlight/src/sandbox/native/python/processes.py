# The processes of a box: what each has used, which of them are ours, and the end of all others.
import _signal
import posix
import time

# Rounds of killing what a step left behind; a fork bomb that outruns them costs the box.
SWEEPS = 400
SWEEP_PAUSE = 0.002
CPU_CLOCK = 2

# Stages whose step has answered: those that are being ended, and those that are stopped until the box ends.
leaving = []
stopped = []


def cpu_of(pid):
    """Processor time of a process, seconds; of one that has ended, unknown and so none."""
    try:
        return time.clock_gettime((~pid << 3) | CPU_CLOCK)
    except OSError:
        return 0.0


def status_of(pid):
    """Most memory that a process has held (`VmHWM`, KiB) and its `Threads`; what is not known is left out."""
    try:
        file = posix.open('/proc/%d/status' % pid, posix.O_RDONLY)
    except OSError:
        return {}
    try:
        told = read(file, 4096)
    except OSError:
        return {}
    finally:
        posix.close(file)
    found = {}
    for name in (b'VmHWM', b'Threads'):
        _, is_told, rest = told.partition(b'\n' + name + b':')
        if is_told:
            found[name] = int(rest.split(None, 1)[0])
    return found


def open_last_pid():
    try:
        return posix.open('/proc/sys/kernel/ns_last_pid', posix.O_RDONLY)
    except OSError:
        return -1


def last_pid():
    """The number that was last given to a process or thread of the box; -1 where the kernel does not tell."""
    try:
        return int(posix.pread(settings['lastPid'], 16, 0))
    except OSError:
        return -1


def see_off():
    """Reaps the processes of answered steps, all but the last one's: by the end of the next step they are gone."""
    while len(leaving) > 1:
        stage = leaving.pop(0)
        posix.waitpid(stage.pid, 0)
        stage.close()


def strays(also):
    """Processes that are none of ours."""
    known = ours(also)
    return [int(name) for name in posix.listdir('/proc') if name.isdecimal() and int(name) not in known]


def ours(also):
    return {1, *also, *(stage.pid for waiting in (stages, engines, leaving, stopped) for stage in waiting)}


def sweep():
    """Ends every process but this one and its waiting stages. What outruns it takes the box along."""
    for _ in range(SWEEPS):
        found = strays(())
        if not found:
            return
        for pid in found:
            try:
                posix.kill(pid, _signal.SIGKILL)
            except ProcessLookupError:
                pass
        for pid in found:
            try:
                posix.waitpid(pid, posix.WNOHANG)
            except ChildProcessError:
                pass
        # A process that holds much memory takes a while to go.
        time.sleep(SWEEP_PAUSE)
    posix._exit(71)
