# Runs in the box before any submitted code, in a namespace whose builtins are a private copy, so that a submission
# which patches builtins, json or sys does not reach what encodes its results. It judges nothing: it answers values.
# One JSON command a line comes in on /box/.commands, one JSON frame a line goes out on /box/.results.
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
from _json import encode_basestring_ascii as quote

MAX_DEPTH = 64
MAX_NODES = 50_000
MAX_TEXT = 2_000_000
MAX_INTEGER_BITS = 400_000
MAX_OPAQUE_TEXT = 200
MAX_MESSAGE = 2_000
RECURSION_LIMIT = 1000

read, write, go_to = posix.read, posix.write, posix.chdir
commands = posix.open('/box/.commands', posix.O_RDONLY)
results = posix.open('/box/.results', posix.O_WRONLY)
progress = posix.open('/box/.progress', posix.O_WRONLY)
monitoring = sys.monitoring
MONITOR = 4
scan = json.JSONDecoder().scan_once
mro_of = type.__dict__['__mro__'].__get__
name_of = type.__dict__['__name__'].__get__
dict_of = type.__dict__['__dict__'].__get__
set_recursion_limit, set_trace, set_profile = sys.setrecursionlimit, sys.settrace, sys.setprofile
make_code, module_type, function_type = compile, types.ModuleType, types.FunctionType
exact_equal = {collections.OrderedDict: dict, collections.Counter: dict}
bases = (bool, int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset)
coroutine_type = types.CoroutineType
sleep = time.sleep
clear_exit_handlers = atexit._clear
invalidate_caches = importlib.invalidate_caches
collect_files = sys.path_importer_cache


class TooLarge(Exception):
    pass


class Missing(Exception):
    pass


def use_loop_without_sockets():
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


def base_of(value):
    """The builtin that a value is compared as, or None when it is compared by code of its own."""
    kind = type(value)
    if kind in bases:
        return kind
    if kind in exact_equal:
        return exact_equal[kind]
    for ancestor in mro_of(kind):
        if ancestor in bases:
            return ancestor
        if '__eq__' in dict_of(ancestor):
            return None
    return None


class Encoder:
    """Writes a value as tagged JSON, under a budget of nodes, depth and characters."""

    def __init__(self):
        self.nodes = 0
        self.size = 0

    def text(self, value):
        self.size += len(value)
        if self.size > MAX_TEXT:
            raise TooLarge
        return quote(value)

    def items(self, tag, items, depth):
        return '["' + tag + '",[' + ','.join([self.value(item, depth + 1) for item in items]) + ']]'

    def value(self, value, depth=0):
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TooLarge
        if value is None:
            return '["z"]'
        base = base_of(value)
        if base is None or depth > MAX_DEPTH:
            return self.opaque(value)
        if base is bool:
            return '["b",true]' if value else '["b",false]'
        if base is int:
            number = int.__add__(value, 0)
            if number.bit_length() > MAX_INTEGER_BITS:
                raise TooLarge
            return '["i","' + format(number, 'x') + '"]'
        if base is float:
            return self.float(float.__add__(value, 0.0) if value != 0 else float.__pos__(value))
        if base is str:
            return '["s",' + self.text(str.__str__(value)) + ']'
        if base is bytes or base is bytearray:
            return '["y",' + self.text(bytes(memoryview(value)).hex()) + ']'
        return self.container(value, base, depth)

    def float(self, number):
        if number != number:
            return '["f","NaN"]'
        if number in (float('inf'), float('-inf')):
            return '["f","Infinity"]' if number > 0 else '["f","-Infinity"]'
        if number == 0:
            return '["f","-0"]' if str(number)[0] == '-' else '["f",0]'
        return '["f",' + repr(number) + ']'

    def container(self, value, base, depth):
        if base.__len__(value) > MAX_NODES:
            raise TooLarge
        if base is dict:
            pairs = list(dict.items(value))
            return '["m",[' + ','.join(
                ['[' + self.value(key, depth + 1) + ',' + self.value(item, depth + 1) + ']' for key, item in pairs]
            ) + ']]'
        tag = {list: 'l', tuple: 't', set: 'e', frozenset: 'e'}[base]
        return self.items(tag, list(base.__iter__(value)), depth)

    def opaque(self, value):
        try:
            text = repr(value)
            text = str.__str__(text)[:MAX_OPAQUE_TEXT]
        except BaseException:
            text = '(its repr failed)'
        return '["o",' + self.text(name_of(type(value))) + ',' + self.text(text) + ']'


