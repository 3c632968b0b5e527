"""A model that can be asked: which provider it is of, its quirks, its key, one call and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from common.adapters.anthropic import Anthropic
from common.adapters.chat_completions import ChatCompletions
from common.adapters.google import Google
from common.adapters.port import AnswerUnreadable, Message, Quirks, Request, Said, Wire
from common.config import Config
from common.deadline import Deadline
from common.errors import InputInvalid, ProviderUnsupported, WorkerError, classify_failure
from common.http_client import HttpClient, Response
from common.json_types import JsonValue, dump_json, is_list, is_object, parse_json
from common.logging import Log
from common.tables import Provider, providers, quirks
from common.tokens import estimate_tokens
from common.wait_hint import wait_hint

# Characters of a provider's own words that a message quotes.
QUOTED_CHARACTERS = 300
WIRES: Mapping[str, Wire] = {
    "openai": ChatCompletions(),
    "anthropic": Anthropic(),
    "google": Google(),
    "xai": ChatCompletions(reasoning_counted=False),
    "deepseek": ChatCompletions(),
    "mistral": ChatCompletions(),
    "openai-compatible": ChatCompletions(),
}


@dataclass(frozen=True)
class Answer:
    text: str
    # `stop` or `length`.
    finish: str
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int | None
    cached_input_tokens: int | None
    # True where the provider gave no counts.
    estimated: bool
    # What the provider says has answered; None when it does not say.
    model_version: str | None


def parse_model_id(model_id: str) -> tuple[Provider, str]:
    """`openai:o3-mini` says its provider; `o3-mini` leaves it to the table. Raises ProviderUnsupported."""
    prefix, colon, rest = model_id.partition(":")
    for provider in providers():
        if colon and rest and provider.id == prefix:
            return provider, rest
    for provider in providers():
        if provider.models is not None and provider.models.search(model_id):
            return provider, model_id
    raise ProviderUnsupported(model_id, [provider.id for provider in providers()])


def quirks_of(provider: Provider, model: str, own: Mapping[str, str]) -> Quirks:
    """`own` over the later rows of the table over the earlier ones over the usual."""
    found = {"temperature": "send", "maxTokensParameter": "max_tokens", "preamble": "system"}
    for row in quirks():
        if row.provider != provider.id or not row.models.search(model):
            continue
        values = (row.temperature, row.max_tokens_parameter, row.preamble)
        found.update({name: value for name, value in zip(found, values) if value is not None})
    found.update(own)
    return Quirks(found["temperature"], found["maxTokensParameter"], found["preamble"])


class Model:
    """One call, no repetition."""

    def __init__(self, model_id: str, own_quirks: Mapping[str, str], config: Config, client: HttpClient, log: Log):
        """Raises ProviderUnsupported, ApiKeyMissing, AddressInvalid, AddressMissing, InputInvalid."""
        self.provider, self.model = parse_model_id(model_id)
        self._quirks = quirks_of(self.provider, self.model, own_quirks)
        self._wire = WIRES[self.provider.id]
        self._key = config.key_of(self.provider)
        path = self.provider.path.replace("{model}", quote(self.model, safe=""))
        self._url = f"{config.base_url_of(self.provider)}{path}"
        self._client = client
        self._log = log

    def check_temperature(self, temperature: float | None) -> None:
        """Raises InputInvalid for one that the provider would refuse."""
        highest = self.provider.max_temperature
        if temperature is None or self._quirks.temperature == "omit" or temperature <= highest:
            return
        raise InputInvalid("config.temperature", f"{temperature} for {self.model}", f"a number from 0 to {highest}")

    def complete(
        self, preamble: str, messages: Sequence[Message], max_tokens: int, temperature: float | None, deadline: Deadline
    ) -> Answer:
        """Raises WorkerError; a blocked or an empty answer is one."""
        request = Request(self.model, preamble, messages, max_tokens, temperature, self._quirks)
        body = dump_json(self._wire.body(request))
        headers = {"content-type": "application/json", "accept": "application/json", **self._wire.headers(self._key)}
        self._log.debug("asking", provider=self.provider.id, model=self.model, bytes=len(body))
        response = self._client.post(
            self.provider.title, self._url, headers, body, deadline, address_variable=self.provider.base_url_variable
        )
        self._log.debug("answered", status=response.status, bytes=len(response.body))
        if response.status != 200:
            raise self._refusal(response)
        try:
            said = self._wire.read(parse_json(response.body))
        except (ValueError, AnswerUnreadable) as error:
            raise AnswerUnreadable(f"the answer of {self.provider.title} for {self.model} cannot be read: {error}") from error
        return self._answer(said, preamble, messages)

    def _answer(self, said: Said, preamble: str, messages: Sequence[Message]) -> Answer:
        if said.finish == "error" and said.text == "":
            why = f"{self.provider.title} broke off the answer of {self.model} ({said.raw_finish})"
            raise WorkerError("SERVER_ERROR", why, status_code=200)
        if said.finish == "blocked":
            why = f"{self.provider.title} withheld the answer of {self.model} ({said.raw_finish})"
            raise WorkerError("CONTENT_BLOCKED", why)
        if said.text.strip() == "":
            raise WorkerError("INVALID_RESPONSE", _nothing_said(said, self.model))
        usage = said.usage
        estimated = usage.input is None or usage.output is None or usage.input == 0
        provider, model = self.provider.id, self.model
        asked = [preamble, *(one.content for one in messages)]
        return Answer(
            text=said.text,
            finish="length" if said.finish == "length" else "stop",
            input_tokens=sum(estimate_tokens(one, provider, model) for one in asked)
            if usage.input is None or estimated
            else usage.input,
            output_tokens=estimate_tokens(said.text, provider, model)
            if usage.output is None or estimated
            else usage.output,
            reasoning_tokens=None if estimated else usage.reasoning or None,
            cached_input_tokens=None if estimated else usage.cached_input or None,
            estimated=estimated,
            model_version=said.model_version,
        )

    def _refusal(self, response: Response) -> WorkerError:
        try:
            body = parse_json(response.body)
        except ValueError:
            body = None
        found = classify_failure(self.provider.id, response.status, body)
        words = self._quoted(_words_of(body) or response.body.decode("utf-8", "replace"))
        quoted = f" (“{words}”)" if words else ""
        return WorkerError(
            found.code,
            f"{self.provider.title} refused the call of {self.model} with HTTP {response.status}: {found.meaning}{quoted}{self._what_to_do(found.todo)}",
            retryable=found.retryable,
            status_code=response.status,
            retry_after_ms=wait_hint(response.headers, body) if found.retryable else None,
        )

    def _what_to_do(self, todo: str | None) -> str:
        if todo is None:
            return ""
        known = todo.replace("{key}", self.provider.key_variable)
        return f"; {known.replace('{baseUrl}', self.provider.base_url_variable)}"

    def _quoted(self, text: str) -> str:
        line = " ".join(self._log.redact(text).split())
        return f"{line[:QUOTED_CHARACTERS]}…" if len(line) > QUOTED_CHARACTERS else line


def _nothing_said(said: Said, model: str) -> str:
    if said.finish == "length":
        return f"{model} answered nothing: its reasoning took all of maxTokens; give it more"
    return f"{model} answered nothing ({said.raw_finish})"


def _words_of(body: JsonValue) -> str | None:
    """The provider's message, wherever it keeps it."""
    if isinstance(body, str):
        return body
    if not is_object(body):
        return None
    for name in ("message", "error", "detail", "msg"):
        value = body.get(name)
        words = _words_of(value[0] if is_list(value) and value else value)
        if words is not None:
            return words
    return None
