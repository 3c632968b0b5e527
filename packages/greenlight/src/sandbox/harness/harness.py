# What both drivers run beside a submission, before any of its code and in a namespace whose builtins are a private copy, so that
# a submission which patches builtins, json or sys does not reach what encodes its results. It judges nothing but assertions and
# test files: it answers values. What serves it with commands comes after it and defines `mark_line`,
# `prepare_asyncio` and `source_of`.
# Python 3.10 and later.
#
# The standard library's larger modules are not imported here (re, enum, json and what they bring take as long as the interpreter
# itself): a box starts for every grade.
import _collections
import _json
import io
import posix
import sys

ROOT = '/box'
MAX_DEPTH = 64
MAX_NODES = 50_000
MAX_TEXT = 2_000_000
MAX_INTEGER_BITS = 400_000
MAX_OPAQUE_TEXT = 200
MAX_MESSAGE = 2_000
RECURSION_LIMIT = 1000
READY = '{"ready":true}'
# Loops of a submission whose line is remembered from one step to the next.
MAX_HEADS = 500


class Reading:
    """What json's own scanner is told: everything as JSON means it."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float
    memo = {}


async def nothing():
    pass


def type_of_coroutines():
    one = nothing()
    try:
        return type(one)
    finally:
        one.close()


read, write = posix.read, posix.write
quote = _json.encode_basestring_ascii
scan = _json.make_scanner(Reading)
monitoring = getattr(sys, 'monitoring', None)
MONITOR = 4
mro_of = type.__dict__['__mro__'].__get__
name_of = type.__dict__['__name__'].__get__
dict_of = type.__dict__['__dict__'].__get__
set_recursion_limit, set_trace, set_profile = sys.setrecursionlimit, sys.settrace, sys.setprofile
make_code, module_type, function_type, coroutine_type = compile, type(sys), type(type_of_coroutines), type_of_coroutines()
code_type = type(type_of_coroutines.__code__)
ordered_dict = _collections.OrderedDict
loaded = sys.modules
bases = (bool, int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset)


class TooLarge(Exception):
    pass


class Missing(Exception):
    pass


def base_of(value):
    """The builtin that a value is compared as, or None when it is compared by code of its own."""
    kind = type(value)
    if kind in bases:
        return kind
    if kind is ordered_dict or (kind is counter_type() and dict in mro_of(kind)):
        return dict
    for ancestor in mro_of(kind):
        if ancestor in bases:
            return ancestor
        if '__eq__' in dict_of(ancestor):
            return None
    return None


def counter_type():
    """None before anybody has imported it: then no value is one."""
    return getattr(loaded.get('collections'), 'Counter', None)


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
        self.heads = {}
        self.uses_asyncio = False

    def compile(self):
        for path in sorted(self.paths, key=lambda path: path != self.entry):
            if path.endswith('.py'):
                source = source_of(path)
                self.lines[path] = source.split(b'\n')
                self.uses_asyncio = self.uses_asyncio or b'asyncio' in source
                code = make_code(source, path, 'exec', dont_inherit=True)
                if path == self.entry:
                    self.code = code
        if self.code is None:
            self.code = make_code(source_of(self.entry), self.entry, 'exec', dont_inherit=True)

    def namespace(self):
        module = module_type(self.stem)
        module.__file__ = self.entry
        sys.modules[self.stem] = module
        space = module.__dict__
        if self.uses_asyncio:
            prepare_asyncio()
        exec(self.code, space)
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
            result = prepare_asyncio().run(result)
        return result

    def assertion(self, command):
        space = self.namespace()
        exec(make_code(command['code'], '<test>', 'exec', dont_inherit=True), space)
        return None

    def program(self, command):
        """The entry file as `python solution.py ARGS` runs it; an exception is printed as Python prints it."""
        main = module_type('__main__')
        main.__file__ = self.entry
        sys.modules['__main__'] = main
        sys.argv[:] = [self.entry, *command['args']]
        if self.uses_asyncio:
            prepare_asyncio()
        exec(self.code, main.__dict__)

    def test_file(self, command):
        """The tests of a file, in its order: functions and methods `test_*`, cases of unittest."""
        self.namespace()
        path = command['path']
        code = make_code(command['source'], path, 'exec', dont_inherit=True)
        self.paths.add(path)
        stem = path.rsplit('/', 1)[-1].removesuffix('.py')
        module = module_type(stem)
        module.__file__ = path
        sys.modules[stem] = module
        exec(code, module.__dict__)
        found = []
        for name, item in list(module.__dict__.items()):
            if name.startswith('test') and type(item) is function_type:
                found.append((name, item))
            elif isinstance(item, type) and item.__module__ == stem:
                found.extend(self.methods(name, item))
        only = command.get('only')
        wanted = [(name, run) for name, run in found if only is None or name == only]
        return '[' + ','.join([self.tested(name, run) for name, run in wanted]) + ']'

    def methods(self, name, kind):
        """The tests of a class, each on an instance of its own."""
        case = getattr(sys.modules.get('unittest'), 'TestCase', None)
        is_case = case is not None and issubclass(kind, case)
        if not is_case and not name.startswith('Test'):
            return
        order = [key for ancestor in reversed(mro_of(kind)) for key in dict_of(ancestor)]
        for key in dict.fromkeys(order):
            if key.startswith('test') and callable(getattr(kind, key, None)):
                yield name + '.' + key, (unittest_run(kind, key) if is_case else lambda key=key: getattr(kind(), key)())

    def tested(self, name, run):
        start = '{"name":' + quote(name[:MAX_OPAQUE_TEXT])
        try:
            result = run()
            if type(result) is coroutine_type:
                prepare_asyncio().run(result)
        except BaseException as error:
            return start + ',"passed":false,"error":' + self.details(error) + '}'
        return start + ',"passed":true}'

    def print_uncaught(self, error):
        """As the interpreter prints it, from the learner's own first line on."""
        import traceback

        frame = error.__traceback__
        while frame is not None and self.own_path(frame.tb_frame.f_code.co_filename) is None:
            frame = frame.tb_next
        traceback.print_exception(type(error), error, frame)

    def on_jump(self, code, offset, target):
        """Notes the line of each loop when it first goes round: after a time-out, the last one is where it was."""
        if target <= offset:
            # The code is kept with its line, so that no other code is at its address meanwhile.
            known = self.heads.get((id(code), offset))
            head = self.loop_head_at(code, offset, target) if known is None else known[1]
            if head is not None:
                if known is None and len(self.heads) < MAX_HEADS:
                    self.heads[id(code), offset] = (code, head)
                mark_line(head)
        return monitoring.DISABLE

    def loop_head_at(self, code, offset, target):
        """None when it is none of the learner's files."""
        lines = self.lines.get(self.own_path(code.co_filename))
        if lines is None:
            return None
        own = [line for start, end, line in code.co_lines() if line and (start <= offset < end or start <= target < end)]
        return self.loop_head(lines, min(own, default=1))

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
        path = filename.removeprefix(ROOT + '/')
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
        return '{"' + tag + '":' + self.details(error) + '}'

    def details(self, error):
        name = 'NameError' if type(error) is Missing else name_of(type(error))
        message = error.msg if isinstance(error, SyntaxError) and type(error.msg) is str else message_of(error)
        place = self.place(error)
        frame = '{"type":' + quote(name) + ',"message":' + quote(message)
        if place is not None:
            frame += ',"file":' + quote(place[0]) + ',"line":' + format(place[1], 'd')
            if place[2] > 0:
                frame += ',"column":' + format(place[2], 'd')
        return frame + '}'


