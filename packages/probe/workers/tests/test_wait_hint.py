from __future__ import annotations

import unittest

from common.json_types import JsonValue
from common.wait_hint import wait_hint

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z


def hint(headers: dict[str, str], body: JsonValue = None) -> float | None:
    return wait_hint(headers, body, lambda: NOW)


class WhenToComeBack(unittest.TestCase):
    def test_in_seconds_or_milliseconds(self) -> None:
        self.assertEqual(hint({"retry-after": "7"}), 7_000)
        self.assertEqual(hint({"retry-after": "0.25"}), 250)
        self.assertEqual(hint({"retry-after": "7", "retry-after-ms": "6543"}), 6_543)

    def test_as_a_date_by_the_clock_of_the_answer(self) -> None:
        later = "Thu, 01 Jan 2026 00:00:30 GMT"
        self.assertEqual(hint({"retry-after": later}), 30_000)
        self.assertEqual(hint({"retry-after": later, "date": "Thu, 01 Jan 2026 00:00:20 GMT"}), 10_000)
        self.assertEqual(hint({"retry-after": "Wed, 31 Dec 2025 23:59:30 GMT"}), 0)
        self.assertEqual(hint({"retry-after": "Thursday, 01-Jan-26 00:00:05 GMT"}), 5_000)

    def test_in_no_other_form(self) -> None:
        for text in ("-5", "soon", "", "1e3", "Thu, 99 Jan 2026 00:00:30 GMT", "Xxx, xx Yyy 2026 00:00:30 GMT"):
            with self.subTest(text):
                self.assertIsNone(hint({"retry-after": text}))

    def test_in_the_body_of_google(self) -> None:
        body = {"error": {"details": [{"@type": "Help"}, {"retryDelay": "37.5s"}]}}
        self.assertEqual(hint({}, body), 37_500)
        self.assertIsNone(hint({}, {"error": {"details": [{"retryDelay": "soon"}]}}))

    def test_by_limits_that_are_used_up(self) -> None:
        used = {"x-ratelimit-remaining-requests": "0"}
        cases = {"6m0s": 360_000, "120ms": 120, "1.5s": 1_500, "20": 20_000, str(int(NOW) + 9): 9_000}
        for text, expected in cases.items():
            with self.subTest(text):
                self.assertEqual(hint({**used, "x-ratelimit-reset-requests": text}), expected)
        for text in ("", "later", "2026-99-99T00:00:00Z"):
            with self.subTest(text):
                self.assertIsNone(hint({**used, "x-ratelimit-reset-requests": text}))

    def test_by_the_longest_of_them(self) -> None:
        headers = {
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:04Z",
            "anthropic-ratelimit-tokens-remaining": "0",
            "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:09.5+00:00",
        }
        self.assertEqual(hint(headers), 9_000)

    def test_not_by_limits_that_are_not_used_up(self) -> None:
        for left in ("12", "many"):
            with self.subTest(left):
                self.assertIsNone(
                    hint({"x-ratelimit-remaining-requests": left, "x-ratelimit-reset-requests": "20s"})
                )
