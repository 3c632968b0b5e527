from __future__ import annotations

import io
import json
import unittest
from collections.abc import Mapping
from typing import Any

import probe
from common.config import read_config
from common.conversation import cut
from common.http_client import HttpClient
from common.retry import RetryPolicy
from probe import ProbeWorker
from tests.support import KEY, FakeServer, KeptLog, chat, worker_input


class AConversation(unittest.TestCase):
    def setUp(self) -> None:
        self.server = FakeServer()
        self.kept = KeptLog()
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.server.origin}
        policy = RetryPolicy(sleep=lambda _: None)
        self.worker = ProbeWorker(read_config(environment), self.kept.log, policy, HttpClient())
        self.addCleanup(self.server.close)
        self.addCleanup(self.worker.close)

    def run_it(self, **fields: Any) -> Any:
        return json.loads(json.dumps(self.worker.run(worker_input(**fields))))

    def test_is_held(self) -> None:
        self.server.will_say(chat("Good day."))
        self.server.will_say(chat("Farewell."))
        output = self.run_it()
        transcript = output["transcript"]
        self.assertTrue(output["success"])
        self.assertEqual([turn["targetResponse"] for turn in transcript["turns"]], ["Good day.", "Farewell."])
        self.assertEqual(
            transcript["turns"][1],
            {
                "turnNumber": 2,
                "promptLabel": "more",
                "probePrompt": "And then?",
                "targetResponse": "Farewell.",
                "inputTokens": 5,
                "outputTokens": 3,
                "providerMetadata": {"finishReason": "stop", "modelVersion": "gpt-4o-2026-01-01"},
            },
        )
        self.assertEqual((transcript["totalInputTokens"], transcript["totalOutputTokens"]), (10, 6))
        self.assertEqual(transcript["modelVersion"], "gpt-4o-2026-01-01")
        self.assertRegex(transcript["startedAt"], r"^\d{4}-\d{2}-\d{2}T[\d:.]+Z$")
        second = self.server.asked[1][2]
        self.assertEqual([one["role"] for one in second["messages"]], ["system", "user", "assistant", "user"])
        self.assertEqual((second["max_tokens"], second["temperature"]), (100, 0.5))

    def test_tells_its_progress(self) -> None:
        self.server.will_say(chat())
        self.run_it(config={"maxTurns": 1})
        self.assertEqual(
            self.kept.lines,
            [
                {"type": "progress", "event": "turn-started", "turnNumber": 1, "turns": 1, "promptLabel": "scenario_prompt"},
                {
                    "type": "progress",
                    "event": "turn-completed",
                    "turnNumber": 1,
                    "turns": 1,
                    "promptLabel": "scenario_prompt",
                    "inputTokens": 5,
                    "outputTokens": 3,
                },
            ],
        )

    def test_that_breaks_off_keeps_the_turns_before(self) -> None:
        self.server.will_say(chat("Good day."))
        self.server.will_say({"error": {"message": "no"}}, 401)
        output = self.run_it()
        self.assertEqual((output["success"], output["error"]["code"]), (False, "AUTH_ERROR"))
        self.assertEqual([turn["targetResponse"] for turn in output["partial"]["turns"]], ["Good day."])

    def test_that_breaks_off_at_once_keeps_nothing(self) -> None:
        self.server.will_say(chat(""))
        output = self.run_it()
        self.assertEqual(output["error"]["code"], "INVALID_RESPONSE")
        self.assertNotIn("partial", output)

    def test_asks_again_where_that_may_help(self) -> None:
        self.server.will_say({}, 500)
        self.server.will_say(chat())
        self.assertTrue(self.run_it(config={"maxTurns": 1})["success"])
        self.assertRegex(self.kept.text, r"asked again in \d+\.\d s after [A-Z_]+, call 2 of 4")

    def test_goes_on_with_what_is_kept_of_a_long_answer(self) -> None:
        self.server.will_say(chat("ä" * 60_000))
        self.server.will_say(chat())
        usage = {"prompt_tokens": 5, "completion_tokens": 3, "completion_tokens_details": {"reasoning_tokens": 1}}
        self.server.replies[0] = (200, {}, json.dumps({**chat("ä" * 60_000), "usage": usage}).encode())
        turn = self.run_it()["transcript"]["turns"][0]
        self.assertEqual(turn["targetResponse"], "ä" * 51_200)
        self.assertEqual((turn["providerMetadata"]["cutBytes"], turn["providerMetadata"]["reasoningTokens"]), (17_600, 1))
        self.assertEqual(self.server.asked[1][2]["messages"][2]["content"], "ä" * 51_200)
        self.assertIn("an answer was cut", self.kept.text)

    def test_marks_what_is_estimated_or_cached(self) -> None:
        self.server.will_say(chat(usage=None))
        cached = {"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}
        self.server.will_say(chat(usage=cached))
        turns = self.run_it()["transcript"]["turns"]
        self.assertTrue(turns[0]["providerMetadata"]["tokensEstimated"])
        self.assertEqual(turns[1]["providerMetadata"]["cachedInputTokens"], 4)

    def test_has_no_blank_preamble(self) -> None:
        self.server.will_say(chat())
        self.run_it(scenario={"preamble": "  ", "prompt": "Hello?"})
        self.assertEqual([one["role"] for one in self.server.asked[0][2]["messages"]], ["user"])


class ACut(unittest.TestCase):
    def test_is_between_characters(self) -> None:
        self.assertEqual(cut("x" * 102_400), ("x" * 102_400, 0))
        kept, cut_bytes = cut("x" + "€" * 40_000)
        self.assertEqual((kept, cut_bytes), ("x" + "€" * 34_133, 120_001 - 102_400))


class TheProgram(unittest.TestCase):
    def run_it(self, question: bytes, environment: Mapping[str, str]) -> tuple[int, Any]:
        target = io.BytesIO()
        original = probe.run_worker

        def run_here(work: Any, log: Any, arguments: Any) -> int:
            return original(work, log, arguments, io.BytesIO(question), target)

        try:
            setattr(probe, "run_worker", run_here)
            code = probe.main([], environment)
        finally:
            setattr(probe, "run_worker", original)
        return code, json.loads(target.getvalue())

    def test_reports_what_is_wrong_and_exits_with_0(self) -> None:
        code, output = self.run_it(json.dumps(worker_input()).encode(), {})
        self.assertEqual((code, output["error"]["code"]), (0, "MISSING_API_KEY"))

    def test_reports_settings_that_are_wrong(self) -> None:
        code, output = self.run_it(b"{}", {"PYTHON_WORKER_TIMEOUT": "soon"})
        self.assertEqual((code, output["error"]["code"]), (0, "VALIDATION_ERROR"))
        self.assertIn("PYTHON_WORKER_TIMEOUT", output["error"]["message"])
