"""The last look: whatever stands in a result, no leak of it goes up, and its message tells no content."""

import json
import shutil
from io import BytesIO

import PIL.Image
import PIL.ImageCms
import PIL.PngImagePlugin
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Features, Image
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe import Policy, testing
from hf_unsafe2safe.errors import PublishError
from hf_unsafe2safe.hub.publishing.look.gate import Gate, sample_of
from hf_unsafe2safe.hub.publishing.look.planted import Needles
from hf_unsafe2safe.hub.publishing.publish import publish
from hf_unsafe2safe.imaging.encode import encode
from hf_unsafe2safe.imaging.metadata import strip
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.schema import PUBLIC_FEATURES
from hf_unsafe2safe.taxonomy import STATUSES
from tests.hub.publishing.results import (
    REPO,
    changing,
    hub,
    of,
    result,
    rows,
    saved,
    settings,
    table,
    tampered,
    with_image,
)
from tests.photos import FOLDER, rgb
from tests.runs import picture

FIXTURES = (hub, settings)
SECRET = "Rumpelstilz"


def exif() -> PIL.Image.Exif:
    tags = PIL.Image.Exif()
    tags[0x010E] = SECRET
    return tags


def with_text() -> PIL.PngImagePlugin.PngInfo:
    text = PIL.PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET)
    return text


PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
# What stands in the place of the safe image, and what is said of it.
IMAGES = {
    "EXIF in a JPEG": (saved("JPEG", exif=exif()), "metadata (comment, exif)"),
    "EXIF in a PNG": (saved("PNG", exif=exif()), "metadata (comment, exif)"),
    "EXIF in a WebP": (saved("WEBP", exif=exif()), "metadata (comment, exif)"),
    "a comment": (saved("JPEG", comment=SECRET.encode()), "metadata (comment)"),
    "text in a PNG": (saved("PNG", pnginfo=with_text()), "metadata (text_chunk)"),
    "XMP": (saved("JPEG", xmp=f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()), "metadata (xmp)"),
    "bytes at the end": (saved("JPEG") + SECRET.encode(), "metadata (trailing_bytes)"),
    "a colour profile of its own": (saved("JPEG", icc_profile=PROFILE), "metadata (icc)"),
    "no image": (b"\x89PNG" + SECRET.encode(), "not an image"),
}


def refused(hub, folder, **options):
    """Return what is said of a push that must not happen."""
    with pytest.raises(PublishError, match="Nothing was uploaded: the last look found leaks: ") as error:
        publish(folder, REPO, verify="all", **options)
    assert changing(hub) == []
    assert SECRET.lower() not in f"{error.value}".lower()
    assert "quillfeather" not in f"{error.value}".lower()
    return error.value.message.partition("leaks: ")[2].rstrip(".")


def in_order(images):
    """Return a change that puts images in the place of those that are there, one a row."""
    following = iter(images)
    return lambda row: {**row, "image": {"bytes": next(following), "path": None}}


def test_what_images_may_not_hold(hub, tmp_path):
    images = [data for data, _ in IMAGES.values()]
    out = tampered(result(tmp_path / "out", rows(len(images))), in_order(images))
    said = [f"train/{i}: {what}" for i, (_, what) in enumerate(IMAGES.values())]
    assert refused(hub, out) == "; ".join(said)


def test_bare_images_pass(hub, tmp_path):
    """Otherwise the test before proves nothing."""
    images = [saved(form) for form in ("JPEG", "PNG", "WEBP")]
    publish(tampered(result(tmp_path / "out", rows(3)), in_order(images)), REPO, verify="all")
    assert [cell["bytes"] for cell in table(hub)["image"].to_pylist()] == images


def test_texts_that_may_not_leave(hub, tmp_path):
    """The columns are named: the publisher said that they may leave as they are."""
    private = f"An image. {testing.SECRET}"
    out = result(
        tmp_path / "out",
        of(
            [picture(0), testing.with_text(), testing.with_text(), picture(1)],
            note=["see quillfeather_0.PNG", "fine", private, "fine"],
        ),
    )
    said = refused(hub, out, columns=["note"])
    assert said == "train/0: a path; train/2: a private caption; train/2: a read text"
    publish(out, REPO, columns=["note"], leave_out=["train/0", "train/2"])
    assert table(hub)["note"].to_pylist() == ["fine", "fine"]


