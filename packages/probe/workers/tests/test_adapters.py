from __future__ import annotations

import unittest
from typing import Any

from common.adapters.anthropic import Anthropic
from common.adapters.chat_completions import ChatCompletions
from common.adapters.google import Google
from common.adapters.port import AnswerUnreadable, Message, Quirks, Request, Usage, Wire, with_preamble_in_front
from common.json_types import JsonValue
from tests.support import chat

TALK = (Message("user", "Hello?"), Message("assistant", "Yes?"), Message("user", "Good."))


def request(preamble: str = "Be brief.", temperature: float | None = 0.5, quirks: Quirks | None = None) -> Request:
    return Request("the-model", preamble, TALK, 100, temperature, quirks or Quirks())


class ChatRequests(unittest.TestCase):
    def test_hold_the_conversation(self) -> None:
        self.assertEqual(
            ChatCompletions().body(request()),
            {
                "model": "the-model",
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "Hello?"},
                    {"role": "assistant", "content": "Yes?"},
                    {"role": "user", "content": "Good."},
                ],
                "max_tokens": 100,
                "temperature": 0.5,
            },
        )

    def test_of_reasoning_models_differ(self) -> None:
        body = ChatCompletions().body(request(quirks=Quirks("omit", "max_completion_tokens", "developer")))
        self.assertNotIn("temperature", body)
        self.assertNotIn("max_tokens", body)
        self.assertEqual(body["max_completion_tokens"], 100)
        self.assertEqual(_first(body["messages"]), {"role": "developer", "content": "Be brief."})

    def test_may_have_the_preamble_in_front_or_none(self) -> None:
        body = ChatCompletions().body(request(temperature=None))
        self.assertNotIn("temperature", body)
        body = ChatCompletions().body(request(preamble=""))
        self.assertEqual(_first(body["messages"]), {"role": "user", "content": "Hello?"})
        prepended = Request("m", "Be brief.", TALK, 1, None, Quirks(preamble="prepend"))
        self.assertEqual(
            _first(ChatCompletions().body(prepended)["messages"]), {"role": "user", "content": "Be brief.\n\nHello?"}
        )
        self.assertEqual(with_preamble_in_front(Request("m", "p", (), 1, None, Quirks())), [])

    def test_carry_the_key(self) -> None:
        self.assertEqual(ChatCompletions().headers("k"), {"authorization": "Bearer k"})
        self.assertEqual(ChatCompletions().headers(None), {})


class ChatAnswers(unittest.TestCase):
    def test_are_read(self) -> None:
        said = ChatCompletions().read(chat())
        self.assertEqual((said.text, said.finish, said.model_version), ("Good day.", "stop", "gpt-4o-2026-01-01"))
        self.assertEqual(said.usage, Usage(5, 3))

    def test_end_in_several_ways(self) -> None:
        cases = {
            "length": "length",
            "model_length": "length",
            "content_filter": "blocked",
            "error": "error",
            "insufficient_system_resource": "error",
            "something new": "stop",
        }
        for reason, finish in cases.items():
            with self.subTest(reason):
                self.assertEqual(ChatCompletions().read(chat(choice={"finish_reason": reason})).finish, finish)
        refused = {"message": {"content": None, "refusal": "I will not."}}
        self.assertEqual(ChatCompletions().read(chat(choice=refused)).finish, "blocked")

    def test_may_think_aloud(self) -> None:
        parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Yes."}]
        self.assertEqual(ChatCompletions().read(chat(choice={"message": {"content": parts}})).text, "Yes.")

    def test_count_their_reasoning_in_or_beside_what_was_said(self) -> None:
        usage = {
            "prompt_tokens": 5,
            "completion_tokens": 3,
            "completion_tokens_details": {"reasoning_tokens": 7},
            "prompt_tokens_details": {"cached_tokens": 2},
        }
        self.assertEqual(ChatCompletions().read(chat(usage=usage)).usage, Usage(5, 3, 7, 2))
        self.assertEqual(ChatCompletions(reasoning_counted=False).read(chat(usage=usage)).usage, Usage(5, 10, 7, 2))
        self.assertEqual(ChatCompletions(reasoning_counted=False).read(chat(usage={})).usage, Usage(None, None))

    def test_of_another_form_are_refused(self) -> None:
        bodies: list[JsonValue] = [{}, {"choices": []}, {"choices": "none"}, []]
        for body in bodies:
            with self.subTest(body), self.assertRaises(AnswerUnreadable):
                ChatCompletions().read(body)

    def test_with_parts_of_another_form_hold_no_text(self) -> None:
        said = ChatCompletions().read({"choices": [{"message": {"content": 7}}], "model": ""})
        self.assertEqual((said.text, said.model_version, said.usage), ("", None, Usage(None, None)))


