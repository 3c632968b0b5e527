"""How far models say the same about the same scenario: the last answers of each, compared two models at a time."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product

from common.analysis.transcripts import Recorded
from common.json_types import JsonObject, JsonValue

# Of one model on one scenario; more would be compared with each other without end.
MOST_SAMPLES = 5
MOST_MODELS = 30
DIGITS = 4
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Last:
    text: str
    words: frozenset[str]


def agreement_between(transcripts: Sequence[Recorded]) -> JsonObject:
    """Overall and by pair; null where no two models have answered the same scenario."""
    answers = _last_answers(transcripts)
    models = sorted({model for model, _ in answers})[:MOST_MODELS]
    pairs: list[JsonValue] = []
    similarities: list[float] = []
    matches: list[float] = []
    for first, second in combinations(models, 2):
        shared = sorted({scenario for model, scenario in answers if model == first and (second, scenario) in answers})
        if not shared:
            continue
        compared = [_compare(answers[first, scenario], answers[second, scenario]) for scenario in shared]
        exact = [match for match, _ in compared]
        similar = [similarity for _, similarity in compared]
        matches.extend(exact)
        similarities.extend(similar)
        pairs.append(
            {
                "models": [first, second],
                "scenarios": len(shared),
                "exactMatch": _mean(exact),
                "wordSimilarity": _mean(similar),
            }
        )
    return {"exactMatch": _mean(matches), "wordSimilarity": _mean(similarities), "pairs": pairs}


def _last_answers(transcripts: Sequence[Recorded]) -> dict[tuple[str, str], list[Last]]:
    found: dict[tuple[str, str], list[Last]] = {}
    for one in transcripts:
        samples = found.setdefault((one.model_id, one.scenario_id), []) if one.error is None and one.responses else None
        if samples is not None and len(samples) < MOST_SAMPLES:
            words = WORD.findall(one.responses[-1].casefold())
            samples.append(Last(" ".join(words), frozenset(words)))
    return found


def _compare(first: Sequence[Last], second: Sequence[Last]) -> tuple[float, float]:
    """The share of equal answers and the mean similarity, over all samples of one with all of the other."""
    pairs = list(islice(product(first, second), MOST_SAMPLES * MOST_SAMPLES))
    exact = statistics.fmean(1.0 if one.text == other.text else 0.0 for one, other in pairs)
    return exact, statistics.fmean(_jaccard(one.words, other.words) for one, other in pairs)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words over all words of both. Two answers without words are the same."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _mean(values: Sequence[float]) -> float | None:
    return round(statistics.fmean(values), DIGITS) if values else None
