"""Accounts, and what they may do with a repo."""

from dataclasses import dataclass

from .repos import Repo
from .routing import Refusal

USER = "me"


@dataclass(frozen=True)
class Account:
    """Who a token speaks for.

    Args:
        name: Of the user.
        role: `write`, or `read` for a token that may change nothing.
        orgs: Whose repos the user may change too.
    """

    name: str
    role: str = "write"
    orgs: tuple[str, ...] = ()

    def owns(self, namespace: str) -> bool:
        return namespace == self.name or namespace in self.orgs


def known_account(tokens: dict[str, Account], authorization: str | None) -> Account | None:
    """Return whose token it is, None where there is none.

    Raises:
        Refusal: Nobody's.
    """
    if not authorization:
        return None
    account = tokens.get(authorization.removeprefix("Bearer ").strip())
    if account is None:
        raise Refusal(401, message="Invalid credentials in Authorization header")
    return account


def check_account(account: Account | None, writing: bool) -> Account:
    """Return the account, when there is one and its token may do that."""
    if account is None:
        raise Refusal(401, message="Invalid username or password.")
    if writing and account.role != "write":
        raise Refusal(403, message="This token may only read")
    return account


def may_see(account: Account | None, repo: Repo) -> bool:
    return not repo.private or (account is not None and account.owns(repo.owner))


def check_access(account: Account | None, repo: Repo, access: str) -> None:
    """Refuse what the account may not do.

    Args:
        access: `see` it exists and what files it has, `read` them, `upload` something for a pull request,
            `write`.

    Raises:
        Refusal: With what the Hub says.
    """
    if not may_see(account, repo):
        raise no_such_repo(account)
    ours = account is not None and account.owns(repo.owner)
    if access == "read" and repo.gated and not ours:
        status = 401 if account is None else 403
        raise Refusal(status, "GatedRepo", f"Access to dataset {repo.id} is restricted.")
    if access in ("upload", "write"):
        check_account(account, writing=True)
    if access == "write" and not ours:
        raise Refusal(403, message=f"You don't have the rights to change {repo.id}")


def no_such_repo(account: Account | None) -> Refusal:
    """What is not there and what one may not see look alike."""
    return Refusal(401 if account is None else 404, "RepoNotFound", "Repository not found")
