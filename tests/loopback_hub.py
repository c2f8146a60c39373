"""A Hub on the loopback interface, for tests that look at what a push really sends.

It answers what `Dataset.push_to_hub` asks (no XET: set HF_HUB_DISABLE_XET=1) and keeps every byte that
it receives. Any token is accepted; its owner is `USER`. Set HF_ENDPOINT to `hub.url` before
`huggingface_hub` is imported, that is, in a new process.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

USER = "me"

Answer = tuple[int, dict[str, str], bytes]
Route = Callable[["LoopbackHub", re.Match[str], bytes], Answer]
_ROUTES: list[tuple[str, re.Pattern[str], Route]] = []


def _route(method: str, pattern: str) -> Callable[[Route], Route]:
    def add(function: Route) -> Route:
        _ROUTES.append((method, re.compile(pattern), function))
        return function

    return add


def _json(value: Any, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


def _missing(code: str) -> Answer:
    return _json({"error": code}, 404, **{"X-Error-Code": code, "X-Error-Message": code})


class LoopbackHub:
    """Dataset repos with one branch each.

    Attributes:
        files: Repo id -> path -> content, as last committed.
        settings: Repo id -> what was asked for at its creation.
        received: Every request as it came in: request line, headers and body.
    """

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.settings: dict[str, dict[str, Any]] = {}
        self.received: list[bytes] = []
        self._blobs: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "LoopbackHub":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Return the answer of the first route that fits."""
        for verb, pattern, function in _ROUTES:
            # Only the listing of a tree asks for its query.
            match = pattern.fullmatch(path if "deep" in pattern.groupindex else path.partition("?")[0])
            if match and method in (verb, "HEAD" if verb == "GET" else verb):
                known = match.groupdict().get("repo")
                return (
                    _missing("RepoNotFound")
                    if known and known not in self.files
                    else function(self, match, body)
                )
        return _missing("NoSuchRoute")

    def revision(self, repo: str) -> str:
        """Return a commit id: the digest of the files of a repo."""
        digest = hashlib.sha1(repo.encode())
        for path, data in sorted(self.files[repo].items()):
            digest.update(path.encode() + hashlib.sha256(data).digest())
        return digest.hexdigest()

    @_route("GET", r"/api/whoami-v2")
    def _whoami(self, match: re.Match[str], body: bytes) -> Answer:
        token = {"type": "access_token", "accessToken": {"displayName": "test", "role": "write"}}
        return _json({"type": "user", "name": USER, "orgs": [], "auth": token})

    @_route("POST", r"/api/repos/create")
    def _create(self, match: re.Match[str], body: bytes) -> Answer:
        asked = json.loads(body)
        repo = f"{asked.get('organization') or USER}/{asked['name']}"
        if repo in self.files:
            return _json({"error": "it exists"}, 409)
        self.files[repo], self.settings[repo] = {}, asked
        return _json({"url": f"{self.url}/datasets/{repo}", "name": repo})

    @_route("POST", r"/api/validate-yaml")
    def _validate(self, match: re.Match[str], body: bytes) -> Answer:
        return _json({"errors": [], "warnings": []})

    @_route("GET", r"/api/datasets/(?P<repo>[^/]+/[^/]+)(?:/revision/[^/]+)?")
    def _info(self, match: re.Match[str], body: bytes) -> Answer:
        repo = match["repo"]
        siblings = [{"rfilename": path} for path in sorted(self.files[repo])]
        private = bool(self.settings[repo].get("private"))
        return _json(
            {"id": repo, "sha": self.revision(repo), "private": private, "tags": [], "siblings": siblings}
        )

    @_route(
        "GET",
        r"/api/datasets/(?P<repo>[^/]+/[^/]+)/tree/[^/?]+(?:/(?P<folder>[^?]*))?(?:\?(?:.*(?P<deep>recursive=[Tt]rue))?.*)?",
    )
    def _tree(self, match: re.Match[str], body: bytes) -> Answer:
        folder = unquote(match["folder"] or "").strip("/")
        start = f"{folder}/" if folder else ""
        inside = {p: d for p, d in self.files[match["repo"]].items() if p.startswith(start)}
        if folder and not inside:
            return _missing("EntryNotFound")
        folders = {
            start + p.removeprefix(start).split("/")[0] for p in inside if "/" in p.removeprefix(start)
        }
        entries = [
            {"type": "directory", "path": path, "size": 0, "oid": "0" * 40} for path in sorted(folders)
        ]
        deep = bool(match["deep"])
        here = {p: d for p, d in inside.items() if deep or "/" not in p.removeprefix(start)}
        return _json([*entries, *(_entry(path, data) for path, data in sorted(here.items()))])

    @_route("GET", r"/datasets/(?P<repo>[^/]+/[^/]+)/resolve/[^/]+/(?P<path>.+)")
    def _resolve(self, match: re.Match[str], body: bytes) -> Answer:
        data = self.files[match["repo"]].get(unquote(match["path"]))
        if data is None:
            return _missing("EntryNotFound")
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        return 200, {"ETag": etag, "X-Repo-Commit": self.revision(match["repo"])}, data

    @_route("POST", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/preupload/[^/]+")
    def _preupload(self, match: re.Match[str], body: bytes) -> Answer:
        modes = [
            {"path": f["path"], "uploadMode": _mode(f["path"]), "shouldIgnore": False, "oid": None}
            for f in json.loads(body)["files"]
        ]
        return _json({"files": modes})

    @_route("POST", r"/datasets/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch")
    def _lfs(self, match: re.Match[str], body: bytes) -> Answer:
        objects = [
            {**blob, "actions": {"upload": {"href": f"{self.url}/blobs/{blob['oid']}"}}}
            for blob in json.loads(body)["objects"]
        ]
        return _json({"transfer": "basic", "objects": objects})

    @_route("PUT", r"/blobs/(?P<oid>[0-9a-f]{64})")
    def _blob(self, match: re.Match[str], body: bytes) -> Answer:
        if hashlib.sha256(body).hexdigest() != match["oid"]:
            return _json({"error": "the content is another"}, 400)
        self._blobs[match["oid"]] = body
        return _json({})

    @_route("POST", r"/api/datasets/(?P<repo>[^/]+/[^/]+)/commit/[^/]+")
    def _commit(self, match: re.Match[str], body: bytes) -> Answer:
        files = self.files[match["repo"]]
        for line in filter(None, body.splitlines()):
            operation = json.loads(line)
            key, value = operation["key"], operation["value"]
            if key == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                files[value["path"]] = self._blobs[value["oid"]]
            elif key == "deletedFile":
                files.pop(value["path"], None)
        sha = self.revision(match["repo"])
        return _json(
            {"success": True, "commitOid": sha, "commitUrl": f"{self.url}/{match['repo']}/commit/{sha}"}
        )


def _mode(path: str) -> str:
    return "lfs" if path.endswith(".parquet") else "regular"


def _entry(path: str, data: bytes) -> dict[str, Any]:
    entry = {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
    if _mode(path) == "lfs":
        entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return entry


def _handler(hub: LoopbackHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.received.append(f"{self.requestline}\n{self.headers}".encode() + body)
            status, headers, data = hub.answer(self.command, self.path, body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_HEAD = do_POST = do_PUT = _respond  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing on stderr."""

    return Handler
