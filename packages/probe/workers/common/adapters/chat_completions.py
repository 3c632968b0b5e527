"""POST …/chat/completions: OpenAI, xAI, DeepSeek, Mistral and servers that imitate them."""

from __future__ import annotations

from collections.abc import Mapping

from common.adapters.port import AnswerUnreadable, Request, Said, Usage, with_preamble_in_front
from common.json_types import JsonObject, JsonValue, count_of, field, items, text_of

FINISHES = {
    "stop": "stop",
    "length": "length",
    # Mistral's, for the limit of the model itself.
    "model_length": "length",
    "content_filter": "blocked",
    # Mistral's, and DeepSeek's when it has no capacity left.
    "error": "error",
    "insufficient_system_resource": "error",
}


class ChatCompletions:
    def __init__(self, *, reasoning_counted: bool = True) -> None:
        # False: reasoning tokens stand beside completion_tokens instead of in them (xAI).
        self._reasoning_counted = reasoning_counted

    def headers(self, key: str | None) -> Mapping[str, str]:
        return {} if key is None else {"authorization": f"Bearer {key}"}

    def body(self, request: Request) -> JsonObject:
        quirks = request.quirks
        messages: list[JsonValue] = []
        said = request.messages
        if request.preamble and quirks.preamble == "prepend":
            said = with_preamble_in_front(request)
        elif request.preamble:
            messages.append({"role": quirks.preamble, "content": request.preamble})
        messages.extend({"role": one.role, "content": one.content} for one in said)
        body: dict[str, JsonValue] = {
            "model": request.model,
            "messages": messages,
            quirks.max_tokens_parameter: request.max_tokens,
        }
        if request.temperature is not None and quirks.temperature == "send":
            body["temperature"] = request.temperature
        return body

    def read(self, body: JsonValue) -> Said:
        choices = items(field(body, "choices"))
        if not choices:
            raise AnswerUnreadable("it has no choices")
        message = field(choices[0], "message")
        raw_finish = text_of(field(choices[0], "finish_reason")) or ""
        refused = bool(text_of(field(message, "refusal")))
        return Said(
            text=_text(field(message, "content")),
            finish="blocked" if refused else FINISHES.get(raw_finish, "stop"),
            raw_finish=raw_finish,
            usage=self._usage(field(body, "usage")),
            model_version=text_of(field(body, "model")) or None,
        )

    def _usage(self, usage: JsonValue) -> Usage:
        output = count_of(field(usage, "completion_tokens"))
        reasoning = count_of(field(usage, "completion_tokens_details", "reasoning_tokens"))
        if output is not None and not self._reasoning_counted:
            output += reasoning or 0
        return Usage(
            input=count_of(field(usage, "prompt_tokens")),
            output=output,
            reasoning=reasoning,
            cached_input=count_of(field(usage, "prompt_tokens_details", "cached_tokens")),
        )


def _text(content: JsonValue) -> str:
    """A string, or parts of which only those of type `text` were meant for the reader (Mistral's reasoning models)."""
    if isinstance(content, str):
        return content
    return "".join(text_of(field(part, "text")) or "" for part in items(content) if field(part, "type") == "text")
