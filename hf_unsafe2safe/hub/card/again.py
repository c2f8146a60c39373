"""How to make a result again: the command and its configuration, without a place of this machine."""

import shlex
from collections.abc import Mapping
from typing import Any

import yaml

from ...config import STAGES
from ...policy import POLICIES
from ...presets import PRESETS
from ...sources import IN_MEMORY, LOCAL
from .counts import Result
from .markdown import fenced


def again(result: Result, *, then: str = "") -> str:
    """Return how to make a result again, as Markdown.

    Args:
        result: Its counts and its configuration.
        then: A further line of the command.
    """
    lines = [f"pip install hf-unsafe2safe=={result.package_version}", _command(result), then]
    text = fenced("\n".join(filter(None, lines)), "bash")
    overrides = _overrides(result.config)
    if not overrides:
        return text
    block = yaml.safe_dump(overrides, sort_keys=False)
    text += f"\n\nwith this `CONFIG.yaml`:\n\n{fenced(block, 'yaml')}"
    if "object: " in block:
        text += "\n\nA stage named `object` was made by hand: pass it to `Sanitizer` in Python."
    return text


def _overrides(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs from the preset and is no option of the command."""
    preset = PRESETS.get(config["preset"], {})
    stages = {stage: config[stage] for stage in STAGES if config[stage] != preset.get(stage)}
    policy, known = config["policy"], POLICIES.get(config["policy"]["name"])
    others = {} if known and known.as_dict() == policy else {"policy": policy}
    others |= {name: True for name in ("demographics", "allow_uncovered") if config.get(name)}
    others |= {name: config[name] for name in ("annotations", "context_columns") if config.get(name)}
    return {**stages, **others}


def _command(result: Result) -> str:
    config, overrides = result.config, _overrides(result.config)
    source, _, revision = result.source.partition("@")
    given = source == IN_MEMORY
    words = ["unsafe2safe", "sanitize", LOCAL if given else source, "--output", "DIR"]
    words += ["--preset", config["preset"]]
    words += ["--revision", revision] if revision else []
    words += result.source_options
    words += ["--image-column", config["image_column"]] if config["image_column"] else []
    words += ["--config", "CONFIG.yaml"] if overrides else []
    words += [] if "policy" in overrides else ["--policy", config["policy"]["name"]]
    words += ["--seed", str(config["seed"]), "--encoding", config["encoding"]]
    words += ["--keep", LOCAL] if config["keep"] else []
    words += ["--limit", str(result.limit)] if result.limit else []
    first = f"# first, of the dataset in Python: dataset.save_to_disk('{LOCAL}')\n" if given else ""
    return first + shlex.join(words)
