"""Who is asking; repos that come, go and change their settings."""

from .accounts import check_account
from .repos import Repo
from .routing import API, Answer, Call, Refusal, answer, route

ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n*.png filter=lfs diff=lfs merge=lfs -text\n"


@route("GET", r"/api/whoami-v2")
def whoami(call: Call) -> Answer:
    account = check_account(call.account, writing=False)
    token = {"type": "access_token", "accessToken": {"displayName": "test", "role": account.role}}
    orgs = [{"type": "org", "name": name, "fullname": name, "roleInOrg": "write"} for name in account.orgs]
    return answer({"type": "user", "name": account.name, "orgs": orgs, "auth": token})


def _named(call: Call) -> str:
    """Return the id of the repo that a body names, when the account may own it."""
    account = check_account(call.account, writing=True)
    namespace = call.json.get("organization") or account.name
    if not account.owns(namespace):
        raise Refusal(403, message=f"You don't have the rights to change repos of {namespace}")
    return f"{namespace}/{call.json['name']}"


@route("POST", r"/api/repos/create")
def create(call: Call) -> Answer:
    repo_id, asked = _named(call), call.json
    kind = asked.get("type", "model") + "s"
    at = {"url": f"{call.hub.url}/{'' if kind == 'models' else kind + '/'}{repo_id}", "name": repo_id}
    if repo_id in call.hub.repos:
        return answer({"error": "You already created this repo", **at}, 409)
    made = Repo(repo_id, kind, private=_private(asked))
    made.add({".gitattributes": ATTRIBUTES}, "initial commit")
    call.hub.repos[repo_id] = made
    return answer(at)


@route("DELETE", r"/api/repos/delete")
def delete(call: Call) -> Answer:
    repo_id = _named(call)
    if repo_id not in call.hub.repos:
        raise Refusal(404, "RepoNotFound", "Repository not found")
    del call.hub.repos[repo_id]
    return answer({})


@route("PUT", API + "/settings", access="write")
def change(call: Call) -> Answer:
    if "gated" in call.json:
        call.repo.gated = call.json["gated"]
    if "private" in call.json or "visibility" in call.json:
        call.repo.private = _private(call.json)
    return answer({"private": call.repo.private, "gated": call.repo.gated})


@route("GET", API + "/auth-check", access="read")
def may_read(call: Call) -> Answer:
    return answer({})


@route("GET", API + "/auth-check/write", access="write")
def may_write(call: Call) -> Answer:
    return answer({})


@route("POST", API + r"/super-squash/(?P<branch>[^/]+)", access="write")
def squash(call: Call) -> Answer:
    """Replace the commits of a branch by one; the old ones stay in tags and other branches."""
    branch = call.parts["branch"]
    if branch not in call.repo.heads:
        raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {branch}")
    last = call.repo.resolve(branch)
    call.repo.commit(branch, call.json.get("message") or "Squashed", last.files, None)
    return answer({})


def _private(asked: dict[str, object]) -> bool:
    return bool(asked.get("private")) or asked.get("visibility") == "private"
