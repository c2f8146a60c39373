"""The LFS files of a repo, and how they are deleted for good."""

from .repos import Repo
from .routing import API, Answer, Call, answer, route


@route("GET", API + "/lfs-files", access="write")
def listed(call: Call) -> Answer:
    return answer([_described(call.repo, oid, data) for oid, data in sorted(call.repo.stored.items())])


def _described(repo: Repo, oid: str, data: bytes) -> dict[str, object]:
    """Return one as the Hub lists it: a file that it is, or was, and since when."""
    known = [
        (commit.date, path)
        for commit in repo.commits.values()
        for path, file in commit.files.items()
        if file.lfs and file.oid == oid
    ]
    first = min(commit.date for commit in repo.commits.values())
    date, path = min(known, default=(first, ""))  # uploaded ahead, and not in a commit yet
    return {"fileOid": oid, "oid": oid, "filename": path, "pushedAt": date, "ref": "", "size": len(data)}


@route("POST", API + "/lfs-files/batch", access="write")
def deleted(call: Call) -> Answer:
    asked = call.json["deletions"]
    call.repo.forget(set(asked["sha"]), rewrite=asked["rewriteHistory"])
    return answer({})
