from __future__ import annotations

import unittest

from common import tables
from common.adapters.model import WIRES, parse_model_id, quirks_of
from common.adapters.port import Quirks
from common.config import read_config
from common.errors import CODES, AddressInvalid, AddressMissing, ApiKeyMissing, InputInvalid, ProviderUnsupported


class TheTables(unittest.TestCase):
    def test_name_providers_that_are_spoken_to(self) -> None:
        self.assertEqual({one.id for one in tables.providers()}, set(WIRES))

    def test_name_codes_of_the_contract(self) -> None:
        self.assertLessEqual({row.code for row in tables.failures()}, CODES)

    def test_that_lack_a_field_are_refused(self) -> None:
        for read in (tables._provider, tables._failure):  # pyright: ignore[reportPrivateUsage]
            with self.assertRaises(LookupError):
                read({})
        row = {name: "x" for name in ("id", "title", "keyVariable", "baseUrlVariable", "path")}
        with self.assertRaises(LookupError):
            tables._provider({**row, "maxTemperature": "hot"})  # pyright: ignore[reportPrivateUsage]


class AModelId(unittest.TestCase):
    def test_means_a_provider(self) -> None:
        cases = {
            "gpt-4o": "openai",
            "o3-mini": "openai",
            "claude-3-opus": "anthropic",
            "gemini-1.5-pro": "google",
            "grok-2": "xai",
            "deepseek-coder": "deepseek",
            "mistral-large": "mistral",
        }
        for model, provider in cases.items():
            with self.subTest(model):
                found, name = parse_model_id(model)
                self.assertEqual((found.id, name), (provider, model))

    def test_may_name_it(self) -> None:
        found, model = parse_model_id("openai-compatible:llama3:8b")
        self.assertEqual((found.id, model), ("openai-compatible", "llama3:8b"))

    def test_of_no_provider_is_refused(self) -> None:
        for model in ("llama3", "nobody:gpt-4o", "openai:", ""):
            with self.subTest(model), self.assertRaises(ProviderUnsupported):
                parse_model_id(model)


class Peculiarities(unittest.TestCase):
    def test_of_models_are_in_the_table(self) -> None:
        openai, _ = parse_model_id("gpt-4o")
        self.assertEqual(quirks_of(openai, "gpt-4o", {}), Quirks())
        self.assertEqual(quirks_of(openai, "o3-mini", {}), Quirks("omit", "max_completion_tokens", "developer"))
        self.assertEqual(quirks_of(openai, "o1-mini", {}), Quirks("omit", "max_completion_tokens", "prepend"))

    def test_of_the_input_go_before_it(self) -> None:
        openai, _ = parse_model_id("gpt-4o")
        self.assertEqual(quirks_of(openai, "o3-mini", {"temperature": "send"}).temperature, "send")


class TheEnvironment(unittest.TestCase):
    def test_holds_keys(self) -> None:
        openai, _ = parse_model_id("gpt-4o")
        config = read_config({"OPENAI_API_KEY": " sk-1 ", "XAI_API_KEY": ""})
        self.assertEqual(config.key_of(openai), "sk-1")
        self.assertEqual(config.secrets, ["sk-1"])
        with self.assertRaisesRegex(ApiKeyMissing, "XAI_API_KEY"):
            config.key_of(parse_model_id("grok-2")[0])
        self.assertIsNone(config.key_of(parse_model_id("openai-compatible:x")[0]))
        for key in ("sk\n1", "sk-ü"):
            with self.assertRaises(InputInvalid) as raised:
                read_config({"OPENAI_API_KEY": key}).key_of(openai)
            self.assertNotIn(key, raised.exception.message)

    def test_holds_addresses(self) -> None:
        openai, _ = parse_model_id("gpt-4o")
        compatible, _ = parse_model_id("openai-compatible:x")
        google, _ = parse_model_id("gemini-1.5-pro")
        cases = {
            "": "https://api.openai.com/v1",
            "http://127.0.0.1:8080": "http://127.0.0.1:8080/v1",
            "https://gateway.example.com/openai/": "https://gateway.example.com/openai",
        }
        for address, expected in cases.items():
            with self.subTest(address):
                self.assertEqual(read_config({"OPENAI_BASE_URL": address}).base_url_of(openai), expected)
        self.assertEqual(read_config({"GOOGLE_BASE_URL": "http://h"}).base_url_of(google), "http://h/v1beta")
        bare = read_config({"OPENAI_COMPATIBLE_BASE_URL": "http://h:1"})
        self.assertEqual(bare.base_url_of(compatible), "http://h:1/v1")
        with self.assertRaises(AddressMissing):
            read_config({}).base_url_of(compatible)

    def test_with_a_wrong_address_is_refused_without_quoting_it(self) -> None:
        openai, _ = parse_model_id("gpt-4o")
        for address in ("ftp://h", "http://", "http://me:pass@h", "http://h?key=1", "http://h#a", "http://h:99999", "h"):
            with self.subTest(address), self.assertRaises(AddressInvalid) as raised:
                read_config({"OPENAI_BASE_URL": address}).base_url_of(openai)
            self.assertNotIn("pass", raised.exception.message)

    def test_holds_limits(self) -> None:
        config = read_config({})
        self.assertEqual((config.time_limit_ms, config.usable_ms, config.debug), (300_000, 298_000, False))
        config = read_config({"PYTHON_WORKER_TIMEOUT": "3000", "PYTHON_WORKER_DEBUG": "1", "PROBE_RETRY_DELAY_MS": "5"})
        self.assertEqual((config.usable_ms, config.debug, config.retry_delay_ms), (1_500, True, 5))
        for text in ("0", "soon", "-1", "99999999999"):
            with self.subTest(text), self.assertRaisesRegex(InputInvalid, "PYTHON_WORKER_TIMEOUT"):
                read_config({"PYTHON_WORKER_TIMEOUT": text})
