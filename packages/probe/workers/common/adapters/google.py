"""Google: POST /v1beta/models/M:generateContent. Source: https://ai.google.dev/api/generate-content"""

from __future__ import annotations

from collections.abc import Mapping

from common.adapters.port import AnswerUnreadable, Request, Said, Usage, with_preamble_in_front
from common.json_types import JsonObject, JsonValue, count_of, field, is_object, items, text_of

BLOCKED = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"}
LENGTH = {"MAX_TOKENS", "CONTINUATION"}
ROLES = {"user": "user", "assistant": "model"}


class Google:
    def headers(self, key: str | None) -> Mapping[str, str]:
        return {} if key is None else {"x-goog-api-key": key}

    def body(self, request: Request) -> JsonObject:
        # Gemma models refuse instructions of their own ("Developer instruction is not enabled").
        prepend = request.model.lower().startswith("gemma-") or request.quirks.preamble == "prepend"
        messages = with_preamble_in_front(request) if prepend else request.messages
        generation: dict[str, JsonValue] = {"maxOutputTokens": request.max_tokens}
        if request.temperature is not None and request.quirks.temperature == "send":
            generation["temperature"] = request.temperature
        body: dict[str, JsonValue] = {
            "contents": [{"role": ROLES[one.role], "parts": [{"text": one.content}]} for one in messages],
            "generationConfig": generation,
        }
        if request.preamble and not prepend:
            body["systemInstruction"] = {"parts": [{"text": request.preamble}]}
        return body

    def read(self, body: JsonValue) -> Said:
        if not is_object(body):
            raise AnswerUnreadable("it is no JSON object")
        candidates = items(body.get("candidates"))
        usage = field(body, "usageMetadata")
        reasoning = count_of(field(usage, "thoughtsTokenCount"))
        version = text_of(body.get("modelVersion")) or None
        prompt = count_of(field(usage, "promptTokenCount"))
        # The counts of what there was none of are left out.
        written = (count_of(field(usage, "candidatesTokenCount")) or 0) + (reasoning or 0)
        counted = Usage(
            input=prompt,
            output=None if prompt is None else written,
            reasoning=reasoning,
            cached_input=count_of(field(usage, "cachedContentTokenCount")),
        )
        if not candidates:
            # The prompt was blocked: a 200 without any candidate.
            reason = text_of(field(body, "promptFeedback", "blockReason")) or "no candidates"
            return Said("", "blocked", reason, counted, version)
        raw_finish = text_of(field(candidates[0], "finishReason")) or ""
        finish = "blocked" if raw_finish in BLOCKED else "length" if raw_finish in LENGTH else "stop"
        parts = items(field(candidates[0], "content", "parts"))
        text = "".join(text_of(field(part, "text")) or "" for part in parts if field(part, "thought") is not True)
        return Said(text, finish, raw_finish, counted, version)
