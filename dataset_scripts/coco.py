# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-unsafe2safe[evaluate]"]
#
# [tool.hf-jobs]
# flavor = "cpu-upgrade"
# timeout = "12h"
# secrets = ["HF_TOKEN", "UNSAFE2SAFE_KEY"]
# ///
"""MS-COCO 2014, sanitized: photos with boxes, categories and the human captions.

Photos and boxes come from one repo, the official caption files from another; the number in `coco_url` joins
them. Human captions name gender, age and looks: all of them stay in DIR on this machine, and of a photo only
those are published that pass the text inspection. Photos whose licence forbids derivatives stay in DIR too: a
sanitized photo is one. File names, addresses, times and masks are not published.
"""

import hashlib
import json
import sys
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

from datasets import Dataset, List, Value
from huggingface_hub import hf_hub_download

from hf_unsafe2safe.hub.asking import ask
from hf_unsafe2safe.recipes import Recipe, parser, run
from hf_unsafe2safe.sources import Source

SOURCE = "aha-org/coco-2014-instance"
CAPTIONS = "openflamingo/eval_benchmark"
FOLDER = "mscoco_karpathy/annotations"  # of that repo
FILES = ("captions_train2014.json", "captions_val2014.json")
RECIPE = Recipe(
    image_column="image",
    # xywh as in COCO. `annotations` are images that should be masks; nobody could look: they stay in DIR
    annotations={"objects.bbox": "xywh", "annotations": None},
    columns=("license",),  # the eight licences of COCO: who uses a photo must know
    passing=("captions",),
    licence_column="license",
)


def with_captions(source: Source, captions: str) -> Source:
    """Return the photos, each with the list of its captions."""
    said, stamp = defaultdict(list), hashlib.sha256()
    for name in FILES:
        path = Path(captions) / name
        if not path.exists():
            get = partial(hf_hub_download, captions, f"{FOLDER}/{name}", repo_type="dataset")
            path = Path(ask("read the captions", get))
        data = path.read_bytes()
        stamp.update(data)
        for one in json.loads(data)["annotations"]:
            said[one["image_id"]].append(one["caption"])
    splits = {name: joined(part, said) for name, part in source.splits.items()}
    return replace(source, splits=splits, fingerprint=stamp.hexdigest())


def joined(part: Dataset, said: dict[int, list[str]]) -> Dataset:
    """Return a split with captions; `said` has them by the number of the photo."""
    # ".../COCO_train2014_000000000009.jpg"
    captions = [said.get(int(url[-16:-4]), []) for url in part["coco_url"]]
    return part.add_column("captions", captions, feature=List(Value("string")))


def main() -> int:
    """Run the recipe."""
    options = parser(__doc__, SOURCE)
    options.add_argument("--captions", default=CAPTIONS, help=f"Repo or folder. Default: {CAPTIONS}.")
    given = options.parse_args()
    return run(given, replace(RECIPE, change=partial(with_captions, captions=given.captions)))


if __name__ == "__main__":
    sys.exit(main())
