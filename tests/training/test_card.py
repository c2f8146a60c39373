"""The card of a trained editor: what it says, and what it never does."""

import pytest
import yaml

from hf_unsafe2safe.records import ModelInfo
from tests.training.test_publishing import SECRET, text_of_card


def header(text):
    return yaml.safe_load(text.split("---")[1])


def test_what_it_says(tmp_path):
    text = text_of_card(tmp_path / SECRET)
    assert header(text) == {
        "library_name": "diffusers",
        "pipeline_tag": "image-to-image",
        "tags": ["unsafe2safe", "privacy", "anonymization", "image-editing"],
        "license": "mit",
        "base_model": "timbrooks/instruct-pix2pix",
    }
    assert "It saw originals" in text
    assert "safe-attention:owner/name" in text
    assert "of the data: cc-by-4.0" in text
    assert "5 of them show a face" in text
    assert SECRET not in text  # folders, and what else the manifest knows


def test_a_model_in_a_folder_has_no_base_and_no_known_licence(tmp_path):
    text = text_of_card(tmp_path, base=ModelInfo("local:model", "abc"))
    assert not {"license", "base_model"} & set(header(text))
    assert "of the model that it started with: not known" in text


@pytest.mark.parametrize("figures", [{}, {"loss": 0.2}])
def test_without_figures_of_people(tmp_path, figures):
    text = text_of_card(tmp_path, figures)
    assert "People recognised" not in text
    assert ("There was no validation split" in text) == (not figures)
