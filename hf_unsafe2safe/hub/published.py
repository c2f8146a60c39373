"""What a published repo says of itself: the file that tells a sanitized dataset from one that claims to be.

It lies beside the card, holds nothing private, and names the sha256 of every data file it speaks of.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from ..errors import DatasetError

PUBLISHED = "unsafe2safe.json"
FORMAT = "unsafe2safe/1"
TAG = "unsafe2safe"  # among the tags of the card: how the Hub is searched
LEFT_OUT, NULL = "left_out", "null"  # what becomes of rows without an image

_DIGEST = re.compile(r"[0-9a-f]{16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PublishedConfig:
    """One configuration of a published dataset; what `Manifest` has too means the same here.

    Args:
        statuses: Rows of the result by status, published or not.
        splits: The same by split, named without the configuration.
        published: Split -> rows that its files hold.
        files: Path in the repo -> sha256 of each data file.
        columns: Published columns -> their types as people read them.
        withheld: Columns of the result that are not published -> why, in words without any value.
        hidden_values: Column -> how many of its values were withheld one by one.
        private_columns: Private columns that were named in `include_private`.
        without_image: What became of rows without an image: `left_out` or `null`.
        refused_rows: Rows with an image that the publisher left out by name.
        checked: Of how many images (`of`) how many (`rows`) were inspected again in the bytes that went up;
            which they are follows from the config digest.
        publish_options: What the publisher said of columns and rows, as options of the command line.
        evaluation: Results of the evaluation suite as rows of a table, see `docs/publishing.md`.
    """

    package_version: str
    schema_version: str
    config_digest: str
    config: Mapping[str, Any]
    models: tuple[Mapping[str, str], ...]
    source: str
    image_column: str
    statuses: Mapping[str, int]
    splits: Mapping[str, Mapping[str, int]]
    published: Mapping[str, int]
    files: Mapping[str, str]
    columns: Mapping[str, str]
    withheld: Mapping[str, str] = field(default_factory=dict)
    hidden_values: Mapping[str, int] = field(default_factory=dict)
    private_columns: tuple[str, ...] = ()
    without_image: str = LEFT_OUT
    refused_rows: int = 0
    checked: Mapping[str, int] = field(default_factory=dict)
    source_licence: str = ""
    source_options: tuple[str, ...] = ()
    publish_options: tuple[str, ...] = ()
    limit: int | None = None
    risk_labels: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    not_inspected: tuple[str, ...] = ()
    kept_by_consent: int = 0
    leak_guard: Mapping[str, int] = field(default_factory=dict)
    reviewed: Mapping[str, int] = field(default_factory=dict)
    evaluation: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Published:
    """All configurations of a repo.

    Args:
        configs: By name.
        retracted: Row keys that were taken down; a later push leaves these rows out.
        key_check: Of the key of the row keys, see `keys.key_check`.
        contact: Whom to ask for a takedown, empty for the discussions of the repo.
    """

    configs: Mapping[str, PublishedConfig] = field(default_factory=dict)
    retracted: tuple[str, ...] = ()
    contact: str = ""
    key_check: str = ""

    def json(self) -> str:
        """Return the text of `unsafe2safe.json`; the same content gives the same text."""
        values = {"format": FORMAT, **asdict(self), "retracted": sorted(set(self.retracted))}
        values["configs"] = dict(sorted(values["configs"].items()))
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"

    def with_config(self, name: str, config: PublishedConfig) -> "Published":
        """Return the same with one configuration set or replaced."""
        return replace(self, configs={**self.configs, name: config})

    @property
    def files(self) -> dict[str, str]:
        """Path in the repo -> sha256, of the data files of all configurations."""
        return {path: sha for config in self.configs.values() for path, sha in config.files.items()}


def read_published(text: str | bytes) -> Published:
    """Return what a repo says of itself.

    Raises:
        DatasetError: It is not of our form: damaged, of another version, or written by something else.
    """
    try:
        values = json.loads(text)
        if values["format"] != FORMAT:
            raise DatasetError(
                f"{PUBLISHED} is of a form that this version does not read.", hint="Upgrade hf-unsafe2safe."
            )
        configs = {str(name): _config(one) for name, one in values["configs"].items()}
        retracted = tuple(map(str, values["retracted"]))
        return Published(configs, retracted, str(values["contact"]), str(values.get("key_check", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, DatasetError):
            raise
        # `from None`: a parser's message quotes what it read
        raise DatasetError(f"{PUBLISHED} is damaged or was not written by hf-unsafe2safe.") from None


def _config(values: Mapping[str, Any]) -> PublishedConfig:
    known = {part.name: values[part.name] for part in fields(PublishedConfig) if part.name in values}
    tuples = ("models", "private_columns", "source_options", "publish_options", "not_inspected", "evaluation")
    config = PublishedConfig(**{**known, **{name: tuple(known.get(name, ())) for name in tuples}})
    sound = (
        _DIGEST.fullmatch(config.config_digest)
        and config.files
        and all(_SHA256.fullmatch(sha) for sha in config.files.values())
        and all(type(rows) is int and rows >= 0 for rows in config.published.values())
        and isinstance(config.config["policy"]["edit"], dict)
        and all(type(rows) is int for rows in config.statuses.values())
        and all(isinstance(word, str) for word in (*config.source_options, *config.private_columns))
    )
    if not sound:
        raise ValueError
    return config
