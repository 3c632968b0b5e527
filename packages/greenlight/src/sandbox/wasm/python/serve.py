# Serves the harness, which stands before it, in one CPython instance on WASI: one JSON command a line comes in on /box/.commands,
# one JSON frame a line goes out on /box/.results. Each step runs in the same interpreter, put back to what it was before.
import _contextvars
import atexit
import bisect
import builtins
import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gc
import heapq
import importlib
import io
import itertools
import json
import linecache
import math
import operator
import os
import posix
import random
import re
import string
import sys
import time
import types
import typing
import warnings

commands = posix.open('/box/.commands', posix.O_RDONLY)
results = posix.open('/box/.results', posix.O_WRONLY)
progress = posix.open('/box/.progress', posix.O_WRONLY)
go_to = posix.chdir
sleep = time.sleep
clear_exit_handlers = atexit._clear
collect_files = sys.path_importer_cache
WARM_UP_TURNS = 20
REHEARSED_TURNS = 2
REHEARSED = 'def f(numbers):\n    return {str(n): [n, 1.5, (n,)] for n in numbers}\n'
# Steps whose standard streams are made before the job is known.
STREAMS_AHEAD = 8
sources = {}
current_folder = posix.getcwd


def mark_line(line):
    write(progress, format(line, 'd').encode())


def source_of(path):
    """As the host has told it with the job: to read it from the file takes ten times as long."""
    return sources[path].encode('utf-8')


def prepare_asyncio():
    """asyncio's own loops wake up through a socket pair, and there are no sockets here."""
    import asyncio

    class Waiting:
        def select(self, timeout):
            if timeout is None:
                raise RuntimeError('every task waits for another one')
            sleep(timeout if timeout > 0 else 0)
            return []

    class Loop(asyncio.BaseEventLoop):
        def __init__(self):
            super().__init__()
            self._selector = Waiting()

        def _process_events(self, events):
            pass

        def _write_to_self(self):
            pass

    class Policy(asyncio.DefaultEventLoopPolicy):
        _loop_factory = Loop

    asyncio.set_event_loop_policy(Policy())
    return asyncio


class Saved:
    """What the interpreter looked like before any submitted code, to be put back before each step."""

    def __init__(self):
        self.modules = dict(sys.modules)
        self.spaces = [
            (module.__dict__, dict(module.__dict__)) for module in sys.modules.values() if isinstance(module, module_type)
        ]
        self.lists = [(items, list(items)) for items in (sys.path, sys.meta_path, sys.path_hooks, sys.argv, warnings.filters)]
        self.environment = (os.environ, os.environ._data)
        self.maps = (collect_files, linecache.cache)
        self.modules_map = sys.modules
        self.seed = random._inst.seed
        # How the interpreter is set, by what sets it; bound here, as a submission may change the modules.
        self.settings = (
            (sys.set_int_max_str_digits, (sys.get_int_max_str_digits(),)),
            (sys.setswitchinterval, (sys.getswitchinterval(),)),
            (gc.set_threshold, gc.get_threshold()),
            (gc.enable, ()),
        )
        self.sys = sys.__dict__
        # Those of the steps before are kept: to finalise them takes as long as to make them.
        self.streams = []
        self.restored = 0

    def restore(self, changed):
        """@param changed places of the namespaces that may not be what they were"""
        end_turn()
        clear_exit_handlers()
        for put_back, values in self.settings:
            put_back(*values)
        for place in changed:
            space, entries = self.spaces[place]
            dict.clear(space)
            dict.update(space, entries)
        dict.clear(self.modules_map)
        dict.update(self.modules_map, self.modules)
        for items, copy_of_items in self.lists:
            items[:] = copy_of_items
        for entries in self.maps:
            dict.clear(entries)
        dict.clear(self.environment[1])
        if current_folder() != '/box':
            go_to('/box')
        streams = self.streams[self.restored] if self.restored < len(self.streams) else standard_streams()
        self.restored += 1
        self.sys['stdin'], self.sys['stdout'], self.sys['stderr'] = streams


def next_command():
    parts = []
    while True:
        part = read(commands, 1 << 16)
        if not part:
            posix._exit(0)
        parts.append(part)
        if part[-1] == 10:
            return scan(b''.join(parts).decode('utf-8', 'surrogatepass'), 0)[0]


def turn(saved, submission, command):
    """One command: the submission from then on, and the frame that answers."""
    if command['kind'] == 'begin':
        sources.update(command['sources'])
        return begin(command)
    if command['kind'] == 'rehearse':
        rehearse(saved, REHEARSED_TURNS)
        return None, READY
    # In a context of its own: what a step sets there, as the precision of `decimal`, goes with it.
    return submission, _contextvars.Context().run(perform, submission, command)


def rehearse(saved, turns):
    """A job as any other: before the snapshot, so that both engines have compiled what runs in every job, and the imports have settled;
    in a copy that waits, because what has run once in a memory runs twice as fast."""
    path = 'rehearsed.py'
    submission, ready = turn(saved, None, {'kind': 'begin', 'entry': path, 'paths': [path], 'sources': {path: REHEARSED}})
    call = {'kind': 'call', 'function': 'f', 'by': 'position', 'values': [[1, 2, 3]]}
    everywhere = range(len(saved.spaces))
    for _ in range(turns):
        saved.restore(everywhere)
        submission, frame = turn(saved, submission, scan(json.dumps(call), 0)[0])
    if ready != READY or not frame.startswith('{"returned":'):
        raise RuntimeError('the harness does not work: ' + ready + frame)
    sources.clear()
    saved.restored = 0
    saved.streams[:] = [standard_streams() for _ in range(STREAMS_AHEAD)]
    saved.restore(everywhere)
    # What is frozen, no `gc.get_objects` of a submission shows.
    gc.collect()
    gc.freeze()


def serve():
    sys.path[:] = ['/box'] + sys.path
    sys.dont_write_bytecode = True
    sys.argv[:] = ['']
    sys.modules['__main__'] = module_type('__main__')
    monitoring.use_tool_id(MONITOR, 'harness')
    saved = Saved()
    rehearse(saved, WARM_UP_TURNS)

    def resume():
        """Called by the host in a copy of this instance's memory, once for each copy; never returns."""
        submission = None
        part_from_copies()
        while True:
            command = next_command()
            if 'changed' in command:
                saved.restore(command['changed'])
            submission, frame = turn(saved, submission, command)
            write(results, frame.encode('ascii') + b'\n')

    spaces = [format(id(space), 'd') + ':' + format(len(space), 'd') for space, _ in saved.spaces]
    write(results, ' '.join([format(id(resume), 'd'), *spaces]).encode('ascii'))
    # The host does not let this return: see snapshot.ts.
    time.time()


serve()
