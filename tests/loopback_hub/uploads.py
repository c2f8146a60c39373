"""Uploads: what goes to LFS, its content, and the commit of it all."""

import base64
import hashlib
import json
from typing import Any

from .accounts import check_access
from .refs import PULL
from .repos import File, is_lfs, small
from .routing import API, FILES, REVISION, Answer, Call, Refusal, answer, route

STORE = r"/lfs/(?P<repo>[^/]+/[^/]+)/(?P<oid>[0-9a-f]{64})"


def _check_target(call: Call) -> None:
    """Everybody who sees a repo may open a pull request; only its owners may change a branch."""
    pull = call.asks("create_pr") or call.parts["revision"].startswith(PULL)
    if not pull:
        check_access(call.account, call.repo, "write")


@route("POST", API + f"/preupload/{REVISION}", access="upload")
def preupload(call: Call) -> Answer:
    _check_target(call)
    there = call.repo.resolve(call.parts["revision"]).files
    files = [
        {
            "path": file["path"],
            "uploadMode": "lfs" if is_lfs(file["path"], file["size"]) else "regular",
            "shouldIgnore": False,
            "oid": there[file["path"]].oid if file["path"] in there else None,
        }
        for file in call.json["files"]
    ]
    return answer({"files": files})


@route("POST", FILES + r"\.git/info/lfs/objects/batch", access="upload")
def batch(call: Call) -> Answer:
    objects = []
    for asked in call.json["objects"]:
        one = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] not in call.repo.stored:
            at = {"href": f"{call.hub.url}/lfs/{call.repo.id}/{asked['oid']}"}
            one["actions"] = {"upload": at, "verify": at}
        objects.append(one)
    return answer({"transfer": "basic", "objects": objects})


@route("PUT", STORE)  # no token: the address is one that only the Hub gives out
def store(call: Call) -> Answer:
    if hashlib.sha256(call.body).hexdigest() != call.parts["oid"]:
        raise Refusal(400, message="The content has another sha256")
    call.repo.stored[call.parts["oid"]] = call.body
    return answer({})


@route("POST", STORE)
def verify(call: Call) -> Answer:
    data = call.repo.stored.get(call.parts["oid"])
    if data is None or len(data) != call.json["size"]:
        raise Refusal(404, message="There is no such file")
    return answer({})


@route("POST", API + f"/commit/{REVISION}", access="upload")
def commit(call: Call) -> Answer:
    _check_target(call)
    repo, branch = call.repo, call.parts["revision"]
    if branch not in repo.heads:
        raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {branch}")
    head = repo.resolve(branch)
    lines = [json.loads(line) for line in call.body.splitlines() if line]
    asked = next(line["value"] for line in lines if line["key"] == "header")
    if asked.get("parentCommit") not in (None, head.id):
        raise Refusal(412, message="A commit has happened since. Please refresh and try again.")
    files = dict(head.files)
    for line in lines:
        _apply(call, files, line["key"], line["value"])
    said = {}
    if call.asks("create_pr"):
        number = 1 + sum(name.startswith(PULL) for name in repo.heads)
        branch = f"{PULL}{number}"
        said["pullRequestUrl"] = f"{call.hub.url}/{repo.kind}/{repo.id}/discussions/{number}"
    made = repo.commit(branch, asked["summary"], files, head.id)
    at = f"{call.hub.url}/{repo.kind}/{repo.id}/commit/{made.id}"
    return answer({"success": True, "commitOid": made.id, "commitUrl": at, **said})


def _apply(call: Call, files: dict[str, File], key: str, value: dict[str, Any]) -> None:
    """Change the files as a line of a commit says."""
    path = value.get("path", "")
    if key == "file":
        files[path] = small(base64.b64decode(value["content"]))
    elif key == "lfsFile":
        data = call.repo.stored.get(value["oid"])
        if data is None:
            raise Refusal(400, message="A pointer to an LFS file that was not uploaded")
        files[path] = File(value["oid"], len(data))
    elif key in ("deletedFile", "deletedFolder"):
        gone = [name for name in files if name == path or name.startswith(path.rstrip("/") + "/")]
        if not gone or (key == "deletedFile" and path not in files):
            raise Refusal(404, "EntryNotFound", "A file with this name doesn't exist")
        for name in gone:
            del files[name]
