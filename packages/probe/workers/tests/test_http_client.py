from __future__ import annotations

import http.client
import socket
import unittest

from common import http_client
from common.deadline import Deadline
from common.errors import WorkerError
from common.http_client import HttpClient, Response, open_connection
from tests.support import FakeServer, ample


class AgainstAServer(unittest.TestCase):
    def setUp(self) -> None:
        self.server = FakeServer()
        self.client = HttpClient()
        self.addCleanup(self.server.close)
        self.addCleanup(self.client.close)

    def post(self, deadline: Deadline | None = None) -> Response:
        url = f"{self.server.origin}/v1/x"
        return self.client.post("OpenAI", url, {"x-key": "k"}, b"{}", deadline or ample(), address_variable="OPENAI_BASE_URL")

    def refused(self, code: str, deadline: Deadline | None = None) -> WorkerError:
        with self.assertRaises(WorkerError) as raised:
            self.post(deadline)
        self.assertEqual(raised.exception.code, code)
        return raised.exception

    def test_an_answer_of_any_status_is_an_answer(self) -> None:
        self.server.will_say({"a": 1}, 200, X_Thing="yes")
        self.server.will_say({"error": "no"}, 503)
        first = self.post()
        self.assertEqual((first.status, first.body, first.headers["x-thing"]), (200, b'{"a": 1}', "yes"))
        self.assertEqual(self.post().status, 503)
        self.assertEqual([path for path, _, _ in self.server.asked], ["/v1/x", "/v1/x"])
        self.assertEqual(self.server.asked[0][1]["x-key"], "k")

    def test_one_connection_serves_many_calls(self) -> None:
        for _ in range(3):
            self.server.will_say({})
            self.post()
        self.assertEqual(self.server.connections, 1)

    def test_a_connection_that_the_server_ended_is_replaced(self) -> None:
        self.server.hang_up = True
        for _ in range(2):
            self.server.will_say({})
            self.post()
            kept = next(iter(self.client._open.values()))  # pyright: ignore[reportPrivateUsage]
            assert kept.sock is not None
            # Its end is on the way: it is waited for, as an idle worker would have.
            kept.sock.settimeout(30)
            self.assertEqual(kept.sock.recv(1, socket.MSG_PEEK), b"")
        self.assertEqual((self.server.connections, len(self.server.asked)), (2, 2))

    def test_an_announced_end_of_the_connection_is_obeyed(self) -> None:
        self.server.will_say({}, 200, connection="close")
        self.server.will_say({})
        self.post()
        self.post()
        self.assertEqual(self.server.connections, 2)

    def test_an_answer_that_is_cut_off_is_a_network_error(self) -> None:
        self.server.cut = True
        self.server.will_say({"a": "x" * 1000})
        self.assertIn("closed in the middle of the body", self.refused("NETWORK_ERROR").message)

    def test_silence_is_a_timeout(self) -> None:
        self.assertIn("OpenAI did not answer in time", self.refused("TIMEOUT", Deadline(100)).message)

    def test_no_time_left_is_a_timeout_without_a_call(self) -> None:
        self.refused("TIMEOUT", Deadline(0))
        self.assertEqual(self.server.asked, [])

    def test_an_answer_without_end_is_cut_off(self) -> None:
        original = http_client.LARGEST_ANSWER
        try:
            setattr(http_client, "LARGEST_ANSWER", 1000)
            self.server.will_say(b"x" * 200_000)
            self.assertIn("over 1000 bytes", self.refused("INVALID_RESPONSE").message)
        finally:
            setattr(http_client, "LARGEST_ANSWER", original)


class WithoutAServer(unittest.TestCase):
    def test_nobody_there_is_a_network_error_that_names_the_place(self) -> None:
        free = socket.create_server(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        with self.assertRaises(WorkerError) as raised:
            HttpClient().post("OpenAI", f"http://127.0.0.1:{port}", {}, b"", ample(), address_variable="OPENAI_BASE_URL")
        self.assertEqual(raised.exception.code, "NETWORK_ERROR")
        self.assertIn(f"OpenAI cannot be reached at 127.0.0.1:{port}", raised.exception.message)
        self.assertIn("; OPENAI_BASE_URL sets its address", raised.exception.message)

    def test_an_error_without_words_is_named(self) -> None:
        def connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
            raise ConnectionAbortedError

        with self.assertRaisesRegex(WorkerError, "ConnectionAbortedError"):
            HttpClient(connect).post("OpenAI", "http://h", {}, b"", ample(), address_variable="OPENAI_BASE_URL")

    def test_https_checks_certificates(self) -> None:
        connection = open_connection("https", "localhost", 443)
        self.assertIsInstance(connection, http.client.HTTPSConnection)
        self.assertEqual(getattr(connection, "_context").verify_mode.name, "CERT_REQUIRED")
        self.assertNotIsInstance(open_connection("http", "localhost", 80), http.client.HTTPSConnection)
