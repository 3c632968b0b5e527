"""What the worker takes from its environment, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from common.errors import AddressInvalid, AddressMissing, ApiKeyMissing, InputInvalid
from common.tables import Provider, providers

DEFAULT_TIME_LIMIT_MS = 300_000
DEFAULT_RETRY_DELAY_MS = 1_000
# Kept back for writing the answer before whoever started the worker ends it.
RESERVE_MS = 2_000
LONGEST_TIME_LIMIT_MS = 2**31 - 1


@dataclass(frozen=True)
class Config:
    environment: Mapping[str, str]
    # Milliseconds for one conversation, after which the worker is ended from outside.
    time_limit_ms: int
    debug: bool
    # Before the second call where the provider says nothing; doubles from call to call.
    retry_delay_ms: int

    @property
    def usable_ms(self) -> int:
        """What a conversation may take: so much that its failure can still be told."""
        return max(self.time_limit_ms - RESERVE_MS, self.time_limit_ms // 2)

    @property
    def secrets(self) -> list[str]:
        return [key for one in providers() if (key := self.environment.get(one.key_variable, "").strip())]

    def key_of(self, provider: Provider) -> str | None:
        """The key; None where the provider wants none. Raises ApiKeyMissing."""
        key = self.environment.get(provider.key_variable, "").strip()
        if key:
            if not key.isascii() or not key.isprintable():
                raise InputInvalid(provider.key_variable, "text with characters that no key has", "printable ASCII")
            return key
        if provider.key_optional:
            return None
        raise ApiKeyMissing(provider.title, provider.key_variable)

    def base_url_of(self, provider: Provider) -> str:
        """Without a slash at its end. A bare origin is completed by the provider's version path (`/v1`)."""
        configured = self.environment.get(provider.base_url_variable, "")
        if not configured:
            if provider.base_url is None:
                raise AddressMissing(provider.title, provider.base_url_variable)
            return provider.base_url
        try:
            url = urlsplit(configured)
            # Reading the port checks it.
            valid = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
        except ValueError:
            valid = False
            url = urlsplit("")
        if not valid or "@" in url.netloc or "?" in configured or "#" in configured or not configured.isprintable():
            raise AddressInvalid(provider.base_url_variable)
        path = url.path.rstrip("/")
        if not path:
            path = "/v1" if provider.base_url is None else urlsplit(provider.base_url).path.rstrip("/")
        return f"{url.scheme}://{url.netloc}{path}"


def read_config(environment: Mapping[str, str]) -> Config:
    return Config(
        environment=environment,
        time_limit_ms=_milliseconds(environment, "PYTHON_WORKER_TIMEOUT", DEFAULT_TIME_LIMIT_MS),
        debug=environment.get("PYTHON_WORKER_DEBUG", "").lower() in ("1", "true", "yes", "on"),
        retry_delay_ms=_milliseconds(environment, "PROBE_RETRY_DELAY_MS", DEFAULT_RETRY_DELAY_MS),
    )


def _milliseconds(environment: Mapping[str, str], variable: str, default: int) -> int:
    text = environment.get(variable, "")
    if not text:
        return default
    if not text.isdecimal() or not 1 <= int(text[:16]) <= LONGEST_TIME_LIMIT_MS:
        raise InputInvalid(variable, f'"{text[:40]}"', f"milliseconds from 1 to {LONGEST_TIME_LIMIT_MS}")
    return int(text)
