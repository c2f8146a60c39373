"""What a push would do, as a person reads it before anything leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten

from ..licences import forbids_derivatives
from ..published import NULL, PublishedConfig
from .rows import DEFAULT_CONFIG

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class Plan:
    """What leaves this machine, and what does not.

    Args:
        repo_id: Where it goes.
        public: Whether everybody may see it.
        configs: By name, as they will stand in `unsafe2safe.json`.
        bytes: Size of the data files of each configuration.
        key_check: Of the key of the row keys, see `keys.key_check`.
        looked_again: Whether the embedded models knew anything that the policy names.
    """

    repo_id: str
    public: bool
    configs: Mapping[str, PublishedConfig]
    bytes: Mapping[str, int]
    key_check: str
    looked_again: bool = True

    def text(self) -> str:
        """Return the plan for a terminal."""
        lines = [f"To {self.repo_id} ({'public' if self.public else 'private'})"]
        for name, config in self.configs.items():
            lines += ["", *self._config(name, config)]
        if not self.looked_again:
            lines += [
                "",
                "The embedded models know nothing that the policy names: no row was inspected again.",
            ]
        return "\n".join(lines)

    def _config(self, name: str, config: PublishedConfig) -> list[str]:
        rows = sum(config.published.values())
        size, files = _size(self.bytes[name]), len(config.files)
        heading = "Rows" if name == DEFAULT_CONFIG else f"Rows of {name}"
        lines = [f"{heading}: {rows} in {files} file{'s' * (files != 1)}, {size}"]
        lines += [f"  {split:<24}{count}" for split, count in config.published.items()]
        without = config.statuses.get("rejected", 0) + config.statuses.get("failed", 0)
        verb = "published without an image" if config.without_image == NULL else "left out"
        if without:
            lines.append(f"Rows without an image (rejected and failed): {without}, {verb}")
        if config.refused_rows:
            lines.append(f"Rows with an image that are left out: {config.refused_rows}")
        lines += [
            "Columns that leave:",
            *(f"  {n:<24}{shorten(kind, 70)}" for n, kind in config.columns.items()),
        ]
        if config.withheld:
            lines += ["Columns that stay here:", *(f"  {n:<24}{why}" for n, why in config.withheld.items())]
        for column, count in config.hidden_values.items():
            lines.append(f"Values of {column} that stay here, one by one: {count}")
        if config.private_columns:
            lines.append(f"PRIVATE columns that leave, as asked: {', '.join(config.private_columns)}")
        checked = config.checked
        lines.append(f"Inspected again as they will go up: {checked['rows']} of {checked['of']} images")
        licence = config.source_licence
        if licence and forbids_derivatives(licence):
            lines.append(f"WARNING: the licence of the source ({licence}) forbids derivatives; this is one.")
        elif not licence:
            lines.append("The source states no licence: set it (--licence), or the card says unknown.")
        return lines


def _size(count: float) -> str:
    for unit in _UNITS:
        if count < 1_000 or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1_000
    raise AssertionError
