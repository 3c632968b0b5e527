from __future__ import annotations

import unittest
from collections.abc import Callable

from common.deadline import Deadline
from common.errors import WorkerError
from common.retry import RetryPolicy, call_with_retry
from tests.support import KeptLog


class Clocked:
    """A clock that only sleeping moves."""

    def __init__(self, **policy: int) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.calls = 0
        self.limits: list[float] = []
        self.kept = KeptLog()
        self.policy = RetryPolicy(sleep=self.sleep, random=lambda: 0.5, clock=self.clock, **policy)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds * 1000))
        self.now += seconds

    def run(self, outcome: Callable[[int], WorkerError | None], limit_ms: float = 300_000) -> str:
        def call(limit: Deadline) -> str:
            self.calls += 1
            self.limits.append(limit.ms_left())
            error = outcome(self.calls)
            if error is not None:
                raise error
            return f"answer {self.calls}"

        return call_with_retry(call, self.policy, Deadline(limit_ms, self.clock), self.kept.log)


def limited(hint_ms: float | None = None) -> WorkerError:
    return WorkerError("RATE_LIMIT", "too many calls", retry_after_ms=hint_ms)


class ACallThatFails(unittest.TestCase):
    def test_is_made_again_after_growing_waits(self) -> None:
        clocked = Clocked()
        self.assertEqual(clocked.run(lambda call: limited() if call < 4 else None), "answer 4")
        self.assertEqual(clocked.waits, [750, 1_500, 3_000])
        self.assertEqual([line["attempt"] for line in clocked.kept.lines], [1, 2, 3])

    def test_is_made_four_times_at_most_and_is_not_retryable_then(self) -> None:
        clocked = Clocked()
        with self.assertRaises(WorkerError) as raised:
            clocked.run(lambda _: limited())
        self.assertEqual(clocked.calls, 4)
        self.assertFalse(raised.exception.retryable)
        self.assertEqual(raised.exception.message, "too many calls; given up after 4 calls")

    def test_is_not_made_again_where_that_cannot_help(self) -> None:
        clocked = Clocked()
        with self.assertRaises(WorkerError):
            clocked.run(lambda _: WorkerError("AUTH_ERROR", "wrong key"))
        self.assertEqual((clocked.calls, clocked.waits), (1, []))

    def test_never_waits_less_than_the_provider_says(self) -> None:
        clocked = Clocked()
        clocked.run(lambda call: limited(20_000) if call < 3 else None)
        self.assertEqual(clocked.waits, [20_000, 20_000])

    def test_is_given_up_at_once_where_the_provider_asks_for_too_long(self) -> None:
        clocked = Clocked()
        with self.assertRaises(WorkerError) as raised:
            clocked.run(lambda _: limited(600_000))
        self.assertEqual((clocked.calls, clocked.waits), (1, []))
        self.assertTrue(raised.exception.retryable)
        self.assertEqual(raised.exception.retry_after_ms, 600_000)
        self.assertIn("given up after one call: it asks to wait 600 s", raised.exception.message)

    def test_is_not_waited_for_beyond_the_end_of_the_conversation(self) -> None:
        clocked = Clocked()
        with self.assertRaises(WorkerError) as raised:
            clocked.run(lambda _: limited(), limit_ms=2_000)
        self.assertEqual((clocked.calls, clocked.waits), (2, [750]))
        self.assertFalse(raised.exception.retryable)
        self.assertIn("given up after 2 calls, which took too long", raised.exception.message)

    def test_waits_half_a_minute_at_most_without_a_hint(self) -> None:
        clocked = Clocked(initial_delay_ms=500_000)
        clocked.run(lambda call: limited() if call < 2 else None)
        self.assertEqual(clocked.waits, [22_500])

    def test_has_a_limit_of_its_own(self) -> None:
        clocked = Clocked()
        clocked.run(lambda _: None)
        clocked.run(lambda _: None, limit_ms=10_000)
        self.assertEqual(clocked.limits, [180_000, 10_000])
