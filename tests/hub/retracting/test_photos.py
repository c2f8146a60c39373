"""A person has a photo, not a row number."""

from io import BytesIO

import numpy as np
import PIL.Image
import pyarrow as pa
import pytest

from hf_unsafe2safe.errors import DatasetError
from hf_unsafe2safe.hub.keys import key_check
from hf_unsafe2safe.hub.retracting import retract
from tests.hub.clients import api
from tests.hub.retracting.repos import (
    FEATURES,
    KEY,
    NAMES,
    REPO,
    is_gone,
    key_of,
    original,
    parquet,
    repo_files,
    rows,
    safe,
    two_splits,
)
from tests.photos import FOLDER, rgb

NAME = NAMES[4]


def saved_anew(name, size=180, quality=60):
    """Return a photo as it comes back from a chat: smaller, saved again."""
    with PIL.Image.open(BytesIO(original(name))) as image:
        image.thumbnail((size, size))
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


@pytest.fixture
def photo(tmp_path):
    def write(data):
        path = tmp_path / "jane_at_home.jpg"
        path.write_bytes(data)
        return path

    return write


def test_finds_the_row_made_from_the_very_file(hub, photo):
    done = retract(REPO, images=[photo(original(NAME))], api=api(hub))
    assert done.keys == (key_of(NAME),)
    assert [hit.likeness for hit in done.hits] == [None]
    assert is_gone(hub, NAME)
    assert not is_gone(hub, NAMES[5])
    assert "photo" in done.text
    assert "Other photos of the same person were not looked for." in done.text
    assert "jane" not in done.text


def test_finds_a_photo_that_was_saved_anew(hub, photo):
    done = retract(REPO, images=[photo(saved_anew(NAME))], api=api(hub))
    assert done.keys == (key_of(NAME),)
    assert done.hits[0].likeness > 0.8
    assert is_gone(hub, NAME)


def test_finds_the_published_image_itself_by_likeness(hub, photo):
    # its regions are edited here and there alike
    assert retract(REPO, images=[photo(safe(NAME)[0])], api=api(hub)).keys == (key_of(NAME),)


def test_without_the_key_likeness_is_left(hub, photo, monkeypatch):
    monkeypatch.delenv("UNSAFE2SAFE_KEY")
    done = retract(REPO, images=[photo(original(NAME))], api=api(hub))
    assert done.keys == (key_of(NAME),)
    assert done.hits[0].likeness > 0.8
    assert "no key of row keys on this machine" in done.text


def test_says_that_a_photo_is_not_there_and_changes_nothing(hub):
    before = hub.files[REPO]
    done = retract(REPO, images=[FOLDER / NAMES[11]], api=api(hub))  # the one that was not published
    assert done.missing == ("photo 1",)
    assert "Not found: photo 1" in done.text
    assert "Nothing was changed." in done.text
    assert hub.files[REPO] == before


def test_one_photo_of_two_is_taken_down(hub, photo):
    done = retract(REPO, images=[FOLDER / NAMES[11], photo(original(NAME))], api=api(hub))
    assert done.keys == (key_of(NAME),)
    assert done.missing == ("photo 1",)


def test_what_only_looks_alike_is_left_and_listed(hub, photo, monkeypatch):
    monkeypatch.setattr("hf_unsafe2safe.hub.retracting.finding.SURE", 1.1)
    done = retract(REPO, images=[photo(saved_anew(NAME))], api=api(hub))
    assert done.keys == ()
    assert [hit.key for hit in done.left] == [key_of(NAME)]
    assert f"train/4           {key_of(NAME)}  likeness " in done.text
    # confirmed by somebody who looked
    done = retract(REPO, images=[photo(saved_anew(NAME))], confirm=list, api=api(hub))
    assert done.keys == (key_of(NAME),)
    assert is_gone(hub, NAME)


def booth(name):
    """Return a photo of somebody before a backdrop that all share."""
    pixels = np.asarray(PIL.Image.fromarray(rgb(NAMES[0])).resize((240, 240))).copy()
    pixels[50:220, 50:190] = np.asarray(PIL.Image.fromarray(rgb(name)).resize((140, 170)))
    return pixels


