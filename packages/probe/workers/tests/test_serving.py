from __future__ import annotations

import io
import json
import sys
import unittest
from typing import Any

from common import serving
from common.errors import WorkerError
from common.json_types import JsonObject, JsonValue, dump_json, field
from common.serving import run_worker
from tests.support import KEY, KeptLog


def double(value: JsonValue) -> JsonObject:
    number = field(value, "n")
    if not isinstance(number, int):
        raise WorkerError("VALIDATION_ERROR", "n was missing; it may be a whole number")
    if number > 99:
        raise KeyError(f"{KEY} is the text of this error")
    return {"success": True, "n": number * 2}


class AWorker(unittest.TestCase):
    def setUp(self) -> None:
        self.kept = KeptLog()

    def run_it(self, text: str | bytes, *arguments: str) -> tuple[int, list[Any]]:
        target = io.BytesIO()
        source = io.BytesIO(text.encode() if isinstance(text, str) else text)
        code = run_worker(double, self.kept.log, list(arguments), source, target)
        return code, [json.loads(line) for line in target.getvalue().splitlines()]

    def test_answers_one_question(self) -> None:
        self.assertEqual(self.run_it('{\n"n": 4}\n'), (0, [{"success": True, "n": 8}]))

    def test_serves_many(self) -> None:
        code, answers = self.run_it('{"n": 1, "id": "a"}\n{"id": 7}\nnothing\n{"n": 2}', "--serve")
        self.assertEqual(code, 0)
        self.assertEqual([answer.get("id") for answer in answers], ["a", 7, None, None])
        self.assertEqual([answer["success"] for answer in answers], [True, False, False, True])

    def test_reports_what_is_no_input(self) -> None:
        for text in (b"", b"nothing", b"\xff", b'{"n": Infinity}'):
            with self.subTest(text):
                code, answers = self.run_it(text)
                self.assertEqual((code, answers[0]["error"]["code"]), (0, "VALIDATION_ERROR"))

    def test_reports_a_fault_of_its_own_without_its_text(self) -> None:
        _, answers = self.run_it('{"n": 100, "id": "x"}')
        self.assertEqual((answers[0]["error"]["code"], answers[0]["id"]), ("UNKNOWN", "x"))
        self.assertIn("KeyError", answers[0]["error"]["message"])
        self.assertEqual(self.kept.lines[0]["error"], "KeyError")
        self.assertIn("double test_serving.py", self.kept.lines[0]["frames"][-1])
        self.assertNotIn(KEY, self.kept.text)

    def test_refuses_a_question_without_end(self) -> None:
        original = serving.LARGEST_INPUT
        try:
            setattr(serving, "LARGEST_INPUT", 20)
            for arguments in ((), ("--serve",)):
                code, answers = self.run_it(b'{"n": 1}                        \n{"n": 1}\n', *arguments)
                self.assertEqual((code, len(answers)), (0, 1))
                self.assertIn("over 20 bytes", answers[0]["error"]["message"])
        finally:
            setattr(serving, "LARGEST_INPUT", original)

    def test_refuses_arguments_that_it_does_not_know(self) -> None:
        self.assertEqual(self.run_it("{}", "--help"), (2, []))
        self.assertIn("unknown arguments --help", self.kept.text)

    def test_ends_quietly_when_nobody_reads_its_answer(self) -> None:
        class Broken(io.BytesIO):
            def flush(self) -> None:
                raise BrokenPipeError

        stderr = sys.stderr
        try:
            sys.stderr = io.TextIOWrapper(io.BytesIO())
            self.assertEqual(run_worker(double, self.kept.log, [], io.BytesIO(b'{"n": 1}'), Broken()), 0)
        finally:
            sys.stderr = stderr


class AnAnswer(unittest.TestCase):
    def test_is_one_line_of_utf_8(self) -> None:
        self.assertEqual(dump_json({"a": "ä\n€"}), '{"a":"ä\\n€"}'.encode())

    def test_may_hold_half_a_character(self) -> None:
        self.assertEqual(json.loads(dump_json({"a": "\ud800"})), {"a": "\ud800"})


class ALog(unittest.TestCase):
    def test_has_levels(self) -> None:
        kept = KeptLog(debug=True)
        kept.log.debug("d")
        kept.log.of("adapters.openai").info("i", value=1)
        kept.log.warn("w")
        kept.log.error("e")
        self.assertEqual([line["level"] for line in kept.lines], ["debug", "info", "warn", "error"])
        self.assertEqual([line["context"] for line in kept.lines], ["test", "adapters.openai", "test", "test"])

    def test_is_silent_about_details_unless_it_is_asked_for_them(self) -> None:
        kept = KeptLog()
        kept.log.debug("d")
        self.assertEqual(kept.text, "")

    def test_holds_no_secret(self) -> None:
        kept = KeptLog()
        kept.log.info(f"Bearer {KEY}", nested={"list": [KEY, 1, None], "text": f"a{KEY}b"})
        self.assertNotIn(KEY, kept.text)
        self.assertEqual(kept.lines[0]["nested"], {"list": ["[redacted]", 1, None], "text": "a[redacted]b"})

    def test_that_nobody_reads_is_no_fault(self) -> None:
        kept = KeptLog()
        kept.stream.close()
        kept.log.info("unheard")

    def test_goes_to_stderr(self) -> None:
        stderr = sys.stderr
        try:
            sys.stderr = io.TextIOWrapper(io.BytesIO())
            from common.logging import Log

            Log("probe").info("heard")
            sys.stderr.seek(0)
            self.assertEqual(json.loads(sys.stderr.read())["msg"], "heard")
        finally:
            sys.stderr = stderr
