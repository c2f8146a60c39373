"""What a takedown did, and what it cannot do, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .erasing import Erased
from .finding import Hit


@dataclass(frozen=True)
class Retraction:
    """A takedown.

    Args:
        repo_id: `owner/name`.
        dry_run: Whether nothing was to be changed.
        keys: Row keys that were taken down, now or before, or would be.
        rows: Rows that were removed now, or would be, by split.
        hits: What was found for each key, place or photo that was given.
        left: Hits that were not removed: they only look like the photo.
        missing: Labels of photos that were not found.
        unseen: Images edited over so much of their area that they could not be compared with a photo.
        without_key: Why photos were looked for by likeness alone; empty where they were not.
        erased: What was deleted; None in a dry run, and where nothing was to be removed.
    """

    repo_id: str
    dry_run: bool
    keys: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    hits: tuple[Hit, ...] = ()
    left: tuple[Hit, ...] = ()
    missing: tuple[str, ...] = ()
    unseen: int = 0
    without_key: str = ""
    erased: Erased | None = None

    @property
    def text(self) -> str:
        """What is shown at the end."""
        lines = [*_found(self), *_photos(self)]
        if self.erased is not None:
            lines += [*_erased(self.erased), *_LIMITS]
        elif self.keys:
            lines += ["Dry run: nothing was changed.", *_LIMITS[:2]]
        else:
            lines.append("Nothing was changed.")
        return "\n".join(lines)


_LIMITS = (
    "Copies that were downloaded before, mirrors of the repo and backups of the Hub cannot be recalled.",
    "The folder with the result on your machine still holds the row: delete it there too, with the original. "
    "`unsafe2safe publish` leaves it out of this repo alone.",
    "The dataset viewer keeps its own copy until it has read the repo again.",
)


def hit_line(hit: Hit) -> str:
    """Return a row as it is listed: its place, its key, and how like a photo it is.

    Example:
        >>> hit_line(Hit("0f" * 16, "train/17", "photo 1", 0.934))
        'train/17          0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f  likeness 0.93 to photo 1'
    """
    named = hit.asked == hit.key or (hit.place and hit.asked.endswith(hit.place))
    other = hit.place or hit.asked.startswith("photo")  # of a row that is gone only its key is known
    sure = f"made from the same file as {hit.asked}" if other and not named else "named"
    how = sure if hit.likeness is None else f"likeness {hit.likeness:.2f} to {hit.asked}"
    return f"{hit.place or 'gone already':<16}  {hit.key}  {how}"


def _found(done: Retraction) -> list[str]:
    would = "would be removed" if done.dry_run else "removed"
    counts = ", ".join(f"{split} {count}" for split, count in done.rows.items())
    lines = [f"Rows {would} from {done.repo_id}: {sum(done.rows.values())}{f' ({counts})' if counts else ''}"]
    lines += [f"  {hit_line(hit)}" for hit in done.hits if hit.key in done.keys and hit not in done.left]
    for place in sorted({hit.asked for hit in done.hits if not hit.place and "/" in hit.asked}):
        lines.append(
            f"{place} meant a row of a takedown that was begun before. See with --dry-run what is there now."
        )
    return lines


def _photos(done: Retraction) -> list[str]:
    lines = []
    if done.left:
        lines.append("Left, for they only look like the photo; name them with --rows if they are the photo:")
        lines += [f"  {hit_line(hit)}" for hit in done.left]
    looked = "looks like it" if done.without_key else "is made from it or looks like it"
    lines += [f"Not found: {label}. No published image {looked}." for label in done.missing]
    if done.missing or any(hit.asked.startswith("photo") for hit in done.hits):
        lines.append("Other photos of the same person were not looked for.")
    if done.without_key and (done.missing or done.hits):
        lines.append(f"{done.without_key}: photos were looked for by likeness alone.")
    if done.unseen:
        lines.append(
            f"Images edited over most of their area, which no photo can be compared with: {done.unseen}"
        )
    return lines


def _erased(erased: Erased) -> list[str]:
    lines = [
        "The history of main was squashed into one commit.",
        f"Stored files deleted for ever: {erased.files} ({erased.bytes / 1e6:.1f} MB)",
    ]
    if erased.tags:
        lines.append(f"Tags of earlier commits deleted: {', '.join(erased.tags)}")
    if erased.made:
        lines.append(f"Tags set on the new commit: {', '.join(erased.made)}")
    lines += [f"{ref} held these rows too and lost files: {count}" for ref, count in erased.lost.items()]
    for ref, count in erased.unchecked.items():
        lines.append(
            f"{ref} has files that cannot be searched for these rows, which were left: {count}. "
            "Look at them yourself."
        )
    return lines
