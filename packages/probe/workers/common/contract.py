"""What a probe worker is given, checked, with the defaults filled in. The bounds are those of src/worker-contract/limits.ts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from common.errors import InputInvalid
from common.json_types import JsonValue, dump_json, field, is_list, is_object, number_of, whole_of
from common.tokens import utf16_length

LONGEST_PROMPT = 500_000
LONGEST_PREAMBLE = 500_000
LONGEST_LABEL = 200
LONGEST_ID = 200
MOST_FOLLOWUPS = 100
MOST_TURNS = 100
MOST_OUTPUT_TOKENS = 200_000
FIRST_LABEL = "scenario_prompt"
DEFAULT_MAX_TOKENS = 1_024
DEFAULT_MAX_TURNS = 10
MODEL_CONFIG_VALUES = {
    "temperature": ("send", "omit"),
    "maxTokensParameter": ("max_tokens", "max_completion_tokens"),
    "preamble": ("system", "developer", "prepend"),
}
# Of a wrong value, quoted in a message.
QUOTED_CHARACTERS = 60


@dataclass(frozen=True)
class Prompt:
    label: str
    text: str


@dataclass(frozen=True)
class WorkerInput:
    run_id: str
    scenario_id: str
    model_id: str
    model_version: str | None
    preamble: str
    # The first prompt and the followups, all of them.
    prompts: tuple[Prompt, ...]
    temperature: float | None
    max_tokens: int
    max_turns: int
    model_config: Mapping[str, str]

    @property
    def turns(self) -> tuple[Prompt, ...]:
        """Followups are cut to `maxTurns - 1`."""
        return self.prompts[: self.max_turns]

    @property
    def asked_model(self) -> str:
        """The version where one is given, of the same provider as the id."""
        if self.model_version is None:
            return self.model_id
        prefix, colon, _ = self.model_id.partition(":")
        provider = f"{prefix}{colon}" if colon else ""
        return self.model_version if self.model_version.startswith(provider) else f"{provider}{self.model_version}"


def read_input(value: JsonValue) -> WorkerInput:
    """Unknown fields are ignored. Raises InputInvalid, which names the field, what it was and what it may be."""
    _object(value, "")
    scenario = _object(field(value, "scenario"), "scenario")
    config = _object(field(value, "config"), "config")
    followups = scenario.get("followups", [])
    if not is_list(followups) or len(followups) > MOST_FOLLOWUPS:
        raise _invalid("scenario.followups", followups, f"a list of at most {MOST_FOLLOWUPS} entries")
    prompts = [Prompt(FIRST_LABEL, _prompt(scenario.get("prompt"), "scenario.prompt"))]
    for index, followup in enumerate(followups):
        path = f"scenario.followups.{index}"
        _object(followup, path)
        label = _text(field(followup, "label"), f"{path}.label", 1, LONGEST_LABEL)
        prompts.append(Prompt(_without_nul(label, f"{path}.label"), _prompt(field(followup, "prompt"), f"{path}.prompt")))
    version = field(value, "modelVersion")
    preamble = _text(scenario.get("preamble", ""), "scenario.preamble", 0, LONGEST_PREAMBLE)
    _check_cost(field(value, "modelCost"))
    return WorkerInput(
        run_id=_text(field(value, "runId"), "runId", 0, LONGEST_ID),
        scenario_id=_text(field(value, "scenarioId"), "scenarioId", 0, LONGEST_ID),
        model_id=_text(field(value, "modelId"), "modelId", 1, LONGEST_ID),
        model_version=None if version is None else _text(version, "modelVersion", 1, LONGEST_ID),
        preamble=_without_nul(preamble, "scenario.preamble"),
        prompts=tuple(prompts),
        temperature=_temperature(config.get("temperature")),
        max_tokens=_whole(config.get("maxTokens", DEFAULT_MAX_TOKENS), "config.maxTokens", MOST_OUTPUT_TOKENS),
        max_turns=_whole(config.get("maxTurns", DEFAULT_MAX_TURNS), "config.maxTurns", MOST_TURNS),
        model_config=_model_config(field(value, "modelConfig")),
    )


def _object(value: JsonValue, path: str) -> Mapping[str, JsonValue]:
    if not is_object(value):
        raise _invalid(path, value, "an object")
    return value


def _text(value: JsonValue, path: str, shortest: int, longest: int) -> str:
    if not isinstance(value, str):
        raise _invalid(path, value, "a text")
    length = utf16_length(value)
    if not shortest <= length <= longest:
        raise InputInvalid(path, f"a text of {length} characters", f"one of {shortest} to {longest}")
    return value


def _without_nul(text: str, path: str) -> str:
    if "\0" in text:
        raise InputInvalid(path, "a text with the NUL character", "one without it")
    return text


def _prompt(value: JsonValue, path: str) -> str:
    text = _without_nul(_text(value, path, 0, LONGEST_PROMPT), path)
    if text.strip() == "":
        raise InputInvalid(path, "blank", f"a text of 1 to {LONGEST_PROMPT} characters")
    return text


def _whole(value: JsonValue, path: str, most: int) -> int:
    number = whole_of(value)
    if number is None or not 1 <= number <= most:
        raise _invalid(path, value, f"a whole number from 1 to {most}")
    return number


def _temperature(value: JsonValue) -> float | None:
    if value is None:
        return None
    number = number_of(value)
    if number is None or not 0 <= number <= 2:
        raise _invalid("config.temperature", value, "a number from 0 to 2")
    return number


def _model_config(value: JsonValue) -> Mapping[str, str]:
    if value is None:
        return {}
    found: dict[str, str] = {}
    for name, allowed in MODEL_CONFIG_VALUES.items():
        chosen = _object(value, "modelConfig").get(name)
        if chosen is None:
            continue
        if not isinstance(chosen, str) or chosen not in allowed:
            raise _invalid(f"modelConfig.{name}", chosen, " or ".join(allowed))
        found[name] = chosen
    return found


def _check_cost(value: JsonValue) -> None:
    """What it costs is counted by whoever started the worker; a wrong price is refused all the same."""
    if value is None:
        return
    for name in ("inputPerMillion", "outputPerMillion"):
        price = _object(value, "modelCost").get(name)
        number = number_of(price)
        if number is None or not 0 <= number < math.inf:
            raise _invalid(f"modelCost.{name}", price, "a number of 0 or more")


def _invalid(path: str, value: JsonValue, may_be: str) -> InputInvalid:
    if value is None:
        return InputInvalid(path, "missing", may_be)
    text = dump_json(value).decode("utf-8") if not isinstance(value, str) else f'"{value}"'
    return InputInvalid(path, f"{text[:QUOTED_CHARACTERS]}…" if len(text) > QUOTED_CHARACTERS else text, may_be)
