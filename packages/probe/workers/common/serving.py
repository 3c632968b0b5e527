"""The outer form of a worker: one JSON object in, one out; or with `--serve` a line in, a line out, many times.

The exit code is 0 also on a failure that was reported. stdout carries answers and nothing else.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from typing import BinaryIO

from common.errors import InputInvalid, WorkerError
from common.json_types import JsonObject, JsonValue, dump_json, is_object, parse_json
from common.logging import Log

# Bytes of one input: a hundred prompts of the longest kind are refused by their own bounds long before.
LARGEST_INPUT = 64 * 1024 * 1024
USAGE = 2

Work = Callable[[JsonValue], JsonObject]


def run_worker(
    work: Work,
    log: Log,
    arguments: Sequence[str],
    source: BinaryIO | None = None,
    target: BinaryIO | None = None,
) -> int:
    """Runs until the input ends. Returns the exit code. `work` may raise WorkerError; anything else is a fault of ours."""
    stdin = sys.stdin.buffer if source is None else source
    stdout = sys.stdout.buffer if target is None else target
    if arguments not in ([], ["--serve"]):
        log.error(f"unknown arguments {' '.join(arguments)[:80]}; it takes --serve or nothing")
        return USAGE
    try:
        if not arguments:
            _write(stdout, answer_to(stdin.read(LARGEST_INPUT + 1), work, log))
            return 0
        while line := stdin.readline(LARGEST_INPUT + 1):
            _write(stdout, answer_to(line, work, log))
            if len(line) > LARGEST_INPUT:
                # The rest of the line would pass for the next question.
                return 0
    except BrokenPipeError:
        # Nobody waits for the answer. The interpreter would try to flush once more when it ends.
        sys.stderr.close()
    return 0


def answer_to(content: bytes, work: Work, log: Log) -> JsonObject:
    try:
        question = _parse(content)
    except WorkerError as error:
        return failure(error)
    return {**_answer(question, work, log), **_identity(question)}


def failure(error: WorkerError) -> JsonObject:
    return {"success": False, "error": error.as_json()}


def _identity(question: JsonValue) -> JsonObject:
    """An answer repeats the `id` of its question, where it has one."""
    return {"id": question["id"]} if is_object(question) and "id" in question else {}


def _answer(question: JsonValue, work: Work, log: Log) -> JsonObject:
    try:
        return work(question)
    except WorkerError as error:
        return failure(error)
    except Exception as error:
        # Where it happened and what it was; not its text, which may hold anything.
        frames = [f"{one.name} {one.filename.rsplit('/', 1)[-1]}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__)]
        log.error("the worker has a fault", error=type(error).__name__, frames=frames[-10:])
        return failure(WorkerError("UNKNOWN", f"the worker has a fault ({type(error).__name__}); its log says where"))


def _parse(content: bytes) -> JsonValue:
    if len(content) > LARGEST_INPUT:
        raise InputInvalid("", f"over {LARGEST_INPUT} bytes", "one JSON object of at most so many")
    try:
        return parse_json(content.decode("utf-8"))
    except ValueError as error:
        raise InputInvalid("", "no JSON", "one JSON object in UTF-8") from error


def _write(stdout: BinaryIO, answer: JsonObject) -> None:
    stdout.write(dump_json(answer) + b"\n")
    stdout.flush()
