"""The transcripts of a run, read and checked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from common.errors import InputInvalid
from common.json_types import JsonValue, field, is_list, is_object, items, number_of, text_of


@dataclass(frozen=True)
class Recorded:
    id: str
    model_id: str
    scenario_id: str
    # What the model said, in order.
    responses: tuple[str, ...]
    duration_ms: float | None
    tokens: float | None
    # US dollars; None where the price is unknown.
    cost: float | None
    # The code of the failure, or its text; None for a conversation that ended well.
    error: str | None


def read_transcripts(value: JsonValue, most: int) -> list[Recorded]:
    """Raises InputInvalid."""
    if not isinstance(field(value, "runId"), str):
        raise InputInvalid("runId", "missing or no text", "a text")
    entries = field(value, "transcripts")
    if not is_list(entries) or len(entries) > most:
        raise InputInvalid("transcripts", "missing, no list, or too long", f"a list of at most {most} transcripts")
    return [_read(entry, f"transcripts.{index}") for index, entry in enumerate(entries)]


def _read(entry: JsonValue, path: str) -> Recorded:
    if not is_object(entry):
        raise InputInvalid(path, "no object", "a transcript")
    error = entry.get("error")
    return Recorded(
        id=_text(entry, "id", path),
        model_id=_text(entry, "modelId", path),
        scenario_id=_text(entry, "scenarioId", path),
        responses=_responses(entry.get("content")),
        duration_ms=_number(entry, "durationMs", path),
        tokens=_number(entry, "tokenCount", path),
        cost=_number(entry, "estimatedCost", path),
        error=None if error is None else text_of(error) or text_of(field(error, "code")) or "UNKNOWN",
    )


def _responses(content: JsonValue) -> tuple[str, ...]:
    """Of stored turns (`{role, content}`) and of a worker's (`{targetResponse}`); a bare text is one response."""
    if isinstance(content, str):
        return (content,)
    found: list[str] = []
    for turn in items(field(content, "turns")):
        said = field(turn, "content") if field(turn, "role") == "assistant" else field(turn, "targetResponse")
        if isinstance(said, str):
            found.append(said)
    return tuple(found)


def _text(entry: JsonValue, name: str, path: str) -> str:
    value = text_of(field(entry, name))
    if value is None:
        raise InputInvalid(f"{path}.{name}", "missing or no text", "a text")
    return value


def _number(entry: JsonValue, name: str, path: str) -> float | None:
    value = field(entry, name)
    if value is None:
        return None
    number = number_of(value)
    if number is None or not 0 <= number < math.inf:
        raise InputInvalid(f"{path}.{name}", "no number of 0 or more", "a number of 0 or more, or null")
    return number
