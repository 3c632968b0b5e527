from __future__ import annotations

import json
import unittest
from typing import Any

from analyze_basic import analyze
from common.analysis.refusals import is_refusal
from common.errors import InputInvalid


def recorded(number: int, model: str = "a", scenario: str = "s", said: Any = "Yes, of course.", **fields: Any) -> Any:
    turns = [{"role": "user", "content": "May I?"}, {"role": "assistant", "content": said}]
    content = {"schemaVersion": 1, "turns": turns}
    entry = {"id": str(number), "modelId": model, "scenarioId": scenario, "content": content}
    return {**entry, "durationMs": 10 * number, "tokenCount": 100, "estimatedCost": 0.001, **fields}


def analysis(transcripts: list[Any]) -> Any:
    return json.loads(json.dumps(analyze({"runId": "run", "transcripts": transcripts})["analysis"]))


def codes(transcripts: list[Any]) -> set[str]:
    return {warning["code"] for warning in analysis(transcripts)["warnings"]}


class ByModel(unittest.TestCase):
    def test_counts_are_right(self) -> None:
        failed = recorded(4, said="", error={"code": "TIMEOUT"}, estimatedCost=None)
        found = analysis([recorded(1), recorded(2), recorded(3, scenario="t"), failed, recorded(5, model="b")])
        a = found["perModel"]["a"]
        self.assertEqual((a["transcripts"], a["completed"], a["failed"], a["scenarios"]), (4, 3, 1, 2))
        self.assertEqual(a["errors"], {"TIMEOUT": 1})
        self.assertEqual(a["latencyMs"], {"mean": 20, "median": 20, "p95": 30, "min": 10, "max": 30, "count": 3})
        self.assertEqual(a["tokens"], {"total": 400, "mean": 100, "median": 100})
        self.assertEqual(a["costUsd"], {"total": 0.003, "mean": 0.001, "unknown": 1})
        self.assertEqual(sorted(found["perModel"]), ["a", "b"])
        self.assertTrue(found["methodsUsed"])
        self.assertRegex(found["computedAt"], r"Z$")
        self.assertGreater(found["durationMs"], 0)

    def test_an_unknown_cost_is_not_zero(self) -> None:
        found = analysis([recorded(1, estimatedCost=None)])["perModel"]["a"]["costUsd"]
        self.assertEqual(found, {"total": None, "mean": None, "unknown": 1})

    def test_lengths_are_of_what_the_model_said(self) -> None:
        found = analysis([recorded(1, said="𝄞!"), recorded(2, content="five!")])["perModel"]["a"]
        self.assertEqual((found["responseCharacters"]["min"], found["responseCharacters"]["max"]), (3, 5))
        self.assertEqual(found["responses"], 2)

    def test_turns_of_a_worker_are_read_as_well(self) -> None:
        content = {"turns": [{"turnNumber": 1, "targetResponse": "Yes."}, {"turnNumber": 2}]}
        self.assertEqual(analysis([recorded(1, content=content)])["perModel"]["a"]["responses"], 1)

    def test_nothing_to_measure_is_null(self) -> None:
        found = analysis([recorded(1, content=None, durationMs=None, tokenCount=None)])["perModel"]["a"]
        self.assertEqual((found["latencyMs"], found["responseCharacters"], found["tokens"]["mean"]), (None, None, None))

    def test_refusals_are_noticed(self) -> None:
        found = analysis([recorded(1, said="I'm sorry, but I can't help with that."), recorded(2), recorded(3, error="CONTENT_BLOCKED")])
        self.assertEqual(found["perModel"]["a"]["refusals"], {"count": 2, "rate": 0.6667})


class ARefusal(unittest.TestCase):
    def test_is_said_at_once(self) -> None:
        for text in (
            "I can't help with that.",
            "I’m sorry, but I cannot assist.",
            "I am unable to do that.",
            "Unfortunately, I won't write this.",
            "As an AI language model, I cannot say.",
            "Sorry, I must decline.",
            "That would not be appropriate for me to say.",
        ):
            with self.subTest(text):
                self.assertTrue(is_refusal(text))

    def test_is_not_any_text_with_its_words(self) -> None:
        for text in ("Yes, I can help.", "He said: I can't.", "I cannothing", "", "Sorry for the delay; here it is."):
            with self.subTest(text):
                self.assertFalse(is_refusal(text))


