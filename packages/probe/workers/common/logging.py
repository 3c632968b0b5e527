"""Log and progress lines: one JSON object a line on stderr, without secrets."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import BinaryIO

from common.json_types import JsonObject, JsonValue, dump_json, is_list, is_object

REDACTED = "[redacted]"
LEVELS = ("debug", "info", "warn", "error")


class Log:
    """Writes lines of one part of the worker; `of` gives the log of another part."""

    def __init__(
        self,
        context: str,
        *,
        debug: bool = False,
        secrets: Sequence[str] = (),
        stream: BinaryIO | None = None,
    ) -> None:
        self._context = context
        self._debug = debug
        # The longer one first: a secret may be part of another.
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._stream = stream

    def of(self, context: str) -> Log:
        return Log(context, debug=self._debug, secrets=self._secrets, stream=self._stream)

    def debug(self, msg: str, **fields: JsonValue) -> None:
        """Written only when PYTHON_WORKER_DEBUG is set."""
        if self._debug:
            self._log("debug", msg, fields)

    def info(self, msg: str, **fields: JsonValue) -> None:
        self._log("info", msg, fields)

    def warn(self, msg: str, **fields: JsonValue) -> None:
        self._log("warn", msg, fields)

    def error(self, msg: str, **fields: JsonValue) -> None:
        self._log("error", msg, fields)

    def progress(self, event: str, **fields: JsonValue) -> None:
        self._write({"type": "progress", "event": event, **fields})

    def redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return text

    def _log(self, level: str, msg: str, fields: Mapping[str, JsonValue]) -> None:
        self._write({"level": level, "time": now_iso(), "context": self._context, "msg": msg, **fields})

    def _write(self, line: JsonObject) -> None:
        stream = sys.stderr.buffer if self._stream is None else self._stream
        try:
            stream.write(dump_json(self._redacted(line)) + b"\n")
            stream.flush()
        except (BrokenPipeError, ValueError):
            # Nobody reads it any more; the answer matters more than its log.
            pass

    def _redacted(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self.redact(value)
        if is_object(value):
            return {name: self._redacted(one) for name, one in value.items()}
        if is_list(value):
            return [self._redacted(one) for one in value]
        return value


def now_iso() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
