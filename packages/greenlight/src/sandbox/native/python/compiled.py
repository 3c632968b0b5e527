# What a stage that waits has compiled of a job's sources, for the stages of the steps after its own: to read it takes them a tenth of the
# time. It says so before it is let go, so nothing of the submission has run in it; and it is read before that, since a step could take what
# lies in its pipe and put something else there.
import marshal
import select
import time

# Longer code is compiled by each stage: what is told of it has to fit into a pipe, bytes.
MOST_SHARED = 48 << 10
# A source that takes longer to compile is left to its steps' own time, seconds.
COMPILE_WAIT = 0.25


def share(submission, is_compiled):
    """In the stage. Empty for what does not compile: each step is left to meet that for itself."""
    code = marshal.dumps((submission.code, submission.lines, submission.uses_asyncio)) if is_compiled else b''
    code = code if len(code) <= MOST_SHARED else b''
    write_all(results, b'%d\n' % len(code) + code)


def shared_by(stage):
    """What it has compiled. None when it has ended over it, or has not done it in time."""
    said, poll = b'', select.poll()
    poll.register(stage.results, select.POLLIN)
    end = time.monotonic() + COMPILE_WAIT
    while True:
        size, is_told, code = said.partition(b'\n')
        if is_told and len(code) == int(size):
            return code
        # Awake, while nothing else has to be done.
        part = read(stage.results, PIPE_READ) if spin(poll, end) else b''
        if not part:
            return None
        said += part


def submission_of(code, job):
    """In a stage after it."""
    submission = Submission(job)
    submission.code, submission.lines, submission.uses_asyncio = marshal.loads(code)
    return submission