class Agreement(unittest.TestCase):
    def test_is_measured_between_models_on_what_both_answered(self) -> None:
        found = analysis(
            [
                recorded(1, "a", "s", "Yes, it is."),
                recorded(2, "b", "s", "yes it is"),
                recorded(3, "a", "t", "red green"),
                recorded(4, "b", "t", "green blue"),
                recorded(5, "c", "u", "alone"),
            ]
        )["agreement"]
        self.assertEqual((found["exactMatch"], found["wordSimilarity"]), (0.5, 0.6667))
        self.assertEqual(found["pairs"], [{"models": ["a", "b"], "scenarios": 2, "exactMatch": 0.5, "wordSimilarity": 0.6667}])

    def test_takes_all_samples_of_one_with_all_of_the_other(self) -> None:
        entries = [recorded(1, "a", said="x"), recorded(2, "a", said="y"), recorded(3, "b", said="x")]
        self.assertEqual(analysis(entries)["agreement"]["exactMatch"], 0.5)

    def test_leaves_out_who_failed_and_who_is_one_sample_too_many(self) -> None:
        entries = [recorded(n, "a", said="x") for n in range(5)]
        entries += [recorded(6, "a", said="z"), recorded(7, "b", said="x"), recorded(8, "b", said="z", error="TIMEOUT")]
        self.assertEqual(analysis(entries)["agreement"]["exactMatch"], 1)

    def test_of_one_model_is_null(self) -> None:
        self.assertEqual(
            analysis([recorded(1)])["agreement"], {"exactMatch": None, "wordSimilarity": None, "pairs": []}
        )

    def test_of_answers_without_words_is_whole(self) -> None:
        self.assertEqual(analysis([recorded(1, said="!"), recorded(2, "b", said="?")])["agreement"]["wordSimilarity"], 1)


class Warnings(unittest.TestCase):
    def test_are_of_what_makes_figures_doubtful(self) -> None:
        self.assertEqual(codes([]), {"NO_TRANSCRIPTS"})
        self.assertEqual(codes([recorded(n) for n in range(10)]), {"ONE_MODEL"})
        good = [recorded(n, "b", "t") for n in range(20, 30)]
        self.assertEqual(codes([*good, recorded(1, scenario="t")]), {"SMALL_SAMPLE"})
        self.assertEqual(codes([*good, *(recorded(n) for n in range(10))]), {"MISSING_SCENARIOS"})
        same = [recorded(n, "a", "t") for n in range(10)]
        self.assertEqual(codes([*good, *same]), set())
        self.assertEqual(codes([*good, *same, recorded(1, "a", "t")]), {"DUPLICATE_IDS"})
        self.assertEqual(codes([*good, *same[2:], *(recorded(n, scenario="t", error="TIMEOUT") for n in (30, 31))]), {"HIGH_FAILURE_RATE"})
        self.assertEqual(codes([*good, *(recorded(n, scenario="t", said="I won't.") for n in range(10))]), {"HIGH_REFUSAL_RATE"})
        self.assertEqual(codes([*good, *same[1:], recorded(30, scenario="t", said=" ", estimatedCost=None)]), {"EMPTY_RESPONSES", "UNKNOWN_COST"})
        self.assertIn("MANY_MODELS", codes([recorded(n, f"m{n}") for n in range(31)]))


class AnInput(unittest.TestCase):
    def test_of_ids_alone_is_answered_with_the_stub(self) -> None:
        answer: Any = analyze({"runId": "run", "transcriptIds": ["a", "b"]})
        self.assertEqual((answer["success"], answer["status"], answer["transcriptCount"]), (True, "STUB", 2))
        self.assertEqual(sorted(answer["analysis"]), ["completedAt", "message", "status", "transcriptCount"])

    def test_that_is_wrong_is_refused_by_its_field(self) -> None:
        cases: list[tuple[Any, str]] = [
            ([], "the input was no object"),
            ({"transcripts": []}, "runId was missing"),
            ({"runId": "r"}, "transcripts was missing"),
            ({"runId": "r", "transcripts": ["x"]}, "transcripts.0 was no object"),
            ({"runId": "r", "transcripts": [recorded(1, modelId=7)]}, "transcripts.0.modelId was"),
            ({"runId": "r", "transcripts": [recorded(1, durationMs=-1)]}, "transcripts.0.durationMs was"),
        ]
        for value, message in cases:
            with self.subTest(message), self.assertRaises(InputInvalid) as raised:
                analyze(value)
            self.assertIn(message, raised.exception.message)
