"""A point in time after which nothing is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]


class Deadline:
    def __init__(self, limit_ms: float, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + limit_ms / 1000

    def ms_left(self) -> float:
        return max(0.0, (self._end - self._clock()) * 1000)

    def seconds_left(self) -> float:
        """For a socket. Raises TimeoutError when there is none left: 0 would mean not to wait at all."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("the time limit is over")
        return left

    def at_most(self, limit_ms: float) -> Deadline:
        """The earlier of this one and so many milliseconds from now."""
        return Deadline(min(limit_ms, self.ms_left()), self._clock)
