from __future__ import annotations

import unittest

from common import errors
from common.errors import WorkerError, classify_failure, shown
from common.json_types import JsonValue


class TheCodes(unittest.TestCase):
    def test_four_of_them_are_retryable(self) -> None:
        retryable = {code for code in errors.CODES if WorkerError(code, "m").retryable}
        self.assertEqual(retryable, {"RATE_LIMIT", "TIMEOUT", "NETWORK_ERROR", "SERVER_ERROR"})

    def test_any_other_is_a_fault(self) -> None:
        with self.assertRaises(ValueError):
            WorkerError("OUT_OF_COFFEE", "m")


class AFailure(unittest.TestCase):
    def test_says_no_more_than_is_known(self) -> None:
        self.assertEqual(
            WorkerError("UNKNOWN", "m").as_json(), {"message": "m", "code": "UNKNOWN", "retryable": False}
        )

    def test_says_all_that_is_known(self) -> None:
        error = WorkerError(
            "RATE_LIMIT", "m", retryable=False, details="d", status_code=429, retry_after_ms=1500.0
        )
        self.assertEqual(
            error.as_json(),
            {
                "message": "m",
                "code": "RATE_LIMIT",
                "retryable": False,
                "details": "d",
                "statusCode": 429,
                "retryAfterMs": 1500.0,
            },
        )

    def test_that_was_given_up_is_the_same_failure(self) -> None:
        error = WorkerError("RATE_LIMIT", "m", details="d", status_code=429, retry_after_ms=1500.0)
        again = error.repeated("given up after 4 calls", retryable=False)
        self.assertEqual(again.as_json(), {**error.as_json(), "message": "m; given up after 4 calls", "retryable": False})

    def test_of_each_class_names_what_to_do(self) -> None:
        cases = [
            (errors.InputInvalid("config.maxTokens", "0", "1 to 9"), "VALIDATION_ERROR", "config.maxTokens was 0; it may be 1 to 9"),
            (errors.InputInvalid("", "no JSON", "an object"), "VALIDATION_ERROR", "the input was no JSON"),
            (errors.ProviderUnsupported("x" * 200, ["openai"]), "UNSUPPORTED_PROVIDER", f'model "{"x" * 80}…" belongs'),
            (errors.ApiKeyMissing("OpenAI", "OPENAI_API_KEY"), "MISSING_API_KEY", "set OPENAI_API_KEY"),
            (errors.AddressInvalid("OPENAI_BASE_URL"), "VALIDATION_ERROR", "OPENAI_BASE_URL is no address"),
            (errors.AddressMissing("a server", "X_BASE_URL"), "VALIDATION_ERROR", "set X_BASE_URL"),
        ]
        for error, code, text in cases:
            with self.subTest(type(error).__name__):
                self.assertEqual(error.code, code)
                self.assertIn(text, error.message)
                self.assertFalse(error.retryable)

    def test_shows_short_ids_whole(self) -> None:
        self.assertEqual(shown("gpt-4o"), "gpt-4o")


class WhatARefusalMeans(unittest.TestCase):
    def test_by_its_status(self) -> None:
        cases = [
            (400, "VALIDATION_ERROR", False),
            (401, "AUTH_ERROR", False),
            (402, "AUTH_ERROR", False),
            (404, "NOT_FOUND", False),
            (408, "TIMEOUT", True),
            (418, "VALIDATION_ERROR", False),
            (429, "RATE_LIMIT", True),
            (500, "SERVER_ERROR", True),
            (529, "SERVER_ERROR", True),
            (302, "UNKNOWN", False),
        ]
        for status, code, retryable in cases:
            with self.subTest(status):
                found = classify_failure("openai", status, None)
                self.assertEqual((found.code, found.retryable), (code, retryable))

    def test_by_what_its_body_says(self) -> None:
        quota = {"error": {"type": "insufficient_quota", "code": "insufficient_quota"}}
        self.assertEqual(classify_failure("openai", 429, quota).code, "AUTH_ERROR")
        self.assertEqual(classify_failure("openai-compatible", 429, quota).code, "AUTH_ERROR")
        self.assertEqual(classify_failure("mistral", 429, quota).code, "RATE_LIMIT")
        spent = {"error": {"details": {"error_code": "enforced_spend_limit_reached"}}}
        self.assertEqual(classify_failure("anthropic", 429, spent).code, "AUTH_ERROR")

    def test_by_every_entry_of_a_list(self) -> None:
        violations = [{"quotaId": "PerMinute"}, {"quotaId": "GenerateRequestsPerDayPerProject"}]
        daily = {"error": {"details": [{"@type": "Help"}, {"violations": violations}]}}
        found = classify_failure("google", 429, daily)
        self.assertEqual((found.code, found.retryable), ("RATE_LIMIT", False))

    def test_by_one_entry_of_a_list(self) -> None:
        self.assertEqual(
            classify_failure("google", 400, {"error": {"details": [{"reason": "API_KEY_INVALID"}]}}).code, "AUTH_ERROR"
        )
        self.assertEqual(classify_failure("google", 400, {"error": {"details": []}}).code, "VALIDATION_ERROR")

    def test_where_the_body_has_another_form(self) -> None:
        bodies: list[JsonValue] = [None, "text", 7, [], [[]], {"error": "text"}, {"error": {"type": 7}}, {"error": {}}]
        for body in bodies:
            with self.subTest(body):
                self.assertEqual(classify_failure("openai", 429, body).code, "RATE_LIMIT")

    def test_needs_a_table_that_ends_in_a_row_that_fits(self) -> None:
        original = errors.failures
        try:
            setattr(errors, "failures", lambda: ())
            with self.assertRaises(LookupError):
                classify_failure("openai", 500, None)
        finally:
            setattr(errors, "failures", original)
