"""What a repo must be before anything is sent to it."""

from ...errors import PublishError
from .job import Job
from .pushing import Target
from .repo import CARD, Repo

# What may lie in a repo that holds no data yet: the Hub or a person puts these there.
HARMLESS = (CARD, ".gitattributes", ".gitignore", "LICENSE", "LICENSE.md", "LICENSE.txt")


class DigestError(PublishError):
    """Something else is published under this name; `replace` would replace it."""


def check_repo(repo: Repo, target: Target) -> None:
    """Raise where the repo is not what the publisher asked for.

    Raises:
        PublishError: It is public and that was not asked for, or private and `public` was.
    """
    if repo.exists and not repo.private and not target.public:
        raise PublishError(
            "The repo exists and is public.", hint="Pass public (--public) if that is meant, or name another."
        )
    if repo.exists and repo.private and target.public:
        raise PublishError(
            "The repo exists and is private; publishing does not open it.",
            hint="Leave public away, look at it on the Hub, then make it public in its settings.",
        )


def check_replaced(repo: Repo, job: Job) -> None:
    """Raise where a push would take the place of something else, or stand beside data that is not ours.

    Raises:
        DigestError: What is published under the same name was made with other settings or of another source,
            or has splits that this one has not.
        PublishError: The repo holds files that were not published with this tool.
    """
    if repo.published is None and (others := [path for path in repo.files if path not in HARMLESS]):
        raise PublishError(
            f"The repo holds {len(others)} files that were not published with this tool.",
            hint="Name another repo: originals may be among them.",
        )
    manifest = job.given.manifest
    for name, parts in job.given.configs.items():
        there = repo.published.configs.get(name) if repo.published else None
        if there is None or job.replace:
            continue
        differs = []
        if there.config_digest != manifest.config_digest:
            differs.append(
                f"with other settings (digest {there.config_digest}, now {manifest.config_digest})"
            )
        if there.source.partition("@")[0] != manifest.source.partition("@")[0]:
            differs.append("of another source")
        if gone := sorted(set(there.published) - set(parts)):
            differs.append(f"with splits that would be gone: {', '.join(gone)}")
        if differs:
            raise DigestError(
                f"'{name}' is published already, {' and '.join(differs)}.",
                hint="Pass replace (--replace), or another config_name, for example "
                f"'{name}-{manifest.config_digest[:8]}'.",
            )
