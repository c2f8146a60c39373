"""Search by the tags of cards."""

from typing import Any

from .accounts import may_see
from .content import described
from .repos import MAIN
from .routing import Answer, Call, answer, route


@route("GET", r"/api/(?P<kind>models|datasets|spaces)")
def listed(call: Call) -> Answer:
    repos = (
        repo
        for _, repo in sorted(call.hub.repos.items())
        if repo.kind == call.parts["kind"] and may_see(call.account, repo)
    )
    found = [one for repo in repos if _fits(one := described(repo, repo.resolve(MAIN)), call.query)]
    limit = int(call.query.get("limit", [len(found)])[0])
    if not call.asks("full"):
        found = [{name: one[name] for name in one if name not in ("siblings", "cardData")} for one in found]
    return answer(found[:limit])


def _fits(one: dict[str, Any], query: dict[str, list[str]]) -> bool:
    """Return whether a repo has all tags, the words in its name, and the author."""
    return (
        set(query.get("filter", [])) <= set(one["tags"])
        and all(word.lower() in one["id"].lower() for word in query.get("search", []))
        and query.get("author", [one["author"]])[0] == one["author"]
    )
