"""Calls of `load_safe_dataset` in a process of their own, and what comes of them."""

import json
from pathlib import Path
from typing import Any

from tests.hub.clients import run
from tests.hub.loading.safe_repos import card, safe_repo
from tests.loopback_hub import LoopbackHub

LOAD = """
import json, logging, sys
from datasets import Dataset, IterableDataset
from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import Unsafe2SafeError
from hf_unsafe2safe.hub.loading.load import load_safe_dataset

said = []
class Keep(logging.Handler):
    def emit(self, record):
        said.append(f"{record.levelname} {record.getMessage()}")
logging.getLogger("hf_unsafe2safe").addHandler(Keep())
logging.getLogger("hf_unsafe2safe").setLevel(logging.INFO)

results = {}
for key, options in json.loads(sys.argv[1]).items():
    said.clear()
    if "fakes" in options:
        options["sanitizer"] = testing.fakes(**options.pop("fakes"))
    try:
        loaded = load_safe_dataset(**options)
        parts = {"": loaded} if isinstance(loaded, (Dataset, IterableDataset)) else dict(loaded)
        rows = {name: [row["privacy_status"] if "privacy_status" in row else None for row in part]
                for name, part in parts.items()}
        results[key] = {"rows": rows, "type": type(loaded).__name__, "said": list(said)}
    except Unsafe2SafeError as error:
        results[key] = {"error": f"{type(error).__name__} {error}", "said": list(said)}
print(json.dumps(results))
"""


def load(
    hub: LoopbackHub, tmp: Path, calls: dict[str, dict[str, Any]], **options: Any
) -> dict[str, dict[str, Any]]:
    """Return rows or error, and what was said, of each call; the key `fakes` makes a sanitizer of fakes."""
    done = run(hub, tmp, "-c", LOAD, json.dumps(calls), **options)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def of(source: str, **changes: Any) -> dict[str, bytes]:
    """Return a published repo that was made from a source."""
    return {**safe_repo(source=f"{source}@{'0' * 40}", **changes), "README.md": card(source=source)}
