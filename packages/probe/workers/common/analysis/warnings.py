"""What a reader of the figures should know before he believes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from common.analysis.agreement import MOST_MODELS
from common.analysis.per_model import by_model, refused_count
from common.analysis.transcripts import Recorded
from common.json_types import JsonObject, JsonValue

# Fewer say little about a model.
SMALL_SAMPLE = 10
HIGH_FAILURE_RATE = 0.1
HIGH_REFUSAL_RATE = 0.5


def warnings_about(transcripts: Sequence[Recorded]) -> Iterator[JsonObject]:
    """Each `{code, message}` and, where it is about one, `modelId`."""
    if not transcripts:
        yield _warning("NO_TRANSCRIPTS", "there are no transcripts to analyse")
        return
    models = by_model(transcripts)
    scenarios = {one.scenario_id for one in transcripts}
    if len(models) == 1:
        yield _warning("ONE_MODEL", "only one model answered: there is no agreement to measure")
    if len(models) > MOST_MODELS:
        yield _warning("MANY_MODELS", f"agreement is measured between the first {MOST_MODELS} of {len(models)} models")
    if len({one.id for one in transcripts}) < len(transcripts):
        yield _warning("DUPLICATE_IDS", "some transcripts have the same id and are counted more than once")
    for model, own in models.items():
        yield from _about_model(model, own, scenarios)


def _about_model(model: str, own: Sequence[Recorded], scenarios: set[str]) -> Iterator[JsonObject]:
    count = len(own)
    if count < SMALL_SAMPLE:
        yield _warning("SMALL_SAMPLE", f"{model}: only {count} transcripts, fewer than {SMALL_SAMPLE}", model)
    failed = sum(1 for one in own if one.error is not None)
    if failed / count > HIGH_FAILURE_RATE:
        yield _warning("HIGH_FAILURE_RATE", f"{model}: {failed} of {count} conversations failed", model)
    refused = refused_count(own)
    if refused / count > HIGH_REFUSAL_RATE:
        yield _warning("HIGH_REFUSAL_RATE", f"{model}: refused in {refused} of {count} conversations", model)
    missing = len(scenarios - {one.scenario_id for one in own})
    if missing:
        yield _warning("MISSING_SCENARIOS", f"{model}: has no transcript of {missing} of {len(scenarios)} scenarios", model)
    unpriced = sum(1 for one in own if one.cost is None)
    if unpriced:
        yield _warning("UNKNOWN_COST", f"{model}: the cost of {unpriced} of {count} transcripts is unknown", model)
    silent = sum(1 for one in own if one.error is None and not any(said.strip() for said in one.responses))
    if silent:
        yield _warning("EMPTY_RESPONSES", f"{model}: {silent} conversations hold no answer", model)


def _warning(code: str, message: str, model: str | None = None) -> JsonObject:
    found: dict[str, JsonValue] = {"code": code, "message": message}
    if model is not None:
        found["modelId"] = model
    return found