def encode(value):
    try:
        return Encoder().value(value)
    except TooLarge:
        return '["o",' + quote(name_of(type(value))) + ',"(too large to be compared)"]'


def message_of(error):
    try:
        return str.__str__(str(error))[:MAX_MESSAGE]
    except BaseException:
        return '(its message could not be printed)'


class Submission:
    """The files of one job, compiled once, run anew in a fresh namespace for every step."""

    def __init__(self, command):
        self.entry = command['entry']
        self.paths = set(command['paths'])
        self.stem = self.entry.rsplit('/', 1)[-1].removesuffix('.py')
        self.code = None
        self.lines = {}

    def compile(self):
        for path in sorted(self.paths, key=lambda path: path != self.entry):
            if path.endswith('.py'):
                with io.open_code('/box/' + path) as file:
                    source = file.read()
                self.lines[path] = source.split(b'\n')
                code = make_code(source, path, 'exec', dont_inherit=True)
                if path == self.entry:
                    self.code = code
        if self.code is None:
            with io.open_code('/box/' + self.entry) as file:
                self.code = make_code(file.read(), self.entry, 'exec', dont_inherit=True)

    def namespace(self):
        module = module_type(self.stem)
        module.__file__ = self.entry
        sys.modules[self.stem] = module
        space = module.__dict__
        exec(self.code, space)
        if 'asyncio' in sys.modules:
            use_loop_without_sockets()
        return space

    def function(self, space, name):
        if name is not None:
            if name not in space:
                raise Missing(f'the function "{name}" is not defined')
            return space[name]
        own = [
            key
            for key, item in space.items()
            if type(item) is function_type and item.__code__.co_filename == self.entry and item.__module__ == self.stem
        ]
        if len(own) == 1:
            return space[own[0]]
        if not own:
            raise Missing('the entry file defines no function')
        raise Missing('the entry file defines several functions, name the one to call: ' + ', '.join(own[:10]))

    def call(self, command):
        space = self.namespace()
        function = self.function(space, command['function'])
        given = command['values']
        result = function(*given) if command['by'] == 'position' else function(**given)
        if type(result) is coroutine_type:
            result = use_loop_without_sockets().run(result)
        return result

    def assertion(self, command):
        space = self.namespace()
        exec(make_code(command['code'], '<test>', 'exec', dont_inherit=True), space)
        return None

    def on_jump(self, code, offset, target):
        """Notes the line of each loop when it first goes round: after a time-out, the last one is where it was."""
        lines = self.lines.get(self.own_path(code.co_filename))
        if lines is not None and target <= offset:
            own = [line for start, end, line in code.co_lines() if line and (start <= offset < end or start <= target < end)]
            write(progress, format(self.loop_head(lines, min(own, default=1)), 'd').encode())
        return monitoring.DISABLE

    def loop_head(self, lines, line):
        """The line that starts the loop which has `line` in its body or as its head."""
        indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
        for above in range(line, max(0, line - 50), -1):
            text = lines[above - 1].lstrip()
            if text.startswith((b'while', b'for', b'async for')) and (above == line or len(lines[above - 1]) - len(text) < indent):
                return above
        return line

    def own_path(self, filename):
        if type(filename) is not str:
            return None
        path = filename.removeprefix('/box/')
        return path if path in self.paths or path == '<test>' else None

    def place(self, error):
        """The learner's own innermost line; the test's only when no line of the learner's was reached."""
        place = None
        if isinstance(error, SyntaxError):
            path = self.own_path(error.filename)
            if path is not None and type(error.lineno) is int:
                column = error.offset if type(error.offset) is int else 0
                return (path, error.lineno, column)
        frame = error.__traceback__
        while frame is not None:
            path = self.own_path(frame.tb_frame.f_code.co_filename)
            if path is not None and (path != '<test>' or place is None or place[0] == '<test>'):
                place = (path, frame.tb_lineno, 0)
            frame = frame.tb_next
        return place

    def failure(self, tag, error):
        name = 'NameError' if type(error) is Missing else name_of(type(error))
        message = error.msg if isinstance(error, SyntaxError) and type(error.msg) is str else message_of(error)
        place = self.place(error)
        frame = '{"' + tag + '":{"type":' + quote(name) + ',"message":' + quote(message)
        if place is not None:
            frame += ',"file":' + quote(place[0]) + ',"line":' + format(place[1], 'd')
            if place[2] > 0:
                frame += ',"column":' + format(place[2], 'd')
        return frame + '}}'


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
        self.sys = sys.__dict__

    def restore(self):
        set_trace(None)
        set_profile(None)
        set_recursion_limit(RECURSION_LIMIT)
        clear_exit_handlers()
        for space, entries in self.spaces:
            dict.clear(space)
            dict.update(space, entries)
        dict.clear(self.modules_map)
        dict.update(self.modules_map, self.modules)
        for items, copy_of_items in self.lists:
            items[:] = copy_of_items
        for entries in self.maps:
            dict.clear(entries)
        dict.clear(self.environment[1])
        go_to('/box')
        self.sys['stdin'] = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, 'r', closefd=False)), 'utf-8')
        self.sys['stdout'] = printer(1)
        self.sys['stderr'] = printer(2)


