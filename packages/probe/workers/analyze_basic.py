"""The analysis worker: counts, latency, tokens, cost, refusals and lengths by model, agreement between models, warnings.

Input `{runId, transcripts: [{id, modelId, scenarioId, content, durationMs, tokenCount, estimatedCost, error?}]}`, output
`{success, analysis {perModel, agreement, warnings, methodsUsed, computedAt, durationMs}}`. Given only `transcriptIds` it
answers the stub shape, `{status: "STUB", message, transcriptCount, completedAt}`, at the top and as its `analysis`: there are
callers of either kind.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from common.analysis.agreement import agreement_between
from common.analysis.per_model import METHODS, summarize_models
from common.analysis.transcripts import read_transcripts
from common.analysis.warnings import warnings_about
from common.config import read_config
from common.errors import InputInvalid
from common.json_types import JsonObject, JsonValue, field, is_list, is_object
from common.logging import Log, now_iso
from common.serving import run_worker

MOST_TRANSCRIPTS = 100_000


def analyze(value: JsonValue) -> JsonObject:
    """Raises InputInvalid."""
    started = time.perf_counter()
    if not is_object(value):
        raise InputInvalid("", "no object", "an object with runId and transcripts")
    ids = field(value, "transcriptIds")
    if "transcripts" not in value and is_list(ids):
        stub = _stub(len(ids))
        return {"success": True, **stub, "analysis": stub}
    transcripts = read_transcripts(value, MOST_TRANSCRIPTS)
    per_model = summarize_models(transcripts)
    agreement = agreement_between(transcripts)
    analysis: dict[str, JsonValue] = {
        "perModel": per_model,
        "agreement": agreement,
        "warnings": list(warnings_about(transcripts)),
        "methodsUsed": list(METHODS),
        "computedAt": now_iso(),
        "durationMs": round((time.perf_counter() - started) * 1000, 3),
    }
    return {"success": True, "analysis": analysis}


def _stub(count: int) -> JsonObject:
    return {
        "status": "STUB",
        "message": "no transcripts were given, only their ids: there is nothing to analyse",
        "transcriptCount": count,
        "completedAt": now_iso(),
    }


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    return run_worker(analyze, Log("analyze_basic", debug=read_config(environment).debug), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
