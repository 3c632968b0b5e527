from __future__ import annotations

import importlib.machinery
import json
import sys
import types
import unittest
from typing import Any

import health_check
from common import tokens
from common.errors import WorkerError
from health_check import check_health, refusal
from tests.support import KEY


def health(value: Any = None, **environment: str) -> Any:
    return check_health(value, environment)["health"]


class TheHealth(unittest.TestCase):
    def test_names_python_and_which_keys_there_are(self) -> None:
        found = health(OPENAI_API_KEY=KEY, XAI_API_KEY=" ")
        self.assertEqual(found["python"], ".".join(str(part) for part in sys.version_info[:3]))
        self.assertEqual((found["keys"]["OPENAI_API_KEY"], found["keys"]["XAI_API_KEY"]), (True, False))
        self.assertNotIn(KEY, json.dumps(found))

    def test_takes_word_of_keys_that_it_does_not_see(self) -> None:
        self.assertTrue(health({"keys": ["MISTRAL_API_KEY", 7]})["keys"]["MISTRAL_API_KEY"])

    def test_warns_where_there_is_no_key(self) -> None:
        self.assertIn("no provider has a key", " ".join(health()["warnings"]))
        self.assertNotIn("no provider has a key", " ".join(health(OPENAI_API_KEY=KEY)["warnings"]))

    def test_is_bad_where_the_standard_library_is_not_whole(self) -> None:
        original = health_check.REQUIRED
        try:
            setattr(health_check, "REQUIRED", ("json", "no_such_module", "no_such.module"))
            with self.assertRaisesRegex(WorkerError, "lacks no_such_module, no_such.module"):
                health()
        finally:
            setattr(health_check, "REQUIRED", original)

    def test_is_bad_where_a_setting_is_wrong(self) -> None:
        with self.assertRaisesRegex(WorkerError, "PYTHON_WORKER_TIMEOUT"):
            health(PYTHON_WORKER_TIMEOUT="soon")

    def test_of_an_old_python_is_told_in_words_that_it_understands(self) -> None:
        self.assertEqual(json.loads(refusal("too old"))["error"]["code"], "VALIDATION_ERROR")

    def test_program_refuses_arguments(self) -> None:
        self.assertEqual(health_check.main(["--quickly"], {}), 2)


class Tokens(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(sys.modules.pop, "tiktoken", None)
        self.addCleanup(tokens._tokenizer.cache_clear)  # pyright: ignore[reportPrivateUsage]

    def test_are_estimated_at_four_characters_each(self) -> None:
        cases = {"": 0, "a": 1, "abcd": 1, "abcde": 2, "𝄞𝄞": 1, "𝄞𝄞𝄞": 2}
        for text, count in cases.items():
            self.assertEqual(tokens.estimate_tokens(text), count)

    def test_of_openai_are_counted_where_tiktoken_is_there(self) -> None:
        class Encoding:
            def encode(self, text: str, disallowed_special: Any) -> list[int]:
                return [0] * len(text.split())

        def encoding_for_model(model: str) -> Encoding:
            if model == "new":
                raise KeyError(model)
            return Encoding()

        module = types.ModuleType("tiktoken")
        module.__spec__ = importlib.machinery.ModuleSpec("tiktoken", None)
        setattr(module, "encoding_for_model", encoding_for_model)
        setattr(module, "get_encoding", lambda _: Encoding())  # pyright: ignore[reportUnknownLambdaType]
        sys.modules["tiktoken"] = module
        for model in ("gpt-4o", "new"):
            self.assertEqual(tokens.estimate_tokens("one two three", "openai", model), 3)
        self.assertEqual(tokens.estimate_tokens("one two three", "xai", "grok-2"), 4)
        self.assertTrue(health()["packages"]["tiktoken"])

    def test_of_openai_are_estimated_where_it_is_not(self) -> None:
        sys.modules["tiktoken"] = None  # pyright: ignore[reportArgumentType]
        self.assertEqual(tokens.estimate_tokens("one two three", "openai", "gpt-4o"), 4)
