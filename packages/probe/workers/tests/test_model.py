from __future__ import annotations

import unittest
from typing import Any

from common.adapters.model import Answer, Model
from common.config import read_config
from common.errors import WorkerError
from common.http_client import HttpClient
from tests.support import HELLO, KEY, FakeServer, KeptLog, ample, chat


class AModel(unittest.TestCase):
    def setUp(self) -> None:
        self.server = FakeServer()
        self.client = HttpClient()
        self.kept = KeptLog(debug=True)
        self.addCleanup(self.server.close)
        self.addCleanup(self.client.close)

    def model(self, model_id: str = "gpt-4o") -> Model:
        names = ("OPENAI", "XAI", "GOOGLE", "ANTHROPIC", "OPENAI_COMPATIBLE")
        environment = {f"{name}_API_KEY": KEY for name in names}
        environment.update({f"{name}_BASE_URL": f"{self.server.origin}/v9" for name in names})
        return Model(model_id, {}, read_config(environment), self.client, self.kept.log)

    def ask(self, model_id: str = "gpt-4o") -> Answer:
        return self.model(model_id).complete("Be brief.", HELLO, 100, None, ample())

    def refused(self, code: str, model_id: str = "gpt-4o") -> WorkerError:
        with self.assertRaises(WorkerError) as raised:
            self.ask(model_id)
        self.assertEqual(raised.exception.code, code)
        self.assertNotIn(KEY, str(raised.exception.as_json()))
        self.assertNotIn(KEY, self.kept.text)
        return raised.exception

    def test_answers(self) -> None:
        self.server.will_say(chat())
        self.assertEqual(self.ask(), Answer("Good day.", "stop", 5, 3, None, None, False, "gpt-4o-2026-01-01"))
        path, headers, body = self.server.asked[0]
        self.assertEqual((path, body["model"]), ("/v9/chat/completions", "gpt-4o"))
        self.assertEqual(headers["authorization"], f"Bearer {KEY}")
        self.assertNotIn(KEY, self.kept.text)

    def test_that_is_part_of_the_address_is_escaped(self) -> None:
        self.server.will_say({"candidates": [{"content": {"parts": [{"text": "a"}]}}]})
        self.ask("google:a/../b?key=c")
        self.assertEqual(self.server.asked[0][0], "/v9/models/a%2F..%2Fb%3Fkey%3Dc:generateContent")

    def test_without_counts_is_estimated_and_marked(self) -> None:
        for usage in ({}, {"prompt_tokens": 0, "completion_tokens": 3}):
            self.server.will_say(chat("Good day to you.", usage=usage, model=""))
            answer = self.ask("xai:grok-2")
            self.assertEqual((answer.input_tokens, answer.output_tokens, answer.estimated), (3 + 2, 4, True))
            self.assertIsNone(answer.model_version)

    def test_that_is_blocked_has_failed(self) -> None:
        self.server.will_say(chat(choice={"finish_reason": "content_filter"}))
        self.assertIn("OpenAI withheld the answer", self.refused("CONTENT_BLOCKED").message)

    def test_that_says_nothing_has_failed(self) -> None:
        self.server.will_say(chat(" \n"))
        self.assertIn("gpt-4o answered nothing", self.refused("INVALID_RESPONSE").message)
        self.server.will_say(chat("", choice={"finish_reason": "length"}))
        self.server.will_say(chat(None, choice={"finish_reason": "length", "message": {}}))
        self.assertTrue(self.refused("INVALID_RESPONSE"))
        self.assertIn("took all of maxTokens", self.refused("INVALID_RESPONSE").message)

    def test_that_broke_off_may_be_asked_again(self) -> None:
        self.server.will_say(chat("", choice={"finish_reason": "insufficient_system_resource", "message": {}}))
        error = self.refused("SERVER_ERROR")
        self.assertEqual((error.retryable, error.status_code), (True, 200))

    def test_that_answers_what_is_no_answer_has_failed(self) -> None:
        for body in (b"<html>", b"[", b'{"choices": []}', b"[" * 100_000, b'{"choices": NaN}'):
            with self.subTest(body[:20]):
                self.server.will_say(body)
                error = self.refused("INVALID_RESPONSE")
                self.assertEqual((error.status_code, error.retryable), (200, False))
                self.assertIn("cannot be read", error.message)

    def test_that_refuses_is_quoted_without_the_key(self) -> None:
        self.server.will_say({"error": {"message": f"Incorrect API key: {KEY}.", "code": "invalid_api_key"}}, 401)
        error = self.refused("AUTH_ERROR")
        self.assertEqual(error.status_code, 401)
        self.assertIn("the key is not valid (“Incorrect API key: [redacted].”)", error.message)

    def test_that_refuses_is_quoted_wherever_it_says_why(self) -> None:
        cases: list[tuple[Any, str]] = [
            ({"message": "m"}, "(“m”)"),
            ({"error": "e"}, "(“e”)"),
            ({"detail": [{"msg": "d", "loc": []}]}, "(“d”)"),
            ({"detail": []}, "(“{\"detail\": []}”)"),
            (b"<h1>Bad\n  Gateway</h1>", "(“<h1>Bad Gateway</h1>”)"),
            (b"x" * 500, f"(“{'x' * 300}…”)"),
        ]
        for body, quoted in cases:
            with self.subTest(quoted[:20]):
                self.server.will_say(body, 502)
                self.assertIn(quoted, self.refused("SERVER_ERROR").message)
        self.server.will_say(b"", 502)
        self.assertNotIn("“", self.refused("SERVER_ERROR").message)

    def test_that_says_when_to_come_back_is_heard(self) -> None:
        self.server.will_say({}, 429, Retry_After="3")
        self.assertEqual(self.refused("RATE_LIMIT").retry_after_ms, 3_000)
        self.server.will_say({"error": {"type": "insufficient_quota"}}, 429, Retry_After="3")
        self.assertIsNone(self.refused("AUTH_ERROR").retry_after_ms)

    def test_takes_a_temperature_up_to_its_own_bound(self) -> None:
        self.model().check_temperature(2)
        self.model().check_temperature(None)
        with self.assertRaisesRegex(WorkerError, "config.temperature was 1.5 for claude-3-opus; it may be a number from 0 to 1"):
            self.model("claude-3-opus").check_temperature(1.5)
        self.model("claude-opus-4-7").check_temperature(1.5)
