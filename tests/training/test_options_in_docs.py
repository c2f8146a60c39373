"""What the docs and the config say of options is so."""

import re
from pathlib import Path

from hf_unsafe2safe.training.config import EDITORS
from hf_unsafe2safe.training.objectives.catalogue import OBJECTIVES
from hf_unsafe2safe.training.optimizers import OPTIMIZERS
from hf_unsafe2safe.training.reading import as_yaml, make_config, options_of_config, read_config

DOCS = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_every_name_in_the_docs_is_an_option_or_a_value():
    known = {field.name for _, field, _ in options_of_config()}
    options = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", DOCS))
    columns = {"original_image", "edited_image", "private_caption", "public_caption", "edit_instruction"}
    columns |= {"combined_caption", "sampling_weight", "clip_original", "clip_edited", "clip_ratio"}
    others = {"face_distance", "edited_fraction", "fully_shard", "lora_scale", "safe_attention"}
    assert options - known - columns - others == set()


def test_tables_agree():
    assert set(EDITORS) == set(OBJECTIVES)
    (hint,) = [hint for _, field, hint in options_of_config() if field.name == "optimizer"]
    assert set(hint.__args__) == set(OPTIMIZERS)


def test_what_is_written_is_what_is_read(tmp_path):
    made = make_config(
        {"editor": "klein", "lora_rank": 8, "log_with": "tensorboard", "mixed_precision": "no"}
    )
    (tmp_path / "train.yaml").write_text(as_yaml(made))
    assert read_config(tmp_path / "train.yaml") == made
