"""What a generative editor made: copies in every disguise, and what is none."""

from io import BytesIO

import cv2
import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.detectors.identity import similarity
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.inpaint import InpaintEditor
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit, region_mask
from hf_unsafe2safe.editing.mosaic import MosaicEditor
from hf_unsafe2safe.imaging.structure import structure
from hf_unsafe2safe.records import Check, Finding, PublicCaption, Verdict
from hf_unsafe2safe.verification.generated import check_copies
from hf_unsafe2safe.verification.local import LocalVerifier
from hf_unsafe2safe.views import Views, verify_views
from tests.photos import card, rgb

# Regions of the shipped photos, and lines of a drawn card.
REGIONS = {
    "face, front": ("people_obama_official.jpg", Finding("face", 0.9, (368, 86, 619, 433), "any")),
    "face, turned": ("people_astronaut.jpg", Finding("face", 0.9, (181, 58, 270, 178), "any")),
    "face, profile": ("people_cameraman.png", Finding("face", 0.9, (202, 119, 258, 197), "any")),
    "face, grey": ("people_grace_hopper.jpg", Finding("face", 0.9, (174, 128, 358, 334), "any")),
    "person": ("people_biden_official.jpg", Finding("person", 0.9, (4, 44, 563, 1273), "any")),
    "vehicle": ("plate_skoda.jpg", Finding("vehicle", 0.9, (44, 43, 454, 272), "any")),
    "plate": ("plate_skoda.jpg", Finding("plate", 0.9, (314, 188, 384, 209), "any")),
    "line": ("card", Finding("name", 0.9, (20, 40, 290, 75), "any")),
    "whole photo": ("neg_coffee.jpg", Finding("place", 0.9, (0, 0, 600, 400), "any", placed=False)),
}


def picture(name):
    return card("Name: Jane Example", "Tel. +1 415 555 2671") if name == "card" else rgb(name)


def jpeg(pixels, quality):
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(PIL.Image.open(buffer))


def other_hue(pixels):
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + 60) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def soft(pixels):
    noise = np.random.default_rng(3).normal(0, 6, pixels.shape)
    return np.clip(cv2.GaussianBlur(pixels, (0, 0), 1) + noise, 0, 255).astype(np.uint8)


def scaled(pixels, scale):
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, scale)
    return cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)


def curve(change):
    return lambda pixels: np.clip(change(pixels / 255) * 255, 0, 255).astype(np.uint8)


# What makes no other picture, done to the region and to nothing else.
DISGUISES = {
    "none": lambda pixels: pixels,
    "JPEG 90": lambda pixels: jpeg(pixels, 90),
    "JPEG 30": lambda pixels: jpeg(pixels, 30),
    "of an autoencoder": soft,
    "brighter": curve(lambda x: 1.2 * x),
    "darker": curve(lambda x: 0.8 * x),
    "pale": curve(lambda x: 0.3 * x + 0.4),
    "gamma 0.6": curve(lambda x: x**0.6),
    "gamma 1.6": curve(lambda x: x**1.6),
    "negative": curve(lambda x: 1 - x),
    "hue": other_hue,
    "one pixel": lambda pixels: np.roll(pixels, 1, axis=1),
    "three pixels": lambda pixels: np.roll(pixels, (3, -3), axis=(0, 1)),
    "mirrored": lambda pixels: pixels[:, ::-1],
    "smaller": lambda pixels: scaled(pixels, 0.95),
    "larger": lambda pixels: scaled(pixels, 1.05),
    "several": lambda pixels: soft(curve(lambda x: x**1.3)(scaled(pixels, 1.03))),
}


def check_of(image, finding, made):
    """Return the check of an image in whose region stands what was made, (H, W, 3)."""
    mask = region_mask(finding, (image.shape[1], image.shape[0]))
    candidate = np.where(mask[..., None] > 0, made, image).astype(np.uint8)
    return Check(image, candidate, mask, (finding,), frozenset({0}), frozenset({0}))


def disguised(image, finding, change):
    x, y, width, height = cv2.boundingRect(region_mask(finding, (image.shape[1], image.shape[0])))
    made = image.copy()
    made[y : y + height, x : x + width] = change(made[y : y + height, x : x + width])
    return check_of(image, finding, made)


