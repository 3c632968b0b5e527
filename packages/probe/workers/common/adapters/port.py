"""What all providers have in common: a request, an answer, and a wire that translates between those and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from common.errors import WorkerError
from common.json_types import JsonObject, JsonValue


@dataclass(frozen=True)
class Message:
    # `user` or `assistant`; instructions are the request's `preamble`.
    role: str
    content: str


@dataclass(frozen=True)
class Quirks:
    """How a model differs from what its provider's protocol lets expect."""

    temperature: str = "send"
    max_tokens_parameter: str = "max_tokens"
    preamble: str = "system"


@dataclass(frozen=True)
class Request:
    # As the provider knows it.
    model: str
    preamble: str
    messages: Sequence[Message]
    max_tokens: int
    temperature: float | None
    quirks: Quirks


@dataclass(frozen=True)
class Usage:
    """The provider's counts; None where it does not give them. `output` includes the reasoning."""

    input: int | None
    output: int | None
    reasoning: int | None = None
    cached_input: int | None = None


@dataclass(frozen=True)
class Said:
    """An answer as the wire reads it."""

    text: str
    # `stop`, `length`, `blocked`, or `error` where the provider broke it off.
    finish: str
    # In the provider's own word.
    raw_finish: str
    usage: Usage
    model_version: str | None


class Wire(Protocol):
    """How one provider speaks. Pure: it makes and reads JSON."""

    def headers(self, key: str | None) -> Mapping[str, str]: ...

    def body(self, request: Request) -> JsonObject: ...

    def read(self, body: JsonValue) -> Said:
        """Raises AnswerUnreadable for what is no answer of this provider."""
        ...


class AnswerUnreadable(WorkerError):
    def __init__(self, what: str) -> None:
        super().__init__("INVALID_RESPONSE", what, status_code=200)


def with_preamble_in_front(request: Request) -> list[Message]:
    """For models that take no instructions: they stand before the first prompt."""
    messages = list(request.messages)
    if request.preamble and messages:
        messages[0] = Message(messages[0].role, f"{request.preamble}\n\n{messages[0].content}")
    return messages
