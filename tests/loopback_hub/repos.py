"""Repos: files, commits with their parents, branches, tags and pull requests, LFS files."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .routing import Refusal

LFS_SUFFIXES = (
    *(".arrow", ".avro", ".bin", ".gif", ".gz", ".h5", ".jpeg", ".jpg", ".npy", ".npz", ".onnx", ".parquet"),
    *(".png", ".pt", ".safetensors", ".tar", ".tiff", ".webp", ".zip"),
)
LFS_SIZE = 10 * 1024 * 1024
MAIN = "main"


def is_lfs(path: str, size: int) -> bool:
    return size > 0 and (path.lower().endswith(LFS_SUFFIXES) or size >= LFS_SIZE)


@dataclass(frozen=True)
class File:
    """A file in a commit.

    Args:
        oid: The sha256 of an LFS file, else what git names it.
        size: In bytes.
        data: Its content; None of an LFS file: the repo holds that.
    """

    oid: str
    size: int
    data: bytes | None = None

    @property
    def lfs(self) -> bool:
        return self.data is None


def small(data: bytes) -> File:
    return File(hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(), len(data), data)


@dataclass(frozen=True)
class Commit:
    id: str
    title: str
    parent: str | None
    files: Mapping[str, File]
    date: str


class Repo:
    """One repo.

    Attributes:
        heads: Branch or `refs/pr/N` -> id of its last commit.
        tags: Name -> id of a commit.
        commits: By id, also those that no branch leads to any more.
        stored: sha256 -> content of every LFS file, also of those in no commit.
    """

    def __init__(
        self, repo_id: str, kind: str = "datasets", *, private: bool = True, gated: str | bool = False
    ):
        self.id, self.kind, self.private, self.gated = repo_id, kind, private, gated
        self.owner = repo_id.split("/")[0]
        self.heads: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.commits: dict[str, Commit] = {}
        self.stored: dict[str, bytes] = {}

    def resolve(self, revision: str) -> Commit:
        """Return the commit that a branch, a tag, a pull request or an id names."""
        oid = self.heads.get(revision) or self.tags.get(revision) or revision
        if oid not in self.commits:
            raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return self.commits[oid]

    def history(self, revision: str) -> Iterator[Commit]:
        """Yield a commit and those before it."""
        commit = self.resolve(revision)
        while True:
            yield commit
            if commit.parent is None:
                return
            commit = self.commits[commit.parent]

    def commit(self, head: str, title: str, files: Mapping[str, File], parent: str | None) -> Commit:
        """Add a commit, and let a branch end there."""
        date = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        number = f"{self.id} {len(self.commits)} {date}"
        commit = Commit(_id(number, parent, files), title, parent, dict(files), date)
        self.commits[commit.id] = commit
        self.heads[head] = commit.id
        return commit

    def add(self, files: Mapping[str, bytes], title: str = "Add files", branch: str = MAIN) -> Commit:
        """Commit files beside those that are there."""
        parent = self.heads.get(branch)
        before = self.commits[parent].files if parent else {}
        new = {path: self._kept(path, data) for path, data in files.items()}
        return self.commit(branch, title, {**before, **new}, parent)

    def _kept(self, path: str, data: bytes) -> File:
        if not is_lfs(path, len(data)):
            return small(data)
        oid = hashlib.sha256(data).hexdigest()
        self.stored[oid] = data
        return File(oid, len(data))

    def content(self, file: File) -> bytes | None:
        """Return what is in a file, None where it was deleted for good."""
        return file.data if file.data is not None else self.stored.get(file.oid)

    def contents(self, revision: str) -> dict[str, bytes]:
        """Return path -> content at a revision."""
        found = ((path, self.content(file)) for path, file in self.resolve(revision).files.items())
        return {path: data for path, data in found if data is not None}

    def forget(self, oids: set[str], rewrite: bool) -> None:
        """Delete LFS files for good.

        Args:
            rewrite: Remove them from all commits too. These and the ones after them get new ids; what no
                branch or tag leads to is dropped.
        """
        for oid in oids:
            self.stored.pop(oid, None)
        if not rewrite:
            return
        old, new_ids = self.commits, {}
        self.commits = {}
        for head in [*self.heads.values(), *self.tags.values()]:
            line = []
            while head and head not in new_ids:
                line.append(old[head])
                head = old[head].parent
            for commit in reversed(line):
                new = self._without(commit, oids, new_ids.get(commit.parent))
                new_ids[commit.id], self.commits[new.id] = new.id, new
        self.heads = {name: new_ids[oid] for name, oid in self.heads.items()}
        self.tags = {name: new_ids[oid] for name, oid in self.tags.items()}

    @staticmethod
    def _without(commit: Commit, oids: set[str], parent: str | None) -> Commit:
        files = {path: file for path, file in commit.files.items() if not (file.lfs and file.oid in oids)}
        if len(files) == len(commit.files) and parent == commit.parent:
            return commit
        return replace(commit, id=_id(commit.id, parent, files), parent=parent, files=files)


def _id(salt: str, parent: str | None, files: Mapping[str, File]) -> str:
    listing = sorted((path, file.oid) for path, file in files.items())
    return hashlib.sha1(repr((salt, parent, listing)).encode()).hexdigest()
