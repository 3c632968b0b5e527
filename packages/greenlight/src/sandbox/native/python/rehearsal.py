# What a box does while it waits for its job, so that nothing on the way of a job is new to it when one comes: what is imported, forked and
# first written to then costs nobody's time. A job that comes meanwhile waits for the one thing that is under way.
import gc
import posix

# Without a job for so long after its start, a box readies itself for one in full, seconds. Boxes of a busy host do not wait so long: there,
# what is done ahead would take its time from the grades of others.
QUIET = 0.2
REHEARSALS, REHEARSED_STEPS = 2, 2
# What exercises import most. Imported once here, it is there in every stage.
USUAL = (
    *('os', 're', 'json', 'math', 'random', 'collections', 'itertools', 'functools', 'typing', 'dataclasses', 'string'),
    *('datetime', 'heapq', 'bisect'),
)
REHEARSED_FILES = (
    b'{"files":{"rehearsal.py":"def f(n):\\n    return {str(n): [n, 1.5, (n,)]}"},"entry":"rehearsal.py","paths":["rehearsal.py"],'
    b'"cpuMs":0,"memoryMb":0}\n'
)
REHEARSED_STEP = (
    b'{"kind":"call","entry":"rehearsal.py","paths":["rehearsal.py"],"outputBytes":1024,"files":{},"stdin":"","memoryMb":0,'
    b'"cpuMs":1000,"wallMs":1000,"function":"f","by":"position","values":[1]}\n'
)
# An engine compiles what it runs often a second time.
NODE_REHEARSALS = 6
REHEARSED_NODE_FILES = b'{"files":{"%s":"const f = (n) => [n]"},"entry":"%s"}\n'
REHEARSED_NODE_STEP = (
    b'{"kind":"node","step":"call","entry":"%s","outputBytes":1024,"files":{},"cpuMs":10000,"wallMs":10000,"function":"f",'
    b'"by":"position","values":[1],"rehearses":true}\n'
)


def make_ready(commands):
    """In the quiet: what most jobs need, one thing at a time, until a job comes."""
    for name in () if settings['node'] else USUAL:
        if not commands.is_quiet(0):
            return
        __import__(name)
    gc.collect()
    gc.freeze()
    if not settings['node']:
        # Those of the rehearsals come first, and all are forked before: a fork takes the pages from its parent, too.
        while len(stages) < settings['ahead'] + REHEARSALS * REHEARSED_STEPS:
            if not commands.is_quiet(0):
                return
            stages.append(Stage().start(is_ahead=True))
    rehearse()


def rehearse():
    """The way of a job, so that nothing on it is new to this process when one comes."""
    files, step, times = REHEARSED_FILES, REHEARSED_STEP, REHEARSALS
    if settings['node']:
        entry = settings['rehearsal'].encode()
        files, step, times = REHEARSED_NODE_FILES % (entry, entry), REHEARSED_NODE_STEP % entry, NODE_REHEARSALS
    for _ in range(times):
        laid = take_files(files, parse(files))
        Batch(files, [step] * REHEARSED_STEPS, reports.clear).perform(laid)
        for engine in engines:
            engine.has_files = False
    while stopped:
        stopped.pop().drop()
    lay_first({})


def rehearse_step():
    """Does what a step does: a forked process pays for each page that it first writes to (1 ms), now rather than while a job waits."""
    global results
    told, tells = posix.pipe()
    heard, results = posix.pipe()
    bell = posix.eventfd(2, posix.EFD_SEMAPHORE)
    lines = Lines(told, bell)
    # What limits a process cannot be taken back.
    step = REHEARSED_STEP.replace(b'"cpuMs":1000', b'"cpuMs":0')
    write_all(tells, b'{"shares":true}\n' + REHEARSED_FILES + step)
    _, submission, frame = prepared(lines)
    code = read(heard, PIPE_READ).partition(b'\n')[2]
    write_all(tells, b'{"compiled":%d}\n' % len(code) + code + step)
    job, submission, frame = prepared(lines)
    prctl(PR_SET_DUMPABLE, 0)
    posix.chdir(ROOT)
    write_all(results, perform(submission, job).encode('ascii') + b'\n')
    loaded.pop(submission.stem)
    gc.freeze()
    for descriptor in (told, tells, heard, results, bell):
        posix.close(descriptor)
    results = 3
