"""Requests, answers, and which function answers which request."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import LoopbackHub
    from .repos import Repo

# How a repo is named in the addresses of the API, of files and of LFS.
API = r"/api/(?P<kind>models|datasets|spaces)/(?P<repo>[^/]+/[^/]+)"
FILES = r"/(?:(?P<kind>datasets|spaces)/)?(?P<repo>[^/]+/[^/]+)"
REVISION = r"(?P<revision>[^/]+)"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Refusal(Exception):  # noqa: N818
    """A request that is answered with an error."""

    def __init__(self, status: int, code: str = "", message: str = "", headers: dict[str, str] | None = None):
        super().__init__(message or code)
        self.status, self.code, self.message = status, code, message or code
        self.headers = headers or {}

    def answer(self) -> Answer:
        said = {"X-Error-Code": self.code, "X-Error-Message": self.message}
        headers = {name: value for name, value in said.items() if value}
        return answer({"error": self.message}, self.status, **headers, **self.headers)


@dataclass
class Call:
    """One request.

    Args:
        parts: What the names of the route stand for, decoded.
        query: Name -> values.
        account: Whose token came with it.
    """

    hub: "LoopbackHub"
    method: str
    path: str
    parts: dict[str, str]
    query: dict[str, list[str]]
    headers: HTTPMessage
    body: bytes
    account: "Account | None"

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")

    @property
    def repo(self) -> "Repo":
        return self.hub.repos[self.parts["repo"]]

    def asks(self, name: str) -> bool:
        """Return whether the query switches something on."""
        return self.query.get(name, ["false"])[0].lower() in ("true", "1")


Route = Callable[[Call], Answer]
ROUTES: list[tuple[str, re.Pattern[str], str, Route]] = []


def route(method: str, pattern: str, access: str = "") -> Callable[[Route], Route]:
    """Register what answers a request; HEAD goes where GET goes.

    Args:
        access: What the account must be allowed to do with the repo of the address, see `check_access`.
    """

    def add(function: Route) -> Route:
        ROUTES.append((method, re.compile(pattern), access, function))
        return function

    return add


def answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """Return an answer in JSON."""
    return Answer(status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode())