class OfAnthropic(unittest.TestCase):
    def test_requests_hold_the_conversation(self) -> None:
        body = Anthropic().body(request())
        self.assertEqual((body["system"], body["max_tokens"], body["temperature"]), ("Be brief.", 100, 0.5))
        self.assertEqual(_roles(body["messages"]), ["user", "assistant", "user"])
        bare = Anthropic().body(Request("m", "", TALK, 1, 0.5, Quirks(temperature="omit")))
        self.assertEqual(sorted(bare), ["max_tokens", "messages", "model"])

    def test_requests_carry_the_key_and_a_version(self) -> None:
        self.assertEqual(Anthropic().headers("k"), {"anthropic-version": "2023-06-01", "x-api-key": "k"})
        self.assertEqual(Anthropic().headers(None), {"anthropic-version": "2023-06-01"})

    def test_answers_are_read(self) -> None:
        usage = {
            "input_tokens": 5,
            "cache_read_input_tokens": 2,
            "cache_creation_input_tokens": 1,
            "output_tokens": 9,
            "output_tokens_details": {"thinking_tokens": 4},
        }
        content = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes"}, {"type": "text", "text": "."}]
        body = {"model": "claude-x", "content": content, "stop_reason": "end_turn", "usage": usage}
        said = Anthropic().read(body)
        self.assertEqual((said.text, said.finish, said.model_version), ("Yes.", "stop", "claude-x"))
        self.assertEqual(said.usage, Usage(8, 9, 4, 2))
        for reason, finish in {"max_tokens": "length", "refusal": "blocked", None: "stop"}.items():
            self.assertEqual(Anthropic().read({"content": [], "stop_reason": reason}).finish, finish)
        self.assertEqual(Anthropic().read({"content": []}).usage, Usage(None, None))
        with self.assertRaises(AnswerUnreadable):
            Anthropic().read({"content": "text"})


class OfGoogle(unittest.TestCase):
    def test_requests_hold_the_conversation(self) -> None:
        body = Google().body(request())
        self.assertEqual(_roles(body["contents"]), ["user", "model", "user"])
        self.assertEqual(body["systemInstruction"], {"parts": [{"text": "Be brief."}]})
        self.assertEqual(body["generationConfig"], {"maxOutputTokens": 100, "temperature": 0.5})
        bare = Google().body(Request("m", "", TALK, 1, None, Quirks()))
        self.assertEqual(sorted(bare), ["contents", "generationConfig"])

    def test_requests_to_gemma_have_no_instructions(self) -> None:
        body = Google().body(Request("gemma-3", "Be brief.", TALK, 1, None, Quirks()))
        self.assertNotIn("systemInstruction", body)
        self.assertEqual(_first(body["contents"]), {"role": "user", "parts": [{"text": "Be brief.\n\nHello?"}]})

    def test_requests_carry_the_key_in_a_header(self) -> None:
        self.assertEqual(Google().headers("k"), {"x-goog-api-key": "k"})
        self.assertEqual(Google().headers(None), {})

    def test_answers_are_read(self) -> None:
        parts = [{"text": "Hm.", "thought": True}, {"text": "Yes"}, {"text": "."}]
        usage = {"promptTokenCount": 5, "candidatesTokenCount": 3, "thoughtsTokenCount": 7, "cachedContentTokenCount": 2}
        candidate = {"content": {"parts": parts}, "finishReason": "STOP"}
        body = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-x"}
        said = Google().read(body)
        self.assertEqual((said.text, said.finish, said.model_version), ("Yes.", "stop", "gemini-x"))
        self.assertEqual(said.usage, Usage(5, 10, 7, 2))

    def test_answers_end_in_several_ways(self) -> None:
        for reason, finish in {"MAX_TOKENS": "length", "SAFETY": "blocked", "SPII": "blocked", "NEW": "stop"}.items():
            with self.subTest(reason):
                self.assertEqual(Google().read({"candidates": [{"finishReason": reason}]}).finish, finish)

    def test_no_candidates_are_a_block(self) -> None:
        said = Google().read({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})
        self.assertEqual((said.finish, said.raw_finish, said.usage), ("blocked", "PROHIBITED_CONTENT", Usage(None, None)))

    def test_answers_of_another_form_are_refused(self) -> None:
        with self.assertRaises(AnswerUnreadable):
            Google().read([])


class EveryWire(unittest.TestCase):
    def test_says_what_it_needs(self) -> None:
        wires: list[Wire] = [ChatCompletions(), Anthropic(), Google()]
        for wire in wires:
            self.assertTrue(wire.headers("k"))


def _first(value: Any) -> Any:
    return value[0]


def _roles(value: Any) -> list[str]:
    return [one["role"] for one in value]
