"""A server of replies and pictures on the loopback interface that does what a test says, well or badly."""

import base64
import email
import email.policy
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/json"


@dataclass(frozen=True)
class Says:
    """An answer.

    Args:
        body: What is sent; a dict as JSON.
        sends: How much of the announced body is really sent: all, half of it, or no answer at all.
        each_s: Waited before each byte of the body.
    """

    body: Any = b""
    status: int = 200
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    sends: str = "all"
    each_s: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request as it came in; of a form the body has texts, and files as (name of the file, type, bytes)."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


def chat(content: Any = "a reply", *, finish: str = "stop", tokens: Any = (10, 5), **message: Any) -> Says:
    """Return a good answer, or nearly one."""
    said = {"role": "assistant", "content": content, **message}
    body: dict[str, Any] = {"choices": [{"index": 0, "message": said, "finish_reason": finish}]}
    if tokens:
        body["usage"] = {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        }
    return Says(body)


def picture(data: bytes) -> Says:
    """Return an answer with the bytes of a picture, as OpenAI has it."""
    return Says({"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]})


def tops(*pairs: tuple[Any, Any], content: str = "?") -> Says:
    """Return an answer with the log probabilities of the first token."""
    says = chat(content)
    top = [{"token": token, "logprob": logprob, "bytes": None} for token, logprob in pairs]
    says.body["choices"][0]["logprobs"] = {
        "content": [{"token": content, "logprob": 0.0, "top_logprobs": top}]
    }
    return says


def error(status: int, message: str = "no", **headers: str) -> Says:
    """Return an error as servers word it."""
    return Says({"error": {"message": message, "type": "x"}}, status, headers=headers)


class MisbehavingServer:
    """A server for a `with` block.

    Args:
        answer: Called with the number of the request, from 0, and the request.

    Attributes:
        asked: All requests in order of arrival.
        most_at_once: The largest number of requests that were open at a time.
        url: What goes into a spec.
    """

    def __init__(self, answer: Callable[[int, Asked], Says]) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._open, self._lock, self._answer = 0, threading.Lock(), answer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @classmethod
    def in_turn(cls, *answers: Says) -> "MisbehavingServer":
        """Return a server that gives each answer once, then the last one for ever."""
        return cls(lambda number, asked: answers[min(number, len(answers) - 1)])

    def __enter__(self) -> "MisbehavingServer":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Says:
        """Return what is said to a request, after its delay."""
        with self._lock:
            number = len(self.asked)
            self.asked.append(asked)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        try:
            says = self._answer(number, asked)
            time.sleep(says.delay_s)
            return says
        finally:
            with self._lock:
                self._open -= 1


def _form(headers: dict[str, str], data: bytes) -> dict[str, Any]:
    head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
    form: dict[str, Any] = {}
    for part in email.message_from_bytes(head + data, policy=email.policy.HTTP).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        file = part.get_filename()
        form[name] = content.decode() if file is None else (file, part.get_content_type(), content)
    return form


def _handler(server: MisbehavingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and body go out apart, and 40 ms would lie between them

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = _form(headers, data) if "multipart" in headers["content-type"] else json.loads(data)
            says = server.answer(Asked(self.path, headers, body, time.monotonic()))
            try:
                self._send(says)
            except (BrokenPipeError, ConnectionResetError):  # the client has gone
                self.close_connection = True

        def _send(self, says: Says) -> None:
            body = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
            self.close_connection = says.sends != "all"
            if says.sends == "nothing":
                return
            self.send_response(says.status)
            for name, value in {
                "Content-Type": says.kind,
                "Content-Length": len(body),
                **says.headers,
            }.items():
                self.send_header(name, str(value))
            self.end_headers()
            sent = body if says.sends == "all" else body[: len(body) // 2]
            if not says.each_s:
                self.wfile.write(sent)
            for byte in sent if says.each_s else b"":
                time.sleep(says.each_s)
                self.wfile.write(bytes([byte]))

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler
