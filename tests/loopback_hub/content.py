"""What repos hold: their description, their trees, their files."""

import json
import re
from typing import Any
from urllib.parse import parse_qs

from .cards import header, tags
from .repos import MAIN, Commit, File, Repo
from .routing import API, FILES, REVISION, Answer, Call, Refusal, answer, route


@route("GET", API + f"(?:/revision/{REVISION})?", access="see")
def info(call: Call) -> Answer:
    commit = call.repo.resolve(call.parts.get("revision", MAIN))
    return answer(described(call.repo, commit, sizes=call.asks("blobs")))


def described(repo: Repo, commit: Commit, *, sizes: bool = False) -> dict[str, Any]:
    """Return what the Hub says of a repo."""
    entries = [entry(path, file) for path, file in sorted(commit.files.items())]
    siblings = [{"rfilename": one["path"]} for one in entries]
    if sizes:
        for sibling, one in zip(siblings, entries, strict=True):
            sibling |= {"size": one["size"], "blobId": one["oid"]}
            if lfs := one.get("lfs"):
                sibling["lfs"] = {
                    "size": lfs["size"],
                    "sha256": lfs["oid"],
                    "pointerSize": lfs["pointerSize"],
                }
    readme = commit.files.get("README.md")
    card = header(repo.content(readme) or b"") if readme else {}
    return {
        "id": repo.id,
        "author": repo.owner,
        "sha": commit.id,
        "private": repo.private,
        "gated": repo.gated,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "createdAt": commit.date,
        "lastModified": commit.date,
        "tags": tags(card),
        "cardData": card,
        "siblings": siblings,
        "usedStorage": sum(map(len, repo.stored.values())),
    }


def entry(path: str, file: File, last: Commit | None = None) -> dict[str, Any]:
    """Return a file as trees list it; with its last commit where that is asked for."""
    made: dict[str, Any] = {"type": "file", "path": path, "size": file.size, "oid": file.oid[:40]}
    if file.lfs:
        made["lfs"] = {"oid": file.oid, "size": file.size, "pointerSize": 134}
    if last:
        made["lastCommit"] = {"id": last.id, "title": last.title, "date": last.date}
    return made


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "size": 0, "oid": "0" * 40}


@route("GET", API + f"/tree/{REVISION}(?:/(?P<folder>.*))?", access="see")
def tree(call: Call) -> Answer:
    commit = call.repo.resolve(call.parts["revision"])
    folder = call.parts.get("folder", "").strip("/")
    start = f"{folder}/" if folder else ""
    inside = {path: file for path, file in commit.files.items() if path.startswith(start)}
    if folder and not inside:
        raise Refusal(404, "EntryNotFound", f"{folder} does not exist")
    deep, last = call.asks("recursive"), commit if call.asks("expand") else None
    folders = {
        start + "/".join(parts[:depth])
        for parts in (path.removeprefix(start).split("/") for path in inside)
        for depth in range(1, len(parts) if deep else min(2, len(parts)))
    }
    files = [path for path in sorted(inside) if deep or "/" not in path.removeprefix(start)]
    return answer([*map(_folder, sorted(folders)), *(entry(path, inside[path], last) for path in files)])


@route("POST", API + f"/paths-info/{REVISION}", access="see")
def paths_info(call: Call) -> Answer:
    commit = call.repo.resolve(call.parts["revision"])
    if "json" in call.headers.get("Content-Type", ""):
        asked = json.loads(call.body)
        paths, expand = asked["paths"], bool(asked.get("expand"))
    else:
        form = parse_qs(call.body.decode())
        paths, expand = form.get("paths", []), form.get("expand", ["false"])[0].lower() == "true"
    found = []
    for path in [paths] if isinstance(paths, str) else paths:
        if path in commit.files:
            found.append(entry(path, commit.files[path], commit if expand else None))
        elif any(file.startswith(f"{path}/") for file in commit.files):
            found.append(_folder(path))
    return answer(found)


@route("GET", API + f"/commits/{REVISION}", access="see")
def commits(call: Call) -> Answer:
    line = call.repo.history(call.parts["revision"])
    made = ({"id": one.id, "title": one.title, "date": one.date} for one in line)
    return answer([{**one, "message": "", "authors": [{"user": call.repo.owner}]} for one in made])


@route("GET", FILES + f"/resolve/{REVISION}/(?P<path>.+)", access="read")
def resolve(call: Call) -> Answer:
    commit = call.repo.resolve(call.parts["revision"])
    file = commit.files.get(call.parts["path"])
    data = call.repo.content(file) if file else None
    if file is None or data is None:
        said = Refusal(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": commit.id})
        raise said
    headers = {
        "Content-Type": "application/octet-stream",
        "X-Repo-Commit": commit.id,
        "ETag": f'"{file.oid}"',
        "X-Linked-ETag": f'"{file.oid}"',
        "X-Linked-Size": str(len(data)),
        "Accept-Ranges": "bytes",
    }
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", call.headers.get("Range") or "")
    return _part(data, asked[1], asked[2], headers) if asked else Answer(200, headers, data)


def _part(data: bytes, first: str, last: str, headers: dict[str, str]) -> Answer:
    """Return the bytes of a range: `first-last`, `first-`, or the last `-last` of them."""
    start = int(first) if first else max(0, len(data) - int(last or 0))
    stop = min(int(last) + 1, len(data)) if first and last else len(data)
    if start >= stop:
        raise Refusal(416, message="No such range", headers={"Content-Range": f"bytes */{len(data)}"})
    return Answer(
        206, {**headers, "Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"}, data[start:stop]
    )
