"""README.md of triplets: what they are, and that they stay here."""

from collections.abc import Mapping
from typing import Any

from .features import DATA

_TEXT = """# Triplets: private, holds originals

Made with hf-unsafe2safe to fine-tune editors. `original_image` and `private_caption` show the originals as
they were: this folder is for its owner only. Do not publish or share it. What is published instead is the
sanitized result (`unsafe2safe publish`) or the editor that was trained.

| Split | Rows |
| --- | --- |
{rows}

`open_triplets(FOLDER)` keeps its copy in this folder; `load_dataset(FOLDER)` works too, and puts one into the
cache of `datasets`. Counts and filters are in `triplets.json`.
"""


def card(rows: Mapping[str, int]) -> str:
    """Return the text, with a header that says where the splits are.

    Args:
        rows: By split.
    """
    header: list[Any] = ["---", "private: true", "configs:", "- config_name: default", "  data_files:"]
    for split in filter(rows.get, rows):
        header += [f"  - split: {split}", f"    path: {DATA}/{split}-*.parquet"]
    lines = "\n".join(f"| {split} | {count} |" for split, count in rows.items())
    return "\n".join([*header, "---", "", _TEXT.format(rows=lines)])