def unittest_run(kind, key):
    """One case with its fixtures; its failure is the exception that the case keeps."""

    def run():
        import unittest

        result = unittest.TestResult()
        kept = []
        result.addError = result.addFailure = lambda test, failure: kept.append(failure[1])
        result.addSubTest = lambda test, part, failure: failure is not None and kept.append(failure[1])
        unittest.TestSuite([kind(key)]).run(result)
        if kept:
            raise kept[0]
        if result.unexpectedSuccesses:
            raise AssertionError('it was expected to fail')

    return run


def standard_streams():
    return io.TextIOWrapper(io.BufferedReader(io.FileIO(0, 'r', closefd=False)), 'utf-8'), printer(1), printer(2)


def printer(descriptor):
    raw = io.BufferedWriter(io.FileIO(descriptor, 'w', closefd=False))
    return io.TextIOWrapper(raw, 'utf-8', errors='backslashreplace', line_buffering=True)


def end_turn():
    """What a submission may have set to run of its own accord is off before its value is read."""
    set_trace(None)
    set_profile(None)
    set_recursion_limit(RECURSION_LIMIT)


def flush(stream):
    try:
        stream.flush()
    except BaseException:
        pass


def perform(submission, command):
    """One step, as the frame that answers it."""
    out, err = sys.stdout, sys.stderr
    watch_jumps(submission)
    try:
        frame = answer(submission, command)
    except SystemExit as error:
        code = error.code
        if code is not None and type(code) is not int:
            try:
                print(code, file=err)
            except BaseException:
                pass
        frame = exited(0 if code is None else code & 0xFF if type(code) is int else 1)
    except MemoryError:
        frame = '{"out-of-memory":true}'
    except BaseException as error:
        end_turn()
        frame = failed(submission, command, error)
    flush(out)
    flush(err)
    return frame


def answer(submission, command):
    kind = command['kind']
    if kind == 'call':
        result = submission.call(command)
        end_turn()
        return '{"returned":' + encode(result) + '}'
    if kind == 'assertion':
        submission.assertion(command)
        return '{"returned":["z"]}'
    if kind == 'program':
        submission.program(command)
        return exited(0)
    return '{"tested":' + submission.test_file(command) + '}'


def failed(submission, command, error):
    if command['kind'] != 'program':
        return submission.failure('raised', error)
    try:
        submission.print_uncaught(error)
    except BaseException:
        pass
    return '{"exited":{"code":1,"error":' + submission.details(error) + '}}'


def exited(code):
    return '{"exited":{"code":' + format(code, 'd') + '}}'


def watch_jumps(submission):
    """Of the only file, whose code is known, in its code alone: what watches all code is put into each function of every module."""
    if monitoring is not None:
        jump = monitoring.events.JUMP
        monitoring.register_callback(MONITOR, jump, submission.on_jump)
        if len(submission.lines) > 1:
            monitoring.set_events(MONITOR, jump)
        else:
            for code in codes_in(submission.code):
                monitoring.set_local_events(MONITOR, code, jump)
        monitoring.restart_events()


def codes_in(code):
    yield code
    for constant in code.co_consts:
        if type(constant) is code_type:
            yield from codes_in(constant)


def part_from_copies():
    """What an interpreter has in common with others that it was copied from or with: the state of `random`, folders as they were."""
    if 'random' in sys.modules:
        sys.modules['random']._inst.seed()
    for finder in sys.meta_path:
        if hasattr(finder, 'invalidate_caches'):
            finder.invalidate_caches()


def begin(command):
    submission = Submission(command)
    try:
        submission.compile()
    except MemoryError:
        return submission, '{"out-of-memory":true}'
    except (SyntaxError, ValueError, RecursionError, OverflowError) as error:
        return submission, submission.failure('syntax', error)
    return submission, READY
