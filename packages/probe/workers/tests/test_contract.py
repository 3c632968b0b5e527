from __future__ import annotations

import unittest
from typing import Any

from common.contract import Prompt, read_input
from common.errors import InputInvalid
from tests.support import worker_input


class AnInput(unittest.TestCase):
    def test_is_read(self) -> None:
        given = read_input(worker_input(extra="is ignored", modelConfig={"preamble": "developer", "temperature": None}))
        self.assertEqual(given.prompts, (Prompt("scenario_prompt", "Hello?"), Prompt("more", "And then?")))
        self.assertEqual((given.preamble, given.temperature, given.max_tokens), ("Be brief.", 0.5, 100))
        self.assertEqual(given.model_config, {"preamble": "developer"})

    def test_has_defaults(self) -> None:
        given = read_input(worker_input(scenario={"prompt": "a"}, config={}))
        self.assertEqual((given.preamble, len(given.prompts), given.temperature), ("", 1, None))
        self.assertEqual((given.max_tokens, given.max_turns, given.model_config), (1_024, 10, {}))

    def test_is_cut_to_its_turns(self) -> None:
        self.assertEqual(len(read_input(worker_input(config={"maxTurns": 1})).turns), 1)
        self.assertEqual(len(read_input(worker_input(config={"maxTurns": 2.0})).turns), 2)

    def test_may_ask_for_a_version(self) -> None:
        cases = [
            ("gpt-4o", None, "gpt-4o"),
            ("gpt-4o", "gpt-4o-2024", "gpt-4o-2024"),
            ("openai:gpt-4o", "gpt-4o-2024", "openai:gpt-4o-2024"),
            ("openai:gpt-4o", "openai:gpt-4o-2024", "openai:gpt-4o-2024"),
        ]
        for model, version, asked in cases:
            extra: dict[str, Any] = {} if version is None else {"modelVersion": version}
            self.assertEqual(read_input(worker_input(modelId=model, **extra)).asked_model, asked)

    def test_may_have_a_price(self) -> None:
        read_input(worker_input(modelCost={"inputPerMillion": 0, "outputPerMillion": 1.5}))

    def test_that_is_wrong_is_refused_by_its_field(self) -> None:
        scenario = worker_input()["scenario"]
        cases: list[tuple[dict[str, Any], str]] = [
            ({"runId": None}, "runId was missing; it may be a text"),
            ({"runId": "x" * 201}, "runId was a text of 201 characters; it may be one of 0 to 200"),
            ({"modelId": ""}, "modelId was a text of 0 characters"),
            ({"modelId": 7}, "modelId was 7"),
            ({"modelVersion": ""}, "modelVersion was a text of 0"),
            ({"scenario": "text"}, 'scenario was "text"; it may be an object'),
            ({"scenario": {"prompt": " "}}, "scenario.prompt was blank"),
            ({"scenario": {"prompt": "a\0"}}, "scenario.prompt was a text with the NUL character"),
            ({"scenario": {"prompt": "𝄞" * 250_001}}, "scenario.prompt was a text of 500002 characters"),
            ({"scenario": {**scenario, "preamble": "\0"}}, "scenario.preamble was"),
            ({"scenario": {**scenario, "followups": {}}}, "scenario.followups was {}"),
            ({"scenario": {**scenario, "followups": [{}] * 101}}, "scenario.followups was ["),
            ({"scenario": {**scenario, "followups": ["a"]}}, "scenario.followups.0 was"),
            ({"scenario": {**scenario, "followups": [{"label": "", "prompt": "a"}]}}, "scenario.followups.0.label was"),
            ({"scenario": {**scenario, "followups": [{"label": "a"}]}}, "scenario.followups.0.prompt was missing"),
            ({"config": {"temperature": 2.5}}, "config.temperature was 2.5; it may be a number from 0 to 2"),
            ({"config": {"temperature": True}}, "config.temperature was true"),
            ({"config": {"maxTokens": 0}}, "config.maxTokens was 0; it may be a whole number from 1 to 200000"),
            ({"config": {"maxTurns": 1.5}}, "config.maxTurns was 1.5"),
            ({"modelConfig": []}, "modelConfig was []"),
            ({"modelConfig": {"temperature": "some"}}, 'modelConfig.temperature was "some"; it may be send or omit'),
            ({"modelCost": 7}, "modelCost was 7"),
            ({"modelCost": {"inputPerMillion": -1}}, "modelCost.inputPerMillion was -1"),
            ({"config": "x" * 100}, f'config was "{"x" * 59}…'),
        ]
        for fields, message in cases:
            with self.subTest(message), self.assertRaises(InputInvalid) as raised:
                read_input(worker_input(**fields))
            self.assertIn(message, raised.exception.message)
        with self.assertRaisesRegex(InputInvalid, "the input was"):
            read_input([])
