"""JSON as types, and reading of JSON that may be anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias, TypeGuard, Union

JsonValue: TypeAlias = Union[None, bool, int, float, str, Sequence["JsonValue"], Mapping[str, "JsonValue"]]
JsonObject: TypeAlias = Mapping[str, JsonValue]


def parse_json(text: str | bytes) -> JsonValue:
    """Raises ValueError for what is no JSON; NaN and Infinity are none."""
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def dump_json(value: JsonValue) -> bytes:
    """One line of UTF-8. Halves of surrogate pairs, which UTF-8 cannot hold, are written as escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def is_object(value: JsonValue) -> TypeGuard[JsonObject]:
    return isinstance(value, Mapping)


def is_list(value: JsonValue) -> TypeGuard[Sequence[JsonValue]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def field(value: JsonValue, *names: str) -> JsonValue:
    """What stands under names inside each other; None where there is no such thing."""
    for name in names:
        value = value.get(name) if is_object(value) else None
    return value


def items(value: JsonValue) -> Sequence[JsonValue]:
    return value if is_list(value) else ()


def text_of(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def number_of(value: JsonValue) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def whole_of(value: JsonValue) -> int | None:
    """A whole number, as 3 or 3.0."""
    number = number_of(value)
    return int(number) if number is not None and float(number).is_integer() else None


def count_of(value: JsonValue) -> int | None:
    """A whole number of 0 or more; None for anything else."""
    number = whole_of(value)
    return number if number is not None and number >= 0 else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
