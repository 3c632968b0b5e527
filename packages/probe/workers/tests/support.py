"""What tests share: a log that is kept, a provider that answers as it is told, an input."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from common.adapters.port import Message
from common.deadline import Deadline
from common.logging import Log

KEY = "sk-test-0123456789"


class KeptLog:
    """A log, and what was written to it."""

    def __init__(self, *, debug: bool = False) -> None:
        self.stream = io.BytesIO()
        self.log = Log("test", debug=debug, secrets=[KEY], stream=self.stream)

    @property
    def text(self) -> str:
        return self.stream.getvalue().decode("utf-8")

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


class FakeServer:
    """Answers each POST with the next of `replies`: a status, headers and a body; keeps what it was asked."""

    def __init__(self) -> None:
        self.replies: list[tuple[int, Mapping[str, str], bytes]] = []
        self.asked: list[tuple[str, Mapping[str, str], Any]] = []
        self.connections = 0
        # Half of the body is sent and the connection cut.
        self.cut = False
        # An answer is followed by the end of the connection, which no header says.
        self.hang_up = False
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                outer.connections += 1

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                outer.asked.append((self.path, dict(self.headers.items()), json.loads(content)))
                if not outer.replies:
                    outer.released.wait(30)
                    self.close_connection = True
                    return
                status, headers, body = outer.replies.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if outer.cut else body)
                self.close_connection = outer.cut or outer.hang_up

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                # A client that has gone away is what some tests are about.
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def will_say(self, body: object, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else json.dumps(body).encode("utf-8")
        self.replies.append((status, named, content))

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


def chat(text: str | None = "Good day.", **fields: Any) -> dict[str, Any]:
    """A chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 3}
    return {"model": "gpt-4o-2026-01-01", "choices": [{**choice, **fields.pop("choice", {})}], "usage": usage, **fields}


def worker_input(**fields: Any) -> dict[str, Any]:
    scenario = {"preamble": "Be brief.", "prompt": "Hello?", "followups": [{"label": "more", "prompt": "And then?"}]}
    return {
        "runId": "run",
        "scenarioId": "scenario",
        "modelId": "gpt-4o",
        "scenario": scenario,
        "config": {"temperature": 0.5, "maxTokens": 100, "maxTurns": 3},
        **fields,
    }


def ample() -> Deadline:
    return Deadline(60_000)


HELLO = [Message("user", "Hello?")]
