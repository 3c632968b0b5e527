"""Anthropic: POST /v1/messages. Source: https://docs.claude.com/en/api/messages"""

from __future__ import annotations

from collections.abc import Mapping

from common.adapters.port import AnswerUnreadable, Request, Said, Usage
from common.json_types import JsonObject, JsonValue, count_of, field, is_list, items, text_of

VERSION = "2023-06-01"
FINISHES = {"max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "blocked"}


class Anthropic:
    def headers(self, key: str | None) -> Mapping[str, str]:
        return {"anthropic-version": VERSION, **({} if key is None else {"x-api-key": key})}

    def body(self, request: Request) -> JsonObject:
        body: dict[str, JsonValue] = {
            "model": request.model,
            "max_tokens": request.max_tokens,
            "messages": [{"role": one.role, "content": one.content} for one in request.messages],
        }
        if request.preamble:
            body["system"] = request.preamble
        if request.temperature is not None and request.quirks.temperature == "send":
            body["temperature"] = request.temperature
        return body

    def read(self, body: JsonValue) -> Said:
        content = field(body, "content")
        if not is_list(content):
            raise AnswerUnreadable("it has no content")
        raw_finish = text_of(field(body, "stop_reason")) or ""
        usage = field(body, "usage")
        # What comes from or goes to the cache is counted apart, and is input all the same.
        cached = count_of(field(usage, "cache_read_input_tokens"))
        written = count_of(field(usage, "cache_creation_input_tokens"))
        fresh = count_of(field(usage, "input_tokens"))
        return Said(
            text="".join(text_of(field(one, "text")) or "" for one in items(content) if field(one, "type") == "text"),
            finish=FINISHES.get(raw_finish, "stop"),
            raw_finish=raw_finish,
            usage=Usage(
                input=None if fresh is None else fresh + (cached or 0) + (written or 0),
                output=count_of(field(usage, "output_tokens")),
                reasoning=count_of(field(usage, "output_tokens_details", "thinking_tokens")),
                cached_input=cached,
            ),
            model_version=text_of(field(body, "model")) or None,
        )
