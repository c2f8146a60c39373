"""Branches, tags and pull requests."""

from .repos import MAIN
from .routing import API, REVISION, Answer, Call, Refusal, answer, route

PULL = "refs/pr/"


@route("GET", API + "/refs", access="see")
def listed(call: Call) -> Answer:
    heads = call.repo.heads
    pulls = {name: oid for name, oid in heads.items() if name.startswith(PULL)}
    branches = {name: oid for name, oid in heads.items() if name not in pulls}
    refs = {"branches": _refs("refs/heads/", branches), "tags": _refs("refs/tags/", call.repo.tags)}
    if call.asks("include_prs"):
        refs["pullRequests"] = _refs("", pulls)
    return answer({**refs, "converts": []})


def _refs(start: str, named: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "ref": start + name, "targetCommit": oid} for name, oid in named.items()]


@route("POST", API + r"/branch/(?P<branch>[^/]+)", access="write")
def add_branch(call: Call) -> Answer:
    name = call.parts["branch"]
    if name in call.repo.heads:
        raise Refusal(409, message="Reference already exists")
    call.repo.heads[name] = call.repo.resolve(call.json.get("startingPoint", MAIN)).id
    return answer({})


@route("DELETE", API + r"/branch/(?P<branch>[^/]+)", access="write")
def remove_branch(call: Call) -> Answer:
    if call.parts["branch"] == MAIN:
        raise Refusal(403, message="Cannot delete the main branch")
    return _removed(call.repo.heads, call.parts["branch"])


@route("POST", API + "/tag/" + REVISION, access="write")
def add_tag(call: Call) -> Answer:
    name = call.json["tag"]
    if name in call.repo.tags:
        raise Refusal(409, message="Tag reference exists already")
    call.repo.tags[name] = call.repo.resolve(call.parts["revision"]).id
    return answer({})


@route("DELETE", API + r"/tag/(?P<tag>[^/]+)", access="write")
def remove_tag(call: Call) -> Answer:
    return _removed(call.repo.tags, call.parts["tag"])


def _removed(refs: dict[str, str], name: str) -> Answer:
    if name not in refs:
        raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {name}")
    del refs[name]
    return answer({})