# Two of the regions in the quick run, all of them in the long one.
QUICK = [
    region if region in ("face, front", "plate") else pytest.param(region, marks=pytest.mark.slow)
    for region in REGIONS
]


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("region", QUICK)
def test_a_copy_is_noticed_in_every_disguise(region, disguise):
    name, finding = REGIONS[region]
    verdict = check_copies(disguised(picture(name), finding, DISGUISES[disguise]))
    assert (verdict.reasons, verdict.failed) == (("copy_remains",), {0})


@pytest.mark.parametrize(
    "editor", [FillEditor(), InpaintEditor(), MosaicEditor()], ids=lambda e: type(e).__name__
)
@pytest.mark.parametrize("region", REGIONS)
def test_an_edit_is_no_copy(region, editor):
    name, finding = REGIONS[region]
    image = picture(name)
    ((made, _),) = masked_edit([EditJob(image, (Assignment(finding, editor),), PublicCaption("A."), "E.", 0)])
    assert check_copies(check_of(image, finding, made)).reasons == ()


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("other", [rgb("neg_temple.jpg"), rgb("neg_cat.png")], ids=["temple", "cat"])
def test_another_picture_is_no_copy(region, other):
    name, finding = REGIONS[region]
    image = picture(name)
    made = cv2.resize(other, image.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert check_copies(check_of(image, finding, made)).reasons == ()


# Eyes, nose and corners of the mouth of three shipped faces.
POINTS = {
    "people_obama_official.jpg": ((444, 222), (557, 222), (497, 292), (452, 344), (545, 344)),
    "people_grace_hopper.jpg": ((235, 210), (313, 204), (280, 255), (245, 288), (315, 284)),
    "people_biden_official.jpg": ((295, 190), (370, 192), (333, 240), (298, 275), (365, 277)),
}


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("other", POINTS)
def test_another_face_on_the_same_eyes_and_mouth_is_no_copy(name, other):
    image = rgb(name)
    x, y = np.array(POINTS[name]).T
    finding = Finding("face", 0.9, (x.min() - 70, y.min() - 100, x.max() + 70, y.max() + 70), "any")
    matrix = similarity(np.array(POINTS[other], float), np.array(POINTS[name], float))
    made = cv2.warpAffine(rgb(other), matrix, image.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
    assert bool(check_copies(check_of(image, finding, made)).failed) == (name == other)


FLAT = {
    "one colour": np.full((120, 160, 3), 90, np.uint8),
    "noise of a sensor": np.random.default_rng(0).normal(90, 2, (120, 160, 3)).astype(np.uint8),
}
# Little contrast is not nothing: what is in the dark or in fog comes back when it is made brighter.
SKY = np.repeat(np.linspace(140, 180, 120).astype(np.uint8)[:, None, None], 160, axis=1).repeat(3, axis=2)
DIM = {
    "a tenth of the light": lambda x: x // 10,
    "7 % of the light": lambda x: (x * 0.07).astype(np.uint8),
    "fog": lambda x: x // 10 + 120,
}


@pytest.mark.parametrize("dim", DIM)
@pytest.mark.parametrize("name", ["neg_motorcycle.jpg", "people_cameraman.png"])
def test_a_copy_in_the_dark_is_one(name, dim):
    image = DIM[dim](rgb(name))
    height, width = image.shape[:2]
    finding = Finding("vehicle", 0.9, (0.1 * width, 0.1 * height, 0.9 * width, 0.9 * height), "any")
    noise = np.random.default_rng(2).integers(0, 2, image.shape).astype(np.uint8)
    assert check_copies(check_of(image, finding, image + noise)).failed == {0}
    other = DIM[dim](cv2.resize(rgb("neg_coffee.jpg"), (width, height)))
    assert not check_copies(check_of(image, finding, other)).failed


def test_a_copy_of_the_sky_is_one_too():
    finding = Finding("place", 0.9, (20, 20, 140, 100), "any")
    assert check_copies(check_of(SKY, finding, SKY)).failed == {0}


def test_another_person_before_the_same_wall_is_no_copy():
    """In a box some of the background stays, and a wall in a part of an outline is no picture."""
    ramp = np.repeat(np.linspace(120, 180, 300).astype(np.uint8)[:, None, None], 240, axis=1).repeat(
        3, axis=2
    )
    old, new = ramp.copy(), ramp.copy()
    old[90:290, 70:170] = cv2.resize(rgb("people_biden_official.jpg")[200:600, 100:400], (100, 200))
    new[60:260, 100:220] = cv2.resize(rgb("people_obama_official.jpg")[60:660, 300:700], (120, 200))
    for outline in (None, ((0.0, 0.0), (240.0, 0.0), (240.0, 300.0), (0.0, 300.0))):
        finding = Finding("person", 0.9, (0.0, 0.0, 240.0, 300.0), "any", outline=outline)
        assert not check_copies(check_of(old, finding, new)).failed


@pytest.mark.parametrize("name", ["people_grace_hopper.jpg", "neg_motorcycle.jpg"])
def test_half_a_copy_is_one(name):
    """Of somebody's body half may not stay; of a scene without a place some of it may."""
    image = rgb(name)
    height, width = image.shape[:2]
    made = image.copy()
    made[: height // 2] = np.random.default_rng(1).integers(0, 256, made[: height // 2].shape)
    box = (0.0, 0.0, float(width), float(height))
    outline = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
    body = Finding("person", 0.9, box, "any", outline=outline)
    assert check_copies(check_of(image, body, made)).failed == {0}
    scene = Finding("place", 0.9, box, "any", placed=False)
    assert not check_copies(check_of(image, scene, made)).failed


@pytest.mark.parametrize("ground", FLAT)
def test_where_nothing_was_to_be_seen_nothing_is_copied(ground):
    image = FLAT[ground]
    check = check_of(image, Finding("place", 0.9, (20, 20, 140, 100), "any"), image)
    assert check_copies(check).reasons == ()


def test_only_what_was_generated_is_compared():
    image = rgb("people_astronaut.jpg")
    faces = [Finding("face", 0.9, box, "any") for box in ((181, 58, 270, 178), (20, 300, 120, 420))]
    mask = np.full(image.shape[:2], 255, np.uint8)
    check = Check(image, image, mask, tuple(faces), frozenset({0, 1}), frozenset({1}))
    assert check_copies(check).failed == {1}


@pytest.mark.parametrize("kinds", [(), ("vehicle",)])
def test_the_embedded_verifier_looks_for_copies_whatever_the_kinds(kinds):
    check = disguised(rgb("plate_skoda.jpg"), REGIONS["plate"][1], DISGUISES["mirrored"])
    (verdict,) = LocalVerifier().verify([check], kinds)
    assert "copy_remains" in verdict.reasons
    assert verdict.failed == {0}


def test_what_is_laid_over_a_page_is_still_known_to_be_generated():
    class Remembers:
        models = ()

        def verify(self, checks, kinds):
            self.checks = checks
            return [Verdict() for _ in checks]

    check = disguised(picture("card"), REGIONS["line"][1], DISGUISES["none"])
    remembers = Remembers()
    verify_views(remembers, [(Views(check.original, np.full_like(check.mask, 128)), check)], ())
    assert [(one.edited, one.generated) for one in remembers.checks] == [({0}, {0})] * 3


NOISE = np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_likeness_is_a_number_of_its_range_for_any_region(height, width, seed):
    random = np.random.default_rng(seed)
    mask = np.where(random.random((height, width)) < random.random(), np.uint8(255), np.uint8(0))
    a, b = (random.integers(0, 256, (height, width, 3), np.uint8) for _ in range(2))
    assert -1 <= structure(a, b, mask) <= 1
    assert structure(a, a, mask) in (0, pytest.approx(1, abs=1e-5))


def test_what_lies_outside_the_mask_makes_no_copy():
    # A new face in an old photo: the photo around it is the same to the last pixel.
    image = rgb("people_astronaut.jpg")
    mask = region_mask(REGIONS["face, turned"][1], (512, 512))
    made = np.where(mask[..., None] > 0, np.random.default_rng(0).integers(0, 256, image.shape), image)
    assert structure(image, made.astype(np.uint8), mask) < 0.3
