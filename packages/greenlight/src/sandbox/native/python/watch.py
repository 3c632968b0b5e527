# One step, watched: its output, its answer, its limits, and what becomes of its process.
import _signal
import binascii
import posix
import select
import time

MIB = 1 << 20
FLOOD_BYTES = 8 * MIB
MAX_ANSWER_BYTES = 8 * MIB
# A time-out is told with its line when the interpreter says it within this time, seconds.
TRACE_WAIT = 0.05
# How long a whole answer waits for the end of its pipe, seconds.
CLOSE_WAIT = 0.005
# Most calls answer within this time, seconds: to be woken from sleep on an idle machine takes half as long as that.
SPIN = 0.0002

# Processes of answered steps that are stopped rather than ended, at most, and what each may hold, KiB: the box's limits count them.
MAX_STOPPED = 16
STOPPED_KB = 24 << 10


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
        self.has_begun = False
        self.peak_kb = 0
        self.last_pid = last_pid()
        self.cpu_before = cpu_of(stage.pid)

    def run(self, before_sleep):
        """Until it has answered or was ended. @param before_sleep called when that takes longer than a usual step"""
        poll = select.poll()
        for descriptor in (self.stage.out, self.stage.err, self.stage.results, self.stage.handle):
            poll.register(descriptor, select.POLLIN)
        began = time.monotonic()
        wall_end = began + self.job['wallMs'] / 1000
        cpu_left = self.job['cpuMs'] / 1000
        while self.status is None and self.ended_by is None and not self.is_answered:
            left = wall_end - time.monotonic()
            if left <= 0 or cpu_left <= 0:
                self.end_by('time')
                break
            events = spin(poll, began + SPIN)
            if not events:
                before_sleep()
                events = poll.poll(max(1, min(left, cpu_left, CLOSE_WAIT if self.is_whole() else left) * 1000))
            if not events and self.is_whole():
                # A process that it has left behind holds the other end.
                self.stop_answered()
            for descriptor, _ in events:
                if descriptor == self.stage.handle:
                    self.reap()
                elif not self.take(descriptor) or (descriptor == self.stage.results and self.is_whole() and not self.take(descriptor)):
                    poll.unregister(descriptor)
                    if descriptor == self.stage.results and self.is_whole():
                        self.stop_answered()
            if self.stage.is_lasting and self.is_whole():
                break
            cpu_left = self.job['cpuMs'] / 1000 - (cpu_of(self.stage.pid) - self.cpu_before)
        if self.stage.is_lasting and self.answer:
            self.take_engine_answer()
        self.seconds = time.monotonic() - began
        if not self.is_answered:
            self.collect()

    def is_whole(self):
        return self.answer.endswith(b'\n')

    def take_engine_answer(self):
        """One line that begins with the step's word, or none of it: an engine that says else answers for no other step."""
        self.take(self.stage.results)
        word, _, frame = self.answer.partition(b' ')
        if word == self.stage.word and frame.find(b'\n') == len(frame) - 1:
            self.answer = frame
            return
        self.answer = b''
        if self.status is None and self.ended_by is None:
            self.end_by('forgery')

    def take(self, descriptor):
        """Reads what is there. False at the end of the pipe."""
        try:
            data = read(descriptor, PIPE_READ)
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
        pid, self.status, self.usage = posix.wait4(self.stage.pid, 0)

    def stop_answered(self):
        """Its answer is whole: nothing of its process runs from here on. What else it left behind is for `settle`."""
        posix.kill(self.stage.pid, _signal.SIGSTOP)
        self.is_answered = True

    def end_by(self, why):
        self.ended_by = why
        if why == 'time' and self.job['kind'] not in ('exec', 'node'):
            posix.kill(self.stage.pid, TRACE_SIGNAL)
            while len(self.trace) < PIPE_READ and select.select([self.stage.trace], [], [], TRACE_WAIT)[0]:
                part = read(self.stage.trace, PIPE_READ)
                self.trace += part
                if not part or has_own_line(self.trace):
                    break
        posix.kill(self.stage.pid, _signal.SIGKILL)
        self.reap()

    def collect(self):
        """What has come of it, from now on unchanged."""
        self.is_over = self.status is not None
        if self.is_over:
            sweep()
        for descriptor in (self.stage.out, self.stage.err, self.stage.results):
            while self.drain(descriptor):
                pass
        if self.is_over:
            self.has_begun = bool(self.trace) or bool(select.select([self.stage.trace], [], [], 0)[0] and read(self.stage.trace, 1))
            self.stage.close()
        self.cpu_seconds = self.cpu_used()

    def settle(self, also):
        """
        After an answer: what it has come to, and what becomes of its process, which stays until the box ends when it holds little.
        False when it has left other processes behind, other than `also`, which the step after it may have met. None: nobody asks.
        """
        about = status_of(self.stage.pid)
        self.peak_kb = about.get(b'VmHWM', 0)
        # What is stopped can be continued by the steps after it: it must have no thread that would go on with anything.
        is_small = about.get(b'Threads') == 1 and self.peak_kb < STOPPED_KB and len(stopped) < MAX_STOPPED
        if not is_small:
            posix.kill(self.stage.pid, _signal.SIGKILL)
        (stopped if is_small else leaving).append(self.stage)
        is_alone = also is None or self.made_none(also) or not strays(also)
        if not is_alone:
            posix.kill(self.stage.pid, _signal.SIGKILL)
        self.collect()
        return is_alone

    def made_none(self, also):
        """Whether no process has been made since it was let go: the last number given is still that of one of ours, so not given again."""
        return last_pid() == self.last_pid and self.last_pid in ours(also)

    def discard(self):
        """Ends a step that is under way, and whatever else runs in the box."""
        posix.kill(self.stage.pid, _signal.SIGKILL)
        posix.waitpid(self.stage.pid, 0)
        self.stage.close()
        sweep()

    def had_begun(self):
        """False when another step's signal, still under way when this one was let go, ended its process first."""
        return self.stage.is_lasting or self.has_begun or self.status is None or self.ended_by is not None

    def report(self):
        out, err = b''.join(self.kept[self.stage.out]), b''.join(self.kept[self.stage.err])
        code = posix.waitstatus_to_exitcode(self.status) if self.is_over else None
        peak = self.usage.ru_maxrss if self.is_over else self.peak_kb
        return (
            '{"answer":' + quote(self.answer.decode('utf-8', 'replace'))
            + ',"stdout":"' + binascii.b2a_base64(out, newline=False).decode()
            + '","stderr":"' + binascii.b2a_base64(err, newline=False).decode()
            + '","truncated":' + ('true' if self.is_cut else 'false')
            + ',"endedBy":' + ('null' if self.ended_by is None else quote(self.ended_by))
            + ',"exitCode":' + ('null' if code is None else format(code, 'd'))
            + ',"wallMs":' + repr(self.seconds * 1000)
            + ',"cpuMs":' + repr(self.cpu_seconds * 1000)
            + ',"peakKb":' + format(peak, 'd')
            + ',"trace":' + quote(self.trace.decode('utf-8', 'replace')) + '}'
        )

    def cpu_used(self):
        return self.usage.ru_utime + self.usage.ru_stime if self.is_over else cpu_of(self.stage.pid) - self.cpu_before

    def drain(self, descriptor):
        if self.written > FLOOD_BYTES or len(self.answer) > MAX_ANSWER_BYTES:
            return False
        before = self.written + len(self.answer)
        return self.take(descriptor) and self.written + len(self.answer) > before


def spin(poll, end):
    """Events that are there before `end`, without sleep."""
    events = poll.poll(0)
    while not events and time.monotonic() < end:
        posix.sched_yield()
        events = poll.poll(0)
    return events


def has_own_line(trace):
    """Whether a frame of the learner's own code has been told, whole: the innermost is enough."""
    for line in trace.split(b'\n')[:-1]:
        path = line.strip().removeprefix(b'File "')
        if len(path) < len(line.strip()) and not path.startswith((b'/usr/', b'<')):
            return True
    return False