def printer(descriptor):
    raw = io.BufferedWriter(io.FileIO(descriptor, 'w', closefd=False))
    return io.TextIOWrapper(raw, 'utf-8', errors='backslashreplace', line_buffering=True)


def flush(stream):
    try:
        stream.flush()
    except BaseException:
        pass


def perform(submission, command):
    """One step, as the frame that answers it."""
    out, err = sys.stdout, sys.stderr
    monitoring.register_callback(MONITOR, monitoring.events.JUMP, submission.on_jump)
    monitoring.set_events(MONITOR, monitoring.events.JUMP)
    monitoring.restart_events()
    try:
        step = submission.call if command['kind'] == 'call' else submission.assertion
        result = step(command)
        set_trace(None)
        set_profile(None)
        set_recursion_limit(RECURSION_LIMIT)
        frame = '{"returned":' + encode(result) + '}'
    except SystemExit as error:
        code = error.code
        if code is not None and type(code) is not int:
            try:
                print(code, file=err)
            except BaseException:
                pass
        frame = '{"exited":' + format(0 if code is None else code & 0xFF if type(code) is int else 1, 'd') + '}'
    except MemoryError:
        frame = '{"out-of-memory":true}'
    except BaseException as error:
        set_trace(None)
        set_profile(None)
        set_recursion_limit(RECURSION_LIMIT)
        frame = submission.failure('raised', error)
    flush(out)
    flush(err)
    return frame


def begin(command):
    submission = Submission(command)
    random._inst.seed()
    invalidate_caches()
    try:
        submission.compile()
    except MemoryError:
        return submission, '{"out-of-memory":true}'
    except (SyntaxError, ValueError, RecursionError, OverflowError) as error:
        return submission, submission.failure('syntax', error)
    return submission, '{"ready":true}'


def next_command():
    parts = []
    while True:
        part = read(commands, 1 << 20)
        if not part:
            posix._exit(0)
        parts.append(part)
        if part[-1] == 10:
            return scan(b''.join(parts).decode('utf-8', 'surrogatepass'), 0)[0]


def warm_up():
    """Runs what a step runs once, so that the engine has compiled it and the imports have settled."""
    space = module_type('warm_up').__dict__
    exec(make_code('def f(n):\n    return {str(n): [n, 1.5, (n,)]}', 'warm_up.py', 'exec'), space)
    scan(encode(space['f'](1)), 0)


def serve():
    sys.path[:] = ['/box'] + sys.path
    sys.dont_write_bytecode = True
    sys.argv[:] = ['']
    sys.modules['__main__'] = module_type('__main__')
    monitoring.use_tool_id(MONITOR, 'harness')
    warm_up()
    saved = Saved()
    gc.collect()
    gc.freeze()
    submission = None
    while True:
        command = next_command()
        saved.restore()
        if command['kind'] == 'begin':
            submission, frame = begin(command)
        else:
            frame = perform(submission, command)
        write(results, frame.encode('ascii') + b'\n')


serve()
