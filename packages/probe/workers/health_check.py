"""Whether this Python can run the workers: its version, packages, which keys are there. `python3 health_check.py < /dev/null`

Answers `{success, health: {python, executable, packages, keys, warnings, notes}}`; a key's value is never part of it. Written so that an
old Python can run it, up to where it says that it is too old.
"""

import json
import sys

OLDEST = (3, 10)


def refusal(message: str) -> str:
    error = {"message": message, "code": "VALIDATION_ERROR", "retryable": False}
    return json.dumps({"success": False, "error": error})


if sys.version_info < OLDEST:
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.stdout.write(refusal("Python is %s; it may be %d.%d or later" % ((found,) + OLDEST)) + "\n")
    sys.exit(0)

import importlib.util  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
from collections.abc import Mapping  # noqa: E402

from common.config import read_config  # noqa: E402
from common.errors import WorkerError  # noqa: E402
from common.json_types import JsonObject, JsonValue, is_object  # noqa: E402
from common.logging import Log  # noqa: E402
from common.serving import run_worker  # noqa: E402
from common.tables import failures, providers, quirks  # noqa: E402

REQUIRED = ("http.client", "json", "ssl")
OPTIONAL = {"tiktoken": "tokens of OpenAI models that a provider does not count are estimated at four characters each"}


def check_health(value: JsonValue, environment: Mapping[str, str]) -> JsonObject:
    """`value` may be `{"keys": [names]}`: the variables that will be given to workers though this process has them not."""
    read_config(environment)
    # What is wrong with the tables shows here and not in the middle of a run.
    tables = {"providers": len(providers()), "quirks": len(quirks()), "failures": len(failures())}
    missing = [name for name in REQUIRED if not _is_installed(name)]
    if missing:
        raise WorkerError("VALIDATION_ERROR", f"this Python lacks {', '.join(missing)}, which the workers need")
    given = value.get("keys") if is_object(value) else None
    names = {name for name in given if isinstance(name, str)} if isinstance(given, (list, tuple)) else set[str]()
    keys = {
        one.key_variable: bool(environment.get(one.key_variable, "").strip()) or one.key_variable in names
        for one in providers()
    }
    packages = {name: _is_installed(name) for name in OPTIONAL}
    notes = [f"{name} is not installed: {what}" for name, what in OPTIONAL.items() if not packages[name]]
    warnings = list[str]()
    if not any(keys.values()):
        warnings.append(f"no provider has a key; set one of {', '.join(keys)}")
    health: dict[str, JsonValue] = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "packages": packages,
        "keys": keys,
        "tables": tables,
        "warnings": warnings,
        # What it can do without.
        "notes": notes,
    }
    return {"success": True, "health": health}


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    return run_worker(lambda value: check_health(value, environment), Log("health_check"), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
