# Starts boxes for the host, which is too large to fork for each of them: a copy of its page tables, and of every page that it then
# writes to, cost more than the whole box. Its arguments are the host's socket and the command of a box. Commands come in on descriptor 0,
# one a line, in parts between tabs: `start NUMBER USER GROUP...` (`-` for our own user) and `end NUMBER`. Descriptor 1 tells which box has
# ended, one JSON object a line. Descriptor 3 is the filter of system calls. It runs nothing of a submission.
import _ctypes
import _json
import _signal
import _socket
import gc
import posix
import select
import sys

PR_SET_NO_NEW_PRIVS = 38
# Version 3 of capset, for the calling thread; three empty sets, twice 32 bits each (linux/capability.h).
CAPSET_HEADER, NO_CAPABILITIES = b'\x22\x05\x08\x20' + bytes(4), bytes(24)
FILTER = 3
# What is kept of a box's stderr, to tell why it did not start.
STDERR_BYTES = 2000
READ_BYTES = 1 << 16


host, *command = sys.argv[1:]
library = _ctypes.dlopen(None, 0)
prctl_at, capset_at = _ctypes.dlsym(library, 'prctl'), _ctypes.dlsym(library, 'capset')
poll = select.poll()
boxes = {}
watched = {}


class Box:
    def __init__(self, number, user, groups):
        self.number = number
        self.stderr = b''
        self.errors, errors = posix.pipe()
        self.pid = posix.fork()
        if self.pid == 0:
            try:
                become_box(number, user, groups, errors)
            except BaseException as error:
                posix.write(errors, str(error).encode('utf-8', 'replace'))
            finally:
                posix._exit(127)
        posix.close(errors)
        posix.set_blocking(self.errors, False)
        self.handle = posix.pidfd_open(self.pid)
        boxes[number] = watched[self.handle] = watched[self.errors] = self
        poll.register(self.handle, select.POLLIN)
        poll.register(self.errors, select.POLLIN)

    def hear(self):
        """Keeps the last of what it says. False at its end."""
        try:
            part = posix.read(self.errors, READ_BYTES)
        except BlockingIOError:
            return False
        self.stderr = (self.stderr + part)[-STDERR_BYTES:]
        if not part:
            poll.unregister(self.errors)
            watched.pop(self.errors)
            posix.close(self.errors)
            self.errors = -1
        return bool(part)

    def kill(self):
        """Process 1 first: with it goes its namespace, and bwrap, which waits for it, ends last."""
        inside = children_of(self.pid)
        for pid in inside or [self.pid]:
            try:
                posix.kill(pid, _signal.SIGKILL)
            except ProcessLookupError:
                pass

    def bury(self):
        """Tells how it ended, when it has: the descriptor may have been another box's when it was waited for."""
        pid, status = posix.waitpid(self.pid, posix.WNOHANG)
        if pid == 0:
            return
        poll.unregister(self.handle)
        watched.pop(self.handle)
        posix.close(self.handle)
        boxes.pop(self.number)
        while self.errors != -1 and self.hear():
            pass
        if self.errors != -1:
            # Somebody outside of the box has it open still: there is nothing of it to wait for.
            poll.unregister(self.errors)
            watched.pop(self.errors)
            posix.close(self.errors)
        told = _json.encode_basestring_ascii(self.stderr.decode('utf-8', 'replace'))
        tell(f'{{"box":{int(self.number)},"code":{posix.waitstatus_to_exitcode(status)},"stderr":{told}}}')


def become_box(number, user, groups, errors):
    """In the new process: its groups, its descriptors, its user, then bwrap in its stead."""
    for folder in groups:
        joined = posix.open(folder + b'/cgroup.procs', posix.O_WRONLY)
        posix.write(joined, b'0')
        posix.close(joined)
    channel = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    channel.connect(host)
    channel.send(number + b'\n')
    rules = posix.open(f'/proc/self/fd/{FILTER}', posix.O_RDONLY)
    posix.dup2(errors, 2)
    posix.dup2(channel.fileno(), 0)
    posix.dup2(channel.fileno(), 1)
    posix.dup2(rules, FILTER)
    posix.closerange(FILTER + 1, 1 << 16)
    for signal in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(signal, _signal.SIG_DFL)
    # Two boxes with one user would share its limits, and could signal each other outside of their namespaces.
    if user != b'-':
        user = int(user)
        posix.setgroups([])
        posix.setresgid(user, user, user)
        posix.setresuid(user, user, user)
        call(capset_at, (CAPSET_HEADER, NO_CAPABILITIES))
        call(prctl_at, (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    posix.execve(command[0], command, {})


def call(address, arguments):
    if _ctypes.call_function(address, arguments) != 0:
        raise OSError('a privilege could not be given up')


def children_of(pid):
    try:
        file = posix.open(f'/proc/{pid}/task/{pid}/children', posix.O_RDONLY)
    except OSError:
        return []
    try:
        return [int(child) for child in posix.read(file, READ_BYTES).split()]
    except OSError:
        return []
    finally:
        posix.close(file)


def tell(line):
    data = memoryview(line.encode('ascii') + b'\n')
    while data:
        data = data[posix.write(1, data) :]


def obey(line):
    verb, number, *place = line.split(b'\t')
    if verb == b'start':
        Box(number, place[0], place[1:])
    elif number in boxes:
        boxes[number].kill()


def serve():
    pending = b''
    poll.register(0, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            box = watched.get(descriptor)
            if descriptor == 0:
                part = posix.read(0, READ_BYTES)
                if not part:
                    return
                *lines, pending = (pending + part).split(b'\n')
                for line in lines:
                    obey(line)
            elif box is not None and descriptor == box.errors:
                box.hear()
            elif box is not None:
                box.bury()


def remove_socket():
    """The host's, in case it has been killed."""
    try:
        posix.unlink(host)
        posix.rmdir(host.rpartition('/')[0])
    except OSError:
        pass


def carry_on(signal, frame):
    """The host says when it is over, by the end of descriptor 0; what ends a whole group of processes asks it, not us."""


_signal.signal(_signal.SIGPIPE, _signal.SIG_IGN)
_signal.signal(_signal.SIGINT, carry_on)
_signal.signal(_signal.SIGTERM, carry_on)
gc.collect()
gc.freeze()
try:
    serve()
finally:
    for box in list(boxes.values()):
        box.kill()
    for box in list(boxes.values()):
        posix.waitpid(box.pid, 0)
    remove_socket()
posix._exit(0)
