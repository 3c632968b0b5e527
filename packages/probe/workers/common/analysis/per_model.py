"""Counts, latency, tokens, cost, refusals and lengths of what each model said."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from common.analysis import refusals
from common.analysis.transcripts import Recorded
from common.json_types import JsonObject, JsonValue
from common.tokens import utf16_length

METHODS = (
    "distributions: mean, median, nearest-rank 95th percentile",
    refusals.METHOD,
    "agreement: exact match, and Jaccard index of the words of the last answers",
)
# Digits after the point of means and rates.
DIGITS = 4
COST_DIGITS = 8


def by_model(transcripts: Sequence[Recorded]) -> dict[str, list[Recorded]]:
    """In the order of their ids."""
    found: dict[str, list[Recorded]] = {}
    for one in transcripts:
        found.setdefault(one.model_id, []).append(one)
    return dict(sorted(found.items()))


def summarize_models(transcripts: Sequence[Recorded]) -> JsonObject:
    return {model: _summary(own) for model, own in by_model(transcripts).items()}


def refused_count(transcripts: Sequence[Recorded]) -> int:
    """Conversations in which the model declined at least once, or the provider withheld its answer."""
    return sum(1 for one in transcripts if _is_refused(one))


def _is_refused(one: Recorded) -> bool:
    return one.error == refusals.BLOCKED or any(refusals.is_refusal(said) for said in one.responses)


def _summary(own: Sequence[Recorded]) -> JsonObject:
    well = [one for one in own if one.error is None]
    errors: dict[str, JsonValue] = {}
    for code in sorted({one.error for one in own if one.error is not None}):
        errors[code] = sum(1 for one in own if one.error == code)
    costs = [one.cost for one in own if one.cost is not None]
    tokens = [one.tokens for one in own if one.tokens is not None]
    refused = refused_count(own)
    return {
        "transcripts": len(own),
        "completed": len(well),
        "failed": len(own) - len(well),
        "errors": errors,
        "scenarios": len({one.scenario_id for one in own}),
        "responses": sum(len(one.responses) for one in own),
        "latencyMs": _distribution([one.duration_ms for one in well if one.duration_ms is not None]),
        "tokens": {"total": sum(tokens), **_spread(tokens)},
        # Unknown prices are counted, never taken for zero.
        "costUsd": {
            "total": round(sum(costs), COST_DIGITS) if costs else None,
            "mean": round(statistics.fmean(costs), COST_DIGITS) if costs else None,
            "unknown": len(own) - len(costs),
        },
        "refusals": {"count": refused, "rate": round(refused / len(own), DIGITS)},
        "responseCharacters": _distribution([utf16_length(said) for one in own for said in one.responses]),
    }


def _spread(values: Sequence[float]) -> JsonObject:
    return {
        "mean": round(statistics.fmean(values), DIGITS) if values else None,
        "median": statistics.median(values) if values else None,
    }


def _distribution(values: Sequence[float]) -> JsonObject | None:
    """None where there is nothing to tell of."""
    if not values:
        return None
    ordered = sorted(values)
    rank = -(-95 * len(ordered) // 100)
    return {**_spread(ordered), "p95": ordered[rank - 1], "min": ordered[0], "max": ordered[-1], "count": len(ordered)}
