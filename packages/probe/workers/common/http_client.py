"""One POST of JSON over a connection that is kept for the next one. No redirects: a key must not follow one to another host."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from common.deadline import Deadline
from common.errors import WorkerError

# Bytes of an answer; the longest that a model writes is a few hundred kilobytes.
LARGEST_ANSWER = 16 * 1024 * 1024
CHUNK = 65_536
CONNECT_TIMEOUT_SECONDS = 10.0

Connection = http.client.HTTPConnection


@dataclass(frozen=True)
class Response:
    status: int
    # By lower-case names.
    headers: Mapping[str, str]
    body: bytes


def open_connection(scheme: str, host: str, port: int | None) -> Connection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port)


class HttpClient:
    """Owns one connection per origin. Leaves to its user what a status means, and trying again."""

    def __init__(self, connect: Callable[[str, str, int | None], Connection] = open_connection) -> None:
        self._connect = connect
        self._open: dict[str, Connection] = {}

    def post(
        self,
        title: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        deadline: Deadline,
        *,
        address_variable: str,
    ) -> Response:
        """Raises WorkerError NETWORK_ERROR, TIMEOUT or INVALID_RESPONSE; every status is a response."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        path = parts.path or "/"
        try:
            return self._exchange(origin, path, headers, body, deadline, title)
        except TimeoutError as error:
            self._drop(origin)
            raise WorkerError("TIMEOUT", f"{title} did not answer in time") from error
        except (OSError, http.client.HTTPException) as error:
            self._drop(origin)
            raise WorkerError(
                "NETWORK_ERROR",
                f"{title} cannot be reached at {parts.netloc}, or broke off its answer: {_reason(error)}; "
                f"{address_variable} sets its address",
            ) from error
        except BaseException:
            self._drop(origin)
            raise

    def close(self) -> None:
        for origin in list(self._open):
            self._drop(origin)

    def _exchange(
        self, origin: str, path: str, headers: Mapping[str, str], body: bytes, deadline: Deadline, title: str
    ) -> Response:
        connection = self._kept(origin) or self._connected(origin, deadline)
        self._open[origin] = connection
        _limit(connection, deadline)
        connection.request("POST", path, body, dict(headers))
        _limit(connection, deadline)
        answer = connection.getresponse()
        content = _read(connection, answer, deadline, title)
        if answer.will_close:
            self._drop(origin)
        return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def _kept(self, origin: str) -> Connection | None:
        """The kept connection, unless the server has closed it meanwhile: then there is an end to be read from it."""
        connection = self._open.get(origin)
        if connection is None or connection.sock is None:
            return None
        readable, _, _ = select.select([connection.sock], [], [], 0)
        if not readable:
            return connection
        self._drop(origin)
        return None

    def _connected(self, origin: str, deadline: Deadline) -> Connection:
        parts = urlsplit(origin)
        connection = self._connect(parts.scheme, parts.hostname or "", parts.port)
        connection.timeout = min(CONNECT_TIMEOUT_SECONDS, deadline.seconds_left())
        connection.connect()
        if connection.sock is not None:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _drop(self, origin: str) -> None:
        connection = self._open.pop(origin, None)
        if connection is not None:
            connection.close()


def _limit(connection: Connection, deadline: Deadline) -> None:
    """A socket's timeout holds for one operation: it is set anew before each."""
    if connection.sock is not None:
        connection.sock.settimeout(deadline.seconds_left())


def _read(connection: Connection, answer: http.client.HTTPResponse, deadline: Deadline, title: str) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        _limit(connection, deadline)
        chunk = answer.read1(CHUNK)
        if not chunk:
            break
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise WorkerError(
                "INVALID_RESPONSE", f"the answer of {title} has over {LARGEST_ANSWER} bytes, which no model writes"
            )
        chunks.append(chunk)
    # read1 ends like a whole body where the connection was closed in the middle of it.
    if answer.length:
        raise http.client.IncompleteRead(b"".join(chunks), answer.length)
    # Without it the connection would not take the next request: read1 leaves an answer open whose body is read.
    answer.close()
    return b"".join(chunks)


def _reason(error: BaseException) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was closed in the middle of the body"
    return str(error) or type(error).__name__
