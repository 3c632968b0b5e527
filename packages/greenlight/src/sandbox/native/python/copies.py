# Copies: the stages of a job's next steps, made together while nothing of it runs. One process compiles the sources and is then copied for
# each of them: a stage that does so for itself first writes to some 500 pages, and takes a fault for each. Like a stage, it runs nothing of
# the submission before that is let go, and what it could not do (a source that ends its compiler) each stage is left to meet for itself.
import gc
import posix
import select
import time

# Steps whose stages are made at once.
COPIES = 6


def copies(files, jobs):
    """Stages that are prepared for these steps, in their order. Fewer when it did not work."""
    made = [Stage() for _ in jobs]
    told, says = posix.pipe()
    mould = posix.fork()
    if mould == 0:
        try:
            be_mould(files, jobs, [stage.inside for stage in made], says)
        finally:
            posix._exit(70)
    posix.close(says)
    for stage in made:
        stage.let_out()
    pids = pids_of_copies(told, len(made))
    posix.close(told)
    # Once it has ended, they are children of ours. It has nothing more to do, and may have been stopped by what a step before has left.
    posix.kill(mould, _signal.SIGKILL)
    posix.waitpid(mould, 0)
    for stage, job, pid in zip(made, jobs, pids):
        stage.adopt(pid)
        stage.job = job
    for stage in made[len(pids) :]:
        stage.close()
    return made[: len(pids)]


def pids_of_copies(told, wanted):
    said = b''
    end = time.monotonic() + COMPILE_WAIT
    while said.count(b'\n') < wanted:
        left = end - time.monotonic()
        if left <= 0 or not select.select([told], [], [], left)[0]:
            break
        part = read(told, PIPE_READ)
        if not part:
            break
        said += part
    return [int(pid) for pid in said.split(b'\n')[:-1]]


def be_mould(files, jobs, places, says):
    """Compiles what all of the steps need, and is copied for each."""
    says, *ends = hold_only((says, *[descriptor for inside in places for descriptor in inside]))
    places = [ends[at : at + 6] for at in range(0, len(ends), 6)]
    _, out, err, *_ = places[0]
    posix.dup2(out, 1)
    posix.dup2(err, 2)
    be_interpreter()
    longest = max(job['cpuMs'] for job in jobs)
    limit_process({**jobs[0], 'cpuMs': longest})
    submission, frame = compiled_from(files, jobs[0])
    gc.freeze()
    gc.enable()
    for job, inside in zip(jobs, places):
        pid = posix.fork()
        if pid == 0:
            take_place(inside, is_kept=False)
            if job['cpuMs'] < longest:
                limit_process(job)
            be_python(job, submission, frame, Lines(COMMANDS, BELL))
        write(says, format(pid, 'd').encode() + b'\n')
    posix._exit(0)
