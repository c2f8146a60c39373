"""A trained editor goes to the (loopback) Hub: what arrives, and what does not leave."""

import json
import shutil

import numpy as np
import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from safetensors.numpy import save_file

from hf_unsafe2safe.errors import ConfigError, DatasetError, PublishError
from hf_unsafe2safe.records import ModelInfo
from hf_unsafe2safe.training.card import card
from hf_unsafe2safe.training.publishing import push_to_hub
from hf_unsafe2safe.training.reading import make_config
from hf_unsafe2safe.training.result import digests, options_of, write_result
from tests.loopback_hub import LoopbackHub

REPO, SECRET = "me/editor", "Wolpertinger"
BASE = ModelInfo("timbrooks/instruct-pix2pix", "abc")
FIGURES = {"reidentification": 0.1, "facesim": 0.4, "faces": 5.0, "loss": 0.2}
FILES = {"README.md", "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"}


def config(folder):
    return make_config({"triplets": f"/{SECRET}/t", "output": str(folder), "cache": f"/{SECRET}/c"})


def text_of_card(folder, figures=FIGURES, base=BASE):
    triplets = {"rows": {"train": 9, "validation": 3}, "counts": {"kept": 12}, "licence": "cc-by-4.0"}
    triplets["private"] = SECRET  # a manifest may know more than a card tells
    best = {"step": 5, "figures": figures}
    return card(config(folder), triplets, best, [base], {"examples": 9, "skipped": {"unreadable": 1}})


def make_run(folder, figures=FIGURES, base=BASE):
    """Write a finished run, with private things beside the editor."""
    unet = folder / "editor" / "unet"
    unet.mkdir(parents=True)
    (folder / "editor" / "README.md").write_text(text_of_card(folder, figures, base))
    (folder / "editor" / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    (unet / "config.json").write_text('{"sample_size": 8}')
    save_file({"w": np.zeros(4, np.float32)}, unet / "diffusion_pytorch_model.safetensors", {"format": "pt"})
    (folder / "private").mkdir()
    (folder / "private" / "pictures.txt").write_text(SECRET)
    values = {"figures": figures, "models": [[base.name, base.revision]]}
    values["files"] = digests(folder / "editor")
    write_result(folder, {**values, "options": options_of(config(folder))})
    return folder


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / SECRET)


@pytest.fixture
def hub():
    with LoopbackHub() as hub:
        yield hub


@pytest.fixture
def api(hub):
    return HfApi(endpoint=hub.url, token="hf_loopback")


def test_only_the_editor_arrives_privately(run, hub, api):
    done = push_to_hub(run, REPO, api=api)
    there = hub.files[REPO]
    assert set(done.files) == FILES <= set(there)
    assert set(there) - FILES <= {".gitattributes"}
    assert hub.settings[REPO]["private"]
    assert done.commit == hub.revision(REPO)
    assert not any(SECRET.encode() in content for content in there.values())
    assert push_to_hub(run, REPO, api=api).commit is None  # again: all of it is there


def test_public_only_when_asked(run, hub, api):
    push_to_hub(run, REPO, api=api, public=True)
    assert not hub.settings[REPO]["private"]
    with pytest.raises(PublishError, match="is public"):
        push_to_hub(run, REPO, api=api)


def test_a_dry_run_sends_nothing(run, hub, api):
    assert set(push_to_hub(run, REPO, api=api, dry_run=True).files) == FILES
    assert hub.received == []


def _stray(editor):
    (editor / f"{SECRET}.png").write_bytes(b"x")


def _link(editor):
    (editor / "vae.safetensors").symlink_to(editor.parent / "private" / "pictures.txt")


def _pickle(editor):
    (editor / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"x")


def _path(editor):
    (editor / "unet" / "config.json").write_text(json.dumps({"a": [{"b": f"/home/{SECRET}/model"}]}))


def _metadata(editor):
    save_file({"w": np.zeros(4, np.float32)}, editor / "x.safetensors", {"from": f"/home/{SECRET}/x"})


def _no_weights(editor):
    (editor / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(SECRET.encode())


def _no_json(editor):
    (editor / "unet" / "config.json").write_text(f"{SECRET} is")


def _no_card(editor):
    (editor / "README.md").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_stray, "1 of the files"),
        (_link, "1 of the files"),
        (_pickle, "1 of the files"),
        (_path, "not as the training"),
        (_metadata, "not as the training"),
        (_no_weights, "not as the training"),
        (_no_json, "not as the training"),
        (_no_card, "no card"),
    ],
)
def test_what_may_not_leave(run, hub, api, spoil, message):
    spoil(run / "editor")
    with pytest.raises(PublishError, match=message) as raised:
        push_to_hub(run, REPO, api=api, accept_risk=True)
    assert SECRET not in str(raised.value)
    assert hub.received == []


