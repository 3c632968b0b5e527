"""Runs the unit tests and measures the lines that they reach, with the standard library alone.

Exit code 1 where a test fails or a group of files is below its bound. stdout is one JSON object with the figures.
"""

from __future__ import annotations

import json
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Percent of lines; every file is in the first group that it fits.
GROUPS = {
    "errors": (100.0, ("common/errors.py",)),
    "probe": (90.0, ("probe.py", "common/conversation.py", "common/contract.py", "common/serving.py", "common/config.py")),
    "adapters": (85.0, ("common/adapters/*.py", "common/http_client.py", "common/wait_hint.py", "common/retry.py")),
    "analysis": (85.0, ("analyze_basic.py", "common/analysis/*.py")),
    "rest": (85.0, ("health_check.py", "common/*.py")),
}


class LineTracer:
    """Records the lines of our own files that are run."""

    def __init__(self) -> None:
        self.lines: dict[str, set[int]] = {}

    def __call__(self, frame: FrameType, event: str, argument: Any) -> LineTracer | None:
        name = frame.f_code.co_filename
        if not name.startswith(str(ROOT)) or "/tests/" in name:
            return None
        self.lines.setdefault(name, set()).add(frame.f_lineno)
        return self


def executable_lines(path: Path) -> set[int]:
    """All lines that have code, but for those that only run when the file is the program."""
    source = path.read_text("utf-8")
    guard = source.find('\nif __name__ == "__main__":')
    last = len(source.splitlines()) if guard < 0 else source[: guard + 1].count("\n")
    return {line for line in _lines_of(compile(source, str(path), "exec")) if 0 < line <= last}


def _lines_of(code: CodeType) -> Iterator[int]:
    for _, _, line in code.co_lines():
        if line is not None:
            yield line
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lines_of(constant)


def measure(tracer: LineTracer) -> dict[str, dict[str, Any]]:
    left = {path for pattern in ("*.py", "common/**/*.py") for path in ROOT.glob(pattern)}
    figures: dict[str, dict[str, Any]] = {}
    for name, (bound, patterns) in GROUPS.items():
        files = sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path in left)
        left -= set(files)
        reached = lines = 0
        missed: dict[str, list[int]] = {}
        for path in files:
            expected = executable_lines(path)
            unmet = expected - tracer.lines.get(str(path), set())
            reached += len(expected) - len(unmet)
            lines += len(expected)
            if unmet:
                missed[str(path.relative_to(ROOT))] = sorted(unmet)
        percent = 100 * reached / lines if lines else 0.0
        figures[name] = {"percent": round(percent, 1), "bound": bound, "lines": lines, "missed": missed}
    if left:
        raise AssertionError(f"no group measures {sorted(str(path) for path in left)}")
    return figures


def main() -> int:
    sys.path.insert(0, str(ROOT))
    tracer = LineTracer()
    sys.settrace(tracer)
    try:
        suite = unittest.defaultTestLoader.discover(str(ROOT / "tests"), top_level_dir=str(ROOT))
        result = unittest.TextTestRunner(stream=sys.stderr, verbosity=1).run(suite)
    finally:
        sys.settrace(None)
    figures = measure(tracer)
    below = [name for name, one in figures.items() if one["percent"] < one["bound"]]
    print(json.dumps({"tests": result.testsRun, "passed": result.wasSuccessful(), "coverage": figures, "below": below}))
    return 0 if result.wasSuccessful() and result.testsRun > 0 and not below else 1


if __name__ == "__main__":
    sys.exit(main())