def test_many_leaks_are_counted(hub, tmp_path):
    out = tampered(result(tmp_path / "out", rows(23)), with_image(IMAGES["XMP"][0]))
    said = refused(hub, out)
    assert said.count("metadata (xmp)") == 20
    assert said.endswith("and 3 more")


@pytest.mark.parametrize("status", ["rejected", "failed"])
def test_rows_without_an_image_have_none(hub, tmp_path, status):
    number = STATUSES.index(status)
    out = tampered(result(tmp_path / "out", rows(1)), lambda row: {**row, "privacy_status": number})
    assert refused(hub, out, without_image="null") == "train/0: an image in a row that has none"


FEATURES = Features({"image": Image(), **PUBLIC_FEATURES})
CONFIG = {
    "policy": {"name": "q", "edit": {"symbol": 0.5}, "label": [], "criteria": {}, "whole_image": "edit"},
    "editor": "fill",
}


def looked(cell):
    nothing = dict.fromkeys(PUBLIC_FEATURES)
    row = {**nothing, "image": cell, "privacy_status": 0, "risk_regions": []}
    gate = Gate(CONFIG, "image", None, 1)
    gate.look(pa.Table.from_pylist([row], FEATURES.arrow_schema), FEATURES, [("train/0", Needles({}))])
    return gate.leaks


def test_cells():
    """Staging takes paths away: the last look does not rely on that."""
    assert looked({"bytes": saved("PNG"), "path": None}) == []
    assert looked({"bytes": saved("PNG"), "path": f"{SECRET}.png"}) == ["train/0: a path"]
    assert looked({"bytes": None, "path": None}) == ["train/0: an image without bytes"]
    assert looked(None) == []


def test_paths_in_a_result_stay_here(hub, tmp_path):
    out = result(tmp_path / "out", rows(1))
    tampered(out, lambda row: {**row, "image": {**row["image"], "path": f"{SECRET}.png"}})
    publish(out, REPO)
    assert table(hub)["image"][0]["path"].as_py() is None
    assert not any(SECRET.encode() in data for data in hub.received)


@given(st.integers(1, 300), st.integers(1, 300), st.text(max_size=8))
def test_the_same_seed_gives_the_same_sample(rows, wanted, seed):
    sample = sample_of(rows, wanted, seed)
    assert sample == sample_of(rows, wanted, seed)
    if sample is None:
        assert wanted >= rows
    else:
        assert len(sample) == wanted
        assert sample <= set(range(rows))


def test_another_seed_gives_another_sample():
    samples = {sample_of(1000, 10, seed) for seed in "abcdefgh"}
    assert len(samples) == 8
    assert sample_of(1000, None, "a") is None


# --- Real detectors, on shipped photos.

FACES = Policy("faces", edit={"face": 0.35})


def original(name):
    """Return a shipped photo with nothing but its pixels."""
    return encode(rgb(name))


@pytest.mark.slow
def test_a_face_in_a_safe_row_is_found(hub, tmp_path):
    """The fakes see no face in it; the Parquet file and its manifest agree."""
    photo = saved("PNG", rgb("people_astronaut.jpg")[::2, ::2])
    out = result(tmp_path / "out", of([testing.blank()]), policy=FACES)
    done = publish(out, REPO, dry_run=True)
    assert "Inspected again as they will go up: 1 of 1 images" in done.text
    assert refused(hub, tampered(out, with_image(photo))) == "train/0: found again (face)"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """Return results of the shipped photos, by editor."""
    made = {}

    def of_editor(editor):
        if editor not in made:
            folder = tmp_path_factory.mktemp("shipped") / "out"
            materialize(FOLDER, folder, {"editor": editor} if editor else None)
            made[editor] = folder
        return made[editor]

    return of_editor