@pytest.mark.parametrize(
    "figures",
    [{}, {"loss": 0.1}, {"reidentification": float("nan")}, {"reidentification": 0.21}],
    ids=["no validation", "no faces", "no number", "too many"],
)
def test_people_who_are_recognised(tmp_path, hub, api, figures):
    run = make_run(tmp_path / "run", figures)
    with pytest.raises(PublishError, match="recognised"):
        push_to_hub(run, REPO, api=api)
    assert hub.received == []
    assert push_to_hub(run, REPO, api=api, accept_risk=True).commit


def test_the_licence_is_known_or_given(tmp_path, hub, api):
    run = make_run(tmp_path / "run", base=ModelInfo("local:model", "abc"))
    with pytest.raises(PublishError, match="licence"):
        push_to_hub(run, REPO, api=api)
    with pytest.raises(ConfigError, match="no such licence"):
        push_to_hub(run, REPO, api=api, licence="whatever you like")
    push_to_hub(run, REPO, api=api, licence="apache-2.0")
    text = hub.files[REPO]["README.md"].decode()
    assert "\nlicense: apache-2.0\n" in text
    assert "- of this model: apache-2.0\n" in text


def test_no_finished_run(run, hub, api):
    with pytest.raises(DatasetError):
        push_to_hub(run / "nothing", REPO, api=api)
    shutil.rmtree(run / "editor")
    with pytest.raises(DatasetError):
        push_to_hub(run, REPO, api=api)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_path, "names a path"),  # a library wrote where it was loaded from
        (_metadata, "names a path"),
        (_no_weights, "cannot be read"),
        (_no_json, "cannot be read"),
    ],
)
def test_what_the_training_itself_wrote_is_looked_at_too(run, hub, api, spoil, message):
    spoil(run / "editor")
    values = json.loads((run / "training.json").read_text())
    write_result(run, {**values, "files": digests(run / "editor")})
    with pytest.raises(PublishError, match=message):
        push_to_hub(run, REPO, api=api)
    assert hub.received == []


def test_the_card_may_be_edited_but_names_no_place(run, hub, api):
    card_file = run / "editor" / "README.md"
    card_file.write_text(card_file.read_text() + "\nSee https://example.org/a/b for more.\n")
    push_to_hub(run, REPO, api=api)
    assert b"example.org" in hub.files[REPO]["README.md"]
    card_file.write_text(card_file.read_text() + f"\nhttps://example.org /home/{SECRET}/x\n")
    with pytest.raises(PublishError, match="names a path"):
        push_to_hub(run, REPO, api=api)


def test_a_risk_that_was_accepted_is_on_the_card(tmp_path, hub, api):
    push_to_hub(make_run(tmp_path / "run", {}), REPO, api=api, accept_risk=True)
    assert b"Published with `accept_risk`" in hub.files[REPO]["README.md"]


def test_data_that_must_not_be_changed(run, hub, api):
    values = json.loads((run / "training.json").read_text())
    write_result(run, {**values, "triplets": {"licence": "cc-by-nd-4.0"}})
    with pytest.raises(PublishError, match="licence of the data"):
        push_to_hub(run, REPO, api=api)
    assert push_to_hub(run, REPO, api=api, accept_risk=True).commit


def test_a_repo_that_holds_other_things(run, hub, api):
    api.create_repo(REPO, private=True)
    api.create_commit(REPO, [CommitOperationAdd("original.png", b"x")], commit_message="x")
    with pytest.raises(PublishError, match="1 files that were not published"):
        push_to_hub(run, REPO, api=api)
    assert "model_index.json" not in hub.files[REPO]


def test_an_older_editor_is_replaced_whole(run, tmp_path, hub, api):
    push_to_hub(run, REPO, api=api)
    (run / "editor" / "unet" / "config.json").rename(run / "editor" / "unet" / "new_config.json")
    values = json.loads((run / "training.json").read_text())
    write_result(run, {**values, "files": digests(run / "editor")})
    push_to_hub(run, REPO, api=api)
    assert "unet/config.json" not in hub.files[REPO]
    assert "unet/new_config.json" in hub.files[REPO]


def test_a_private_repo_stays_one(run, hub, api):
    api.create_repo(REPO, private=True)
    with pytest.raises(PublishError, match="is private"):
        push_to_hub(run, REPO, api=api, public=True)
    with pytest.raises(ConfigError, match="no such licence"):
        push_to_hub(run, REPO, api=api, licence="unknown")
