"""The tables of providers, quirks and failures: ../models/*.json, which the TypeScript worker reads as well."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from common.json_types import JsonValue, field, items, number_of, parse_json, text_of

TABLES = Path(__file__).resolve().parent.parent.parent / "models"


@dataclass(frozen=True)
class Provider:
    id: str
    title: str
    key_variable: str
    key_optional: bool
    base_url_variable: str
    base_url: str | None
    path: str
    models: re.Pattern[str] | None
    max_temperature: float


@dataclass(frozen=True)
class Quirk:
    provider: str
    models: re.Pattern[str]
    temperature: str | None
    max_tokens_parameter: str | None
    preamble: str | None


@dataclass(frozen=True)
class FailureRow:
    provider: str | None
    status: int | str
    pointer: str | None
    pattern: str
    code: str
    retryable: bool | None
    meaning: str
    # What to do about it; `{key}` and `{baseUrl}` stand for the provider's variables.
    todo: str | None


@cache
def providers() -> tuple[Provider, ...]:
    return tuple(_provider(row) for row in _rows("providers.json"))


@cache
def quirks() -> tuple[Quirk, ...]:
    return tuple(
        Quirk(
            provider=_text(row, "provider"),
            models=re.compile(_text(row, "models")),
            temperature=text_of(field(row, "temperature")),
            max_tokens_parameter=text_of(field(row, "maxTokensParameter")),
            preamble=text_of(field(row, "preamble")),
        )
        for row in _rows("quirks.json")
    )


@cache
def failures() -> tuple[FailureRow, ...]:
    return tuple(_failure(row) for row in _rows("failures.json"))


def _provider(row: JsonValue) -> Provider:
    models = text_of(field(row, "models"))
    return Provider(
        id=_text(row, "id"),
        title=_text(row, "title"),
        key_variable=_text(row, "keyVariable"),
        key_optional=field(row, "keyOptional") is True,
        base_url_variable=_text(row, "baseUrlVariable"),
        base_url=text_of(field(row, "baseUrl")),
        path=_text(row, "path"),
        models=None if models is None else re.compile(models),
        max_temperature=_number(row, "maxTemperature"),
    )


def _failure(row: JsonValue) -> FailureRow:
    status = field(row, "status")
    retryable = field(row, "retryable")
    return FailureRow(
        provider=text_of(field(row, "provider")),
        status=status if isinstance(status, int) else _text(row, "status"),
        pointer=text_of(field(row, "pointer")),
        pattern=text_of(field(row, "pattern")) or "",
        code=_text(row, "code"),
        retryable=retryable if isinstance(retryable, bool) else None,
        meaning=_text(row, "meaning"),
        todo=text_of(field(row, "todo")),
    )


def _rows(name: str) -> list[JsonValue]:
    return list(items(parse_json((TABLES / name).read_bytes())))


def _text(row: JsonValue, name: str) -> str:
    value = text_of(field(row, name))
    if value is None:
        raise LookupError(f"a row of models/*.json has no {name}")
    return value


def _number(row: JsonValue, name: str) -> float:
    value = number_of(field(row, name))
    if value is None:
        raise LookupError(f"a row of models/*.json has no {name}")
    return value