def png(pixels):
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("people", [NAMES[1:5], NAMES[1:2]])  # several; one, and the photo shows another
def test_others_before_the_same_backdrop_are_left(hub, photo, people):
    changed = rows(people).to_pylist()
    box = [45, 45, 195, 225]  # all of the person is edited, and the backdrop is left
    for row, name in zip(changed, people, strict=True):
        pixels = booth(name)
        pixels[box[1] : box[3], box[0] : box[2]] = 128
        row["image"]["bytes"] = png(pixels)
        row["risk_regions"][0]["box"] = box
    table = pa.Table.from_pylist(changed, FEATURES.arrow_schema)
    hub.make("me/booth", files=repo_files({"default": {"data/train-00000-of-00001.parquet": parquet(table)}}))
    done = retract("me/booth", images=[photo(png(booth(NAMES[6])))], api=api(hub))
    assert done.keys == ()
    assert {hit.key for hit in done.left} == {key_of(name) for name in people}
    assert all(hit.likeness > 0.8 for hit in done.left)


def test_of_two_that_are_the_same_picture_none_is_sure(hub, photo):
    twin = rows([NAME]).to_pylist()
    twin[0]["row_key"] = "f" * 32  # the same picture, made from another file
    both = pa.concat_tables([rows(NAMES[3:6]), pa.Table.from_pylist(twin, FEATURES.arrow_schema)])
    hub.make("me/twins", files=repo_files({"default": {"data/train-00000-of-00001.parquet": parquet(both)}}))
    done = retract("me/twins", images=[photo(saved_anew(NAME))], api=api(hub))
    assert done.keys == ()
    assert {hit.place for hit in done.left} == {"train/1", "train/3"}
    assert done.left[0].likeness > 0.8


def test_a_key_of_another_repo_finds_nothing_exactly_and_that_is_said(hub, photo, monkeypatch):
    hub.make(REPO, files=repo_files(two_splits(), key_check=key_check(KEY, REPO)))
    assert retract(REPO, images=[photo(original(NAME))], dry_run=True, api=api(hub)).without_key == ""
    monkeypatch.setenv("UNSAFE2SAFE_KEY", "ab" * 32)
    done = retract(REPO, images=[FOLDER / NAMES[11]], api=api(hub))
    assert "Not found: photo 1. No published image looks like it." in done.text
    assert "The key of this machine is not the one of this repo" in done.text


def test_a_repo_without_regions_is_searched_whole(hub, photo):
    plain = rows(NAMES[3:6]).drop_columns(["risk_regions"])
    hub.make("me/plain", files=repo_files({"default": {"data/train-00000-of-00001.parquet": parquet(plain)}}))
    done = retract("me/plain", images=[photo(saved_anew(NAME))], dry_run=True, api=api(hub))
    assert done.hits[0].place == "train/1"
    other = rows(NAMES[3:6]).rename_columns({"image": "picture"})
    hub.make("me/other", files=repo_files({"default": {"data/train-00000-of-00001.parquet": parquet(other)}}))
    with pytest.raises(DatasetError, match="no such images"):
        retract("me/other", images=[photo(saved_anew(NAME))], api=api(hub))


def test_a_dry_run_tells_what_would_go_and_what_would_be_left(hub, photo):
    done = retract(REPO, images=[photo(saved_anew(NAME))], dry_run=True, api=api(hub))
    assert done.rows == {"train": 1}
    assert f"train/4           {key_of(NAME)}  likeness " in done.text
    assert not is_gone(hub, NAME)


def test_names_no_path(hub, tmp_path, photo):
    with pytest.raises(DatasetError, match="photo 1 cannot be read: No such file") as error:
        retract(REPO, images=[tmp_path / "jane.jpg"], api=api(hub))
    assert "jane" not in str(error.value)
    with pytest.raises(DatasetError, match="photo 2 cannot be opened: not_an_image"):
        retract(REPO, images=[FOLDER / NAMES[0], photo(b"no photo at all")], api=api(hub))
