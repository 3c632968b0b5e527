"""Why a conversation failed: the codes of the worker contract, and what a provider's refusal means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from common.json_types import JsonObject, JsonValue, is_list, is_object
from common.tables import FailureRow, failures

RETRYABLE_CODES = frozenset({"RATE_LIMIT", "TIMEOUT", "NETWORK_ERROR", "SERVER_ERROR"})
CODES = RETRYABLE_CODES | {
    "AUTH_ERROR",
    "VALIDATION_ERROR",
    "NOT_FOUND",
    "UNSUPPORTED_PROVIDER",
    "MISSING_API_KEY",
    "INVALID_RESPONSE",
    "CONTENT_BLOCKED",
    "UNKNOWN",
}

LONGEST_SHOWN_ID = 80


class WorkerError(Exception):
    """A failure that the worker reports; its exit code stays 0."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool | None = None,
        details: str | None = None,
        status_code: int | None = None,
        retry_after_ms: float | None = None,
    ) -> None:
        super().__init__(message)
        if code not in CODES:
            raise ValueError(f"{code} is no code of the worker contract")
        self.code = code
        self.message = message
        self.retryable = code in RETRYABLE_CODES if retryable is None else retryable
        self.details = details
        self.status_code = status_code
        self.retry_after_ms = retry_after_ms

    def repeated(self, why: str, *, retryable: bool) -> WorkerError:
        """The same failure once asking again has been given up."""
        return WorkerError(
            self.code,
            f"{self.message}; {why}",
            retryable=retryable,
            details=self.details,
            status_code=self.status_code,
            retry_after_ms=self.retry_after_ms,
        )

    def as_json(self) -> JsonObject:
        found: dict[str, JsonValue] = {"message": self.message, "code": self.code, "retryable": self.retryable}
        if self.details is not None:
            found["details"] = self.details
        if self.status_code is not None:
            found["statusCode"] = self.status_code
        if self.retry_after_ms is not None:
            found["retryAfterMs"] = self.retry_after_ms
        return found


class InputInvalid(WorkerError):
    """A field of the input is wrong."""

    def __init__(self, path: str, was: str, may_be: str) -> None:
        super().__init__("VALIDATION_ERROR", f"{path or 'the input'} was {was}; it may be {may_be}")


class ProviderUnsupported(WorkerError):
    """A model id that names no provider, and from which none can be inferred."""

    def __init__(self, model_id: str, providers: Sequence[str]) -> None:
        super().__init__(
            "UNSUPPORTED_PROVIDER",
            f'model "{shown(model_id)}" belongs to no provider that is known here; name one before it, '
            f"as openai:MODEL ({', '.join(providers)})",
        )


class ApiKeyMissing(WorkerError):
    """No key for the provider of the model."""

    def __init__(self, provider: str, variable: str) -> None:
        super().__init__(
            "MISSING_API_KEY", f"{provider} needs a key and there is none; set {variable} in the environment"
        )


class AddressInvalid(WorkerError):
    """The configured address of a provider cannot be used. It is not in the message: it may hold a password."""

    def __init__(self, variable: str) -> None:
        super().__init__(
            "VALIDATION_ERROR",
            f"{variable} is no address that can be called; it may be an http or https URL without user, query or "
            "fragment, as https://gateway.example.com/v1",
        )


class AddressMissing(WorkerError):
    """A provider without an address of its own, and none is configured."""

    def __init__(self, provider: str, variable: str) -> None:
        super().__init__(
            "VALIDATION_ERROR",
            f"{provider} has no address by itself; set {variable} in the environment, as http://127.0.0.1:11434/v1",
        )


@dataclass(frozen=True)
class Classified:
    code: str
    retryable: bool
    meaning: str
    # With `{key}` and `{baseUrl}` where the provider's variables belong; None: nothing that is known here.
    todo: str | None


def classify_failure(provider: str, status: int, body: JsonValue) -> Classified:
    """What a refusal means: the first row of models/failures.json that fits."""
    # A compatible server imitates OpenAI's errors as well.
    family = (provider, "openai") if provider == "openai-compatible" else (provider,)
    for row in failures():
        if row.provider is not None and row.provider not in family:
            continue
        if _fits_status(row, status) and _fits_body(row, body):
            retryable = row.code in RETRYABLE_CODES if row.retryable is None else row.retryable
            return Classified(row.code, retryable, row.meaning, row.todo)
    raise LookupError("models/failures.json does not end in a row that always fits")


def shown(text: str) -> str:
    """Ids come from callers: cut to what a message can carry."""
    return f"{text[:LONGEST_SHOWN_ID]}…" if len(text) > LONGEST_SHOWN_ID else text


def _fits_status(row: FailureRow, status: int) -> bool:
    if isinstance(row.status, int):
        return row.status == status
    return row.status == "any" or row.status[0] == str(status // 100)


def _fits_body(row: FailureRow, body: JsonValue) -> bool:
    if row.pointer is None:
        return True
    found = _values_at(body, row.pointer.split("/")[1:])
    return any(isinstance(value, str) and re.search(row.pattern, value) for value in found)


def _values_at(value: JsonValue, steps: Sequence[str]) -> list[JsonValue]:
    if not steps:
        return [value]
    step, rest = steps[0].replace("~1", "/").replace("~0", "~"), steps[1:]
    if is_list(value):
        entries = value if step == "*" else value[int(step) : int(step) + 1] if step.isdecimal() else ()
    elif is_object(value):
        entries = list(value.values()) if step == "*" else [value[step]] if step in value else ()
    else:
        entries = ()
    return [found for entry in entries for found in _values_at(entry, rest)]
