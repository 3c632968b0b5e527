# The box's own folder, as every step finds it: the job's files, what was compiled of them, and nothing that a step before left.
import errno
import posix
from _stat import S_IMODE, S_ISDIR, S_ISREG

MAX_KEPT_BYTES = 128 << 20

pristine = {}
snapshot = None


def lay_out(files):
    for path, content in files.items():
        parts = [part for part in path.split('/') if part not in ('', '.', '..')]
        folder = ROOT
        for part in parts[:-1]:
            folder = folder + '/' + part
            try:
                posix.mkdir(folder)
            except FileExistsError:
                pass
        try:
            name = folder + '/' + parts[-1]
            mode = content[1] if type(content) is tuple else 0o644
            data = content[0] if type(content) is tuple else content.encode('utf-8', 'surrogatepass')
            descriptor = posix.open(name, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_NOFOLLOW, mode)
            with io.FileIO(descriptor, 'w') as file:
                write_all(file.fileno(), data)
        except (IndexError, IsADirectoryError, NotADirectoryError):
            pass


def look(folder, found):
    """What lies in a folder, by name: what any change would change."""
    for entry in posix.scandir(folder):
        about = entry.stat(follow_symlinks=False)
        found[entry.path] = (about.st_ino, about.st_ctime_ns, about.st_size, about.st_mode)
        if S_ISDIR(about.st_mode):
            look(entry.path, found)
    return found


def empty(folder):
    for entry in list(posix.scandir(folder)):
        try:
            if entry.is_dir(follow_symlinks=False):
                posix.chmod(entry.path, 0o700)
                empty(entry.path)
                posix.rmdir(entry.path)
            else:
                posix.unlink(entry.path)
        except OSError:
            pass


def lay_first(files):
    """The job's own files, from now on what every step starts from."""
    global snapshot
    pristine.clear()
    pristine.update(files)
    snapshot = None
    restore({})


def is_untouched():
    """Whether a step that has no files of its own would find the folder as it should."""
    posix.chdir('/')
    posix.chmod(ROOT, 0o755)
    return not posix.listdir('/tmp') and snapshot is not None and look(ROOT, {}) == snapshot


def restore(extra):
    """The folder as it was after the job's files were laid out and compiled, and the files of a step. Nothing else runs in the box."""
    global snapshot
    if not is_untouched():
        empty('/tmp')
        empty(ROOT)
        lay_out(pristine)
        snapshot = look(ROOT, {})
    if extra:
        lay_out(extra)


def keep():
    """Takes what a compiler made as what every step starts from."""
    global snapshot
    kept, size = {}, 0
    for path, (_, _, length, mode) in look(ROOT, {}).items():
        if not S_ISREG(mode):
            continue
        size += length
        if size > MAX_KEPT_BYTES:
            raise OSError(errno.EFBIG, 'what the compiler made is too large')
        with io.FileIO(posix.open(path, posix.O_RDONLY | posix.O_NOFOLLOW), 'r') as file:
            kept[path[len(ROOT) + 1 :]] = (file.readall(), S_IMODE(mode))
    pristine.clear()
    pristine.update(kept)
    snapshot = look(ROOT, {})


def write_all(descriptor, data):
    data = memoryview(data)
    try:
        while data:
            data = data[write(descriptor, data) :]
    except BrokenPipeError:
        pass
