"""When a provider says that calls may go on: Retry-After, reset headers of limits that are used up, Google's delay in the body."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from common.json_types import JsonValue, field, items, text_of

# Remaining and reset of each limit: OpenAI's names (others use them too), Anthropic's.
LIMITS = (
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
)
UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
# `6m0s`, `1.5s`, `120ms`.
DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")
DURATION = re.compile(rf"(?:{DURATION_PART.pattern})+")
NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
HTTP_DATE = re.compile(r"[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}.*")
ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T.*")
# A plain number above this is a time since 1970 in seconds, not a span.
SMALLEST_EPOCH_SECONDS = 1_000_000_000

Today = Callable[[], float]


def wait_hint(headers: Mapping[str, str], body: JsonValue, today: Today = time.time) -> float | None:
    """Milliseconds, at least 0; None when a refusal does not say. `today` gives seconds since 1970."""
    for found in (_retry_after(headers, today), _delay_in_body(body), _exhausted_for(headers, today)):
        if found is not None:
            return found
    return None


def _retry_after(headers: Mapping[str, str], today: Today) -> float | None:
    milliseconds = headers.get("retry-after-ms", "").strip()
    if NUMBER.fullmatch(milliseconds):
        return float(milliseconds)
    value = headers.get("retry-after", "").strip()
    if NUMBER.fullmatch(value):
        return float(value) * 1000
    until = _http_date(value)
    if until is None:
        return None
    # Relative to the answer's own date where it has one: two clocks that disagree do not matter then.
    now = _http_date(headers.get("date", "").strip())
    return max(0.0, (until - (today() if now is None else now)) * 1000)


def _http_date(text: str) -> float | None:
    if not HTTP_DATE.fullmatch(text):
        return None
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def _delay_in_body(body: JsonValue) -> float | None:
    """google.rpc.RetryInfo, whose retryDelay is a protobuf Duration in JSON: `37s`, `0.5s`."""
    for detail in items(field(body, "error", "details")):
        delay = text_of(field(detail, "retryDelay")) or ""
        if delay.endswith("s") and NUMBER.fullmatch(delay[:-1]):
            return float(delay[:-1]) * 1000
    return None


def _exhausted_for(headers: Mapping[str, str], today: Today) -> float | None:
    """For how long a limit of the provider is used up, by its own headers."""
    waits = [
        wait
        for remaining, reset in LIMITS
        if (left := headers.get(remaining, "").strip()) and not _is_positive(left)
        if (wait := _until_reset(headers.get(reset, ""), today)) is not None
    ]
    return max(waits, default=None)


def _is_positive(text: str) -> bool:
    return not NUMBER.fullmatch(text) or float(text) > 0


def _until_reset(text: str, today: Today) -> float | None:
    if DURATION.fullmatch(text):
        return sum(float(number) * UNIT_MS[unit] for number, unit in DURATION_PART.findall(text))
    if NUMBER.fullmatch(text):
        seconds = float(text)
        return seconds * 1000 if seconds < SMALLEST_EPOCH_SECONDS else max(0.0, (seconds - today()) * 1000)
    if not ISO_TIME.fullmatch(text):
        return None
    try:
        # Python 3.10 knows no Z.
        found = datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return max(0.0, (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp() - today()) * 1000