@pytest.mark.slow
@pytest.mark.parametrize("editor", [None, "stand-in"])
def test_an_honest_result_passes(shipped, hub, editor):
    done = publish(shipped(editor), REPO, verify="all")
    (config,) = done.plan.configs.values()
    assert config.checked == {"rows": 12, "of": 12} == {**config.checked, "of": len(table(hub))}
    assert config.statuses["edited"] >= 5


@pytest.mark.slow
@pytest.mark.parametrize("what", ["safe", "edited"])
def test_originals_in_a_result_are_found(shipped, hub, tmp_path, what):
    names = sorted(path.name for path in FOLDER.iterdir())
    out = tmp_path / "out"
    shutil.copytree(shipped(None), out)
    count = iter(range(len(names)))

    def change(row):
        name = names[next(count)]
        if not name.startswith("people_"):
            return row
        kept = {"privacy_status": 1} if what == "edited" else {"privacy_status": 0, "risk_regions": []}
        return {**row, **kept, "image": {"bytes": original(name), "path": None}}

    said = refused(hub, tampered(out, change))
    rows_of = {names.index(name): name for name in names if name.startswith("people_")}
    named = {int(one.split("/")[1].split(":")[0]) for one in said.split("; ")}
    assert named == set(rows_of), {rows_of.get(i, i) for i in named ^ set(rows_of)}
    assert "found again (" in said
    assert json.loads((out / "manifest.json").read_text())["rows"] == len(names)


def hidden(form: str, **options) -> bytes:
    """Return a photo under full transparency."""
    pixels = PIL.Image.fromarray(rgb("people_astronaut.jpg")).convert("RGBA")
    pixels.putalpha(0)
    file = BytesIO()
    pixels.save(file, form, **options)
    return file.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    "image", [hidden("PNG"), hidden("WEBP", lossless=True, exact=True)], ids=["PNG", "WebP"]
)
def test_colours_under_full_transparency_are_a_leak(hub, tmp_path, image):
    """A reader that drops the alpha shows them."""
    out = materialized(tmp_path, "people_astronaut.jpg")
    tampered(out, with_image(image))
    with pytest.raises(PublishError, match="train/0: colours where the image is transparent"):
        publish(out, REPO)


@pytest.mark.slow
def test_what_a_reviewer_kept_or_accepted_is_published(hub, tmp_path):
    """A person who saw the original said so, for plates and texts as for faces."""
    original = (FOLDER / "plate_skoda.jpg").read_bytes()
    out = materialized(tmp_path, "plate_skoda.jpg")

    def kept(row):
        regions = [{**region, "action": 2 * (region["action"] == 0) or 1} for region in row["risk_regions"]]
        told = {**row["provenance"], "reason": "kept_by_reviewer"}
        image = with_image(strip(original, None))(row)
        return {**image, "privacy_status": 0, "risk_regions": regions, "provenance": told}

    tampered(out, kept)
    publish(out, REPO, dry_run=True)

    def nobody_said_so(row):
        return {**row, "provenance": {**row["provenance"], "reason": "nothing_to_edit"}}

    tampered(out, nobody_said_so)
    with pytest.raises(PublishError, match="train/0: found again"):
        publish(out, REPO, dry_run=True)


@pytest.mark.slow
def test_words_of_our_own_texts_are_no_names_of_folders(hub, tmp_path):
    folder = tmp_path / "emotions" / "composition" / "lighting"
    folder.mkdir(parents=True)
    shutil.copy(FOLDER / "people_astronaut.jpg", folder / "a.jpg")
    out = tmp_path / "out"
    materialize(tmp_path / "emotions", out)
    assert "lighting" in pq.read_table(out / "data")["edit_instruction"][0].as_py()
    publish(out, REPO, dry_run=True)


def test_folders_are_looked_for_as_whole_words():
    needles = Needles.of_row({"source_path": "/photos/scapegrace/a.jpg"})
    for text in ("a scapegrace here", "scapegrace_003", "photo_scapegrace3"):
        assert needles.found_in(text) == ("folder name",)
    assert needles.found_in("scapegraces") == ()


def materialized(tmp_path, name):
    """Return a result of one shipped photo, made by the real models."""
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(FOLDER / name, folder)
    out = tmp_path / "out"
    materialize(folder, out)
    return out
