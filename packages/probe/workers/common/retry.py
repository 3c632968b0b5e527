"""The one layer that repeats calls to a model.

1. A call is made at most `max_attempts` times, and none starts later than `max_total_ms` after the first, nor after the
   conversation's deadline.
2. Only a failure that says so itself is repeated: quota, billing, keys and bad requests never are.
3. What the provider says of when to come back is obeyed. Where that is later than this layer waits, it gives up at once and
   passes the time on, and whoever can wait that long may come back: the failure stays retryable.
4. Once its attempts are spent the failure is not retryable any more: attempts do not multiply.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from common.deadline import Clock, Deadline
from common.errors import WorkerError
from common.logging import Log

Result = TypeVar("Result")

LONGEST_DELAY_MS = 30_000
MULTIPLIER = 2


@dataclass(frozen=True)
class RetryPolicy:
    """The wait before retry n is `min(initial · 2^n, 30 s) × (0.5 + random / 2)`, or the provider's hint where that is longer."""

    max_attempts: int = 4
    max_total_ms: float = 120_000
    initial_delay_ms: float = 1_000
    call_timeout_ms: float = 180_000
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    clock: Clock = time.monotonic

    def delay_ms(self, attempt: int, hint_ms: float | None) -> float:
        base = min(self.initial_delay_ms * MULTIPLIER ** (attempt - 1), LONGEST_DELAY_MS)
        return max(hint_ms or 0.0, base * (0.5 + self.random() / 2))


def call_with_retry(
    call: Callable[[Deadline], Result], policy: RetryPolicy, deadline: Deadline, log: Log
) -> Result:
    """`call` gets its own time limit. Raises the last failure."""
    total = deadline.at_most(policy.max_total_ms)
    attempt = 1
    while True:
        try:
            return call(deadline.at_most(policy.call_timeout_ms))
        except WorkerError as error:
            if not error.retryable:
                raise
            delay_ms = policy.delay_ms(attempt, error.retry_after_ms)
            if attempt >= policy.max_attempts:
                raise error.repeated(f"given up after {attempt} calls", retryable=False) from error
            if delay_ms > total.ms_left():
                raise _too_late(error, attempt) from error
            log.warn(
                f"asked again in {delay_ms / 1000:.1f} s after {error.code}, call {attempt + 1} of {policy.max_attempts}",
                code=error.code,
                attempt=attempt,
                waitMs=math.ceil(delay_ms),
            )
            policy.sleep(delay_ms / 1000)
        attempt += 1


def _too_late(error: WorkerError, attempts: int) -> WorkerError:
    calls = "one call" if attempts == 1 else f"{attempts} calls"
    hint = error.retry_after_ms
    if hint is None:
        return error.repeated(f"given up after {calls}, which took too long", retryable=False)
    return error.repeated(f"given up after {calls}: it asks to wait {math.ceil(hint / 1000)} s", retryable=True)
