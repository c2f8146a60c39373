"""The HTTP side: one thread a connection, and connections that break when told to."""

import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from .faults import Fault
from .routing import Answer, Refusal

if TYPE_CHECKING:
    from .hub import LoopbackHub


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def __init__(self, hub: "LoopbackHub") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub
        self.stopped = False

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.stopped = True  # also for connections that are kept open
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Keep what broke; a client that hung up, or was killed, is none of it."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, ConnectionError):
            self.hub.broken.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _respond(self) -> None:
        hub = self.server.hub
        fault = hub.fault(self.command, self.path)
        number = self._receive(half=bool(fault and fault.cut == "body"))
        if number is None or self.server.stopped:
            hub.requests.append((self.command, self.path, 0))
            self._close()
            return
        if hub.on_request:
            hub.on_request(number, self.command, self.path)
        if fault and not fault.cut:
            given = _failed(fault)
        else:
            given = hub.answer(self.command, self.path, self.headers, self.body)
        self._send(given, fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _respond  # noqa: N815

    def _receive(self, half: bool) -> int | None:
        """Read the body; return the number of the request, None where it did not come in whole."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            self.body, whole = self._chunks()
        else:
            self.body = self.rfile.read(length // 2 if half else length)
            whole = len(self.body) == length
        hub = self.server.hub
        with hub.lock:
            hub.received.append(f"{self.requestline}\n{self.headers}".encode() + self.body)
            return len(hub.received) if whole and not half else None

    def _chunks(self) -> tuple[bytes, bool]:
        """Return a body that comes in chunks, and whether its end came too."""
        parts = []
        while line := self.rfile.readline():
            size = int(line.split(b";")[0], 16)
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b"".join(parts), True
        return b"".join(parts), False

    def _send(self, given: Answer, fault: Fault | None) -> None:
        cut = bool(fault and fault.cut)
        with self.server.hub.lock:
            self.server.hub.requests.append((self.command, self.path, 0 if cut else given.status))
        self.send_response_only(given.status)
        for name, value in {"Content-Length": str(len(given.body)), **given.headers}.items():
            self.send_header(name, value)
        # At once: a second small packet would wait for the first to be acknowledged.
        head = b"".join([*self._headers_buffer, b"\r\n"])
        self._headers_buffer = []
        data = head if self.command == "HEAD" else head + given.body
        self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self._close()

    def _close(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # the client was first
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


def _failed(fault: Fault) -> Answer:
    if fault.status in (502, 503, 504):
        page = b"<html><body><h1>The server is not available</h1></body></html>"
        return Answer(fault.status, {"Content-Type": "text/html", **fault.headers}, page)
    return Refusal(fault.status, message="A fault that was asked for", headers=fault.headers).answer()
