"""Faults that a test asks for."""

from dataclasses import dataclass, field


@dataclass
class Fault:
    """What happens to requests.

    Args:
        method: Of the requests it is for.
        contains: What their address contains.
        status: What they are answered with, done nothing.
        times: How often.
        headers: Of these answers.
        cut: Instead of an answer the connection ends: `body` in the middle of the request, which is not done;
            `answer` in the middle of the answer to one that is done.
    """

    method: str
    contains: str
    status: int = 500
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""

    def takes(self, method: str, path: str) -> bool:
        """Return whether a request is to fail; it is counted then."""
        if method != self.method or self.contains not in path or self.times <= 0:
            return False
        self.times -= 1
        return True


def how_to_cut(method: str, cut: bool | str) -> str:
    """Return where to cut: what sends something while it does, what only asks in the answer."""
    if cut is True:
        return "answer" if method in ("GET", "HEAD", "DELETE") else "body"
    return cut or ""
