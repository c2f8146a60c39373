"""The Hub itself: what it holds, and what tests ask of it."""

import threading
from collections.abc import Callable, Mapping
from http.client import HTTPMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from . import cards, content, lfs_files, refs, search, settings, uploads  # noqa: F401  (their routes)
from .accounts import USER, Account, check_access, known_account, no_such_repo
from .faults import Fault, how_to_cut
from .repos import MAIN, Commit, Repo
from .routing import ROUTES, Answer, Call, Refusal
from .server import Server


class LoopbackHub:
    """Repos of `USER` and others, at `url` while it is entered.

    Attributes:
        url: Where it listens.
        repos: By id. A model and a dataset cannot have the same id here.
        tokens: Token -> account; add others at will.
        received: Every request as it came in: request line, headers and body.
        requests: Method, address and status of every answer, 0 where the connection was cut.
        broken: What went wrong in the Hub itself, or in `on_request`; leaving the Hub raises it.
        on_request: Called with the number (from 1), method and address of a request before it is answered,
            in the thread that answers it and without any lock: it may ask the Hub itself.
    """

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.tokens = {"hf_loopback": Account(USER), "hf_test": Account(USER)}
        self.received: list[bytes] = []
        self.requests: list[tuple[str, str, int]] = []
        self.broken: list[Exception] = []
        self.on_request: Callable[[int, str, str], None] | None = None
        self.lock = threading.RLock()
        self._faults: list[Fault] = []
        self._server = Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "LoopbackHub":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        if self.broken:
            raise ExceptionGroup("The loopback Hub broke", self.broken)

    @property
    def files(self) -> dict[str, dict[str, bytes]]:
        """Repo id -> path -> content on main."""
        with self.lock:
            return {name: repo.contents(MAIN) for name, repo in self.repos.items()}

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """Repo id -> `kind`, `private` and `gated`."""
        with self.lock:
            return {
                name: {"kind": repo.kind, "private": repo.private, "gated": repo.gated}
                for name, repo in self.repos.items()
            }

    def make(
        self,
        repo: str,
        private: bool = True,
        gated: str | bool = False,
        files: Mapping[str, bytes] | None = None,
        kind: str = "datasets",
    ) -> Repo:
        """Add a repo that holds just these files."""
        with self.lock:
            made = self.repos[repo] = Repo(repo, kind, private=private, gated=gated)
            made.add(files or {}, "initial commit")
            return made

    def commit(self, repo: str, files: Mapping[str, bytes], branch: str = MAIN) -> Commit:
        """Commit files as somebody else would, in between."""
        with self.lock:
            return self.repos[repo].add(files, branch=branch)

    def at(self, repo: str, revision: str) -> dict[str, bytes]:
        """Return path -> content at a branch, a tag, a pull request (`refs/pr/1`) or a commit."""
        with self.lock:
            return self.repos[repo].contents(revision)

    def revision(self, repo: str, branch: str = MAIN) -> str:
        """Return the id of the last commit."""
        return self.repos[repo].heads[branch]

    def branches(self, repo: str) -> dict[str, str]:
        """Return branch -> id of its last commit."""
        return {name: oid for name, oid in self.repos[repo].heads.items() if not name.startswith(refs.PULL)}

    def pulls(self, repo: str) -> dict[str, str]:
        """Return `refs/pr/N` -> id of the last commit, of every pull request."""
        return {name: oid for name, oid in self.repos[repo].heads.items() if name.startswith(refs.PULL)}

    def tags(self, repo: str) -> dict[str, str]:
        """Return tag -> id of its commit."""
        return dict(self.repos[repo].tags)

    def history(self, repo: str, branch: str = MAIN) -> list[Commit]:
        """Return the commits of a branch, the last one first."""
        with self.lock:
            return list(self.repos[repo].history(branch))

    def stored(self) -> dict[str, bytes]:
        """Return sha256 -> content of every LFS file that is still held, in a commit or not."""
        with self.lock:
            return {oid: data for repo in self.repos.values() for oid, data in repo.stored.items()}

    def fail(
        self,
        method: str,
        contains: str,
        status: int = 500,
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        cut: bool | str = False,
    ) -> None:
        """Let requests fail whose address contains something.

        Args:
            status: 502, 503 and 504 come with a page in HTML, as from a proxy before the Hub.
            cut: End the connection instead: `body` in the middle of the request, and nothing is done;
                `answer` in the middle of the answer, and all is done; True for whichever it has more of.
        """
        with self.lock:
            where = how_to_cut(method, cut)
            self._faults.append(Fault(method, contains, status, times, dict(headers or {}), where))

    def heal(self) -> None:
        """Let no request fail any more."""
        with self.lock:
            self._faults.clear()

    def fault(self, method: str, path: str) -> Fault | None:
        """Return what a request is to suffer, and count it."""
        with self.lock:
            return next((fault for fault in self._faults if fault.takes(method, path)), None)

    def answer(self, method: str, path: str, headers: HTTPMessage, body: bytes) -> Answer:
        """Return the answer to a request."""
        with self.lock:
            try:
                return self._answer(method, path, headers, body)
            except Refusal as refusal:
                return refusal.answer()

    def _answer(self, method: str, path: str, headers: HTTPMessage, body: bytes) -> Answer:
        account = known_account(self.tokens, headers.get("Authorization"))
        url = urlsplit(path)
        for verb, pattern, access, function in ROUTES:
            match = pattern.fullmatch(url.path)
            if not match or method not in (verb, "HEAD" if verb == "GET" else verb):
                continue
            parts = {name: unquote(value) for name, value in match.groupdict().items() if value is not None}
            if access:
                repo = self.repos.get(parts["repo"])
                if repo is None or repo.kind != parts.get("kind", "models"):
                    raise no_such_repo(account)
                check_access(account, repo, access)
            return function(Call(self, method, path, parts, parse_qs(url.query), headers, body, account))
        raise Refusal(404, message=f"No route for {method}")
