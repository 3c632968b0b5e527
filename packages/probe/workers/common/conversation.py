"""A conversation with one model: the preamble, the prompt, the followups; each answer is part of the next question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from common.adapters.model import Answer, Model
from common.adapters.port import Message
from common.contract import Prompt, WorkerInput
from common.deadline import Deadline
from common.errors import WorkerError
from common.json_types import JsonObject, JsonValue
from common.logging import Log, now_iso
from common.retry import RetryPolicy, call_with_retry

# Bytes of UTF-8 of one answer that are kept.
LONGEST_ANSWER_BYTES = 102_400


@dataclass
class Transcript:
    started_at: str
    turns: list[JsonValue] = field(default_factory=list[JsonValue])
    input_tokens: int = 0
    output_tokens: int = 0
    model_version: str | None = None

    def add(self, prompt: Prompt, answer: Answer, log: Log) -> str:
        """What is kept of the answer."""
        number = len(self.turns) + 1
        text, cut_bytes = cut(answer.text)
        if cut_bytes:
            log.warn("an answer was cut", turnNumber=number, cutBytes=cut_bytes, keptBytes=LONGEST_ANSWER_BYTES)
        self.input_tokens += answer.input_tokens
        self.output_tokens += answer.output_tokens
        self.model_version = self.model_version or answer.model_version
        self.turns.append(
            {
                "turnNumber": number,
                "promptLabel": prompt.label,
                "probePrompt": prompt.text,
                "targetResponse": text,
                "inputTokens": answer.input_tokens,
                "outputTokens": answer.output_tokens,
                "providerMetadata": _metadata(answer, cut_bytes),
            }
        )
        return text

    def as_json(self) -> JsonObject:
        return {
            "turns": self.turns,
            "totalInputTokens": self.input_tokens,
            "totalOutputTokens": self.output_tokens,
            **({} if self.model_version is None else {"modelVersion": self.model_version}),
            "startedAt": self.started_at,
            "completedAt": now_iso(),
        }


class ConversationFailed(Exception):
    """A turn failed. The turns before it were paid for and are kept."""

    def __init__(self, error: WorkerError, partial: Transcript) -> None:
        super().__init__(error.message)
        self.error = error
        self.partial = partial


def converse(
    given: WorkerInput,
    model: Model,
    policy: RetryPolicy,
    deadline: Deadline,
    log: Log,
    now: Callable[[], str] = now_iso,
) -> Transcript:
    """Raises ConversationFailed."""
    transcript = Transcript(started_at=now())
    messages: list[Message] = []
    preamble = given.preamble if given.preamble.strip() else ""
    turns = given.turns
    for number, prompt in enumerate(turns, start=1):
        about: dict[str, JsonValue] = {"turnNumber": number, "turns": len(turns), "promptLabel": prompt.label}
        log.progress("turn-started", **about)
        messages.append(Message("user", prompt.text))

        def ask(limit: Deadline) -> Answer:
            return model.complete(preamble, messages, given.max_tokens, given.temperature, limit)

        try:
            answer = call_with_retry(ask, policy, deadline, log.of(f"adapters.{model.provider.id}"))
        except WorkerError as error:
            raise ConversationFailed(error, transcript) from error
        messages.append(Message("assistant", transcript.add(prompt, answer, log)))
        log.progress(
            "turn-completed", **about, inputTokens=answer.input_tokens, outputTokens=answer.output_tokens
        )
    return transcript


def cut(text: str) -> tuple[str, int]:
    """What is kept of an answer, whole characters only, and how many bytes are not."""
    content = text.encode("utf-8", "surrogatepass")
    if len(content) <= LONGEST_ANSWER_BYTES:
        return text, 0
    # The bytes of a character that was cut in two are left out.
    kept = content[:LONGEST_ANSWER_BYTES].decode("utf-8", "ignore")
    return kept, len(content) - len(kept.encode("utf-8"))


def _metadata(answer: Answer, cut_bytes: int) -> JsonObject:
    found: dict[str, JsonValue] = {"finishReason": answer.finish}
    if answer.model_version is not None:
        found["modelVersion"] = answer.model_version
    if answer.reasoning_tokens is not None:
        found["reasoningTokens"] = answer.reasoning_tokens
    if answer.cached_input_tokens is not None:
        found["cachedInputTokens"] = answer.cached_input_tokens
    if answer.estimated:
        found["tokensEstimated"] = True
    if cut_bytes:
        found["cutBytes"] = cut_bytes
    return found
