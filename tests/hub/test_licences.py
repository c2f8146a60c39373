"""What licences say."""

import pytest

from hf_unsafe2safe import weights
from hf_unsafe2safe.hub.licences import forbids_derivatives, hub_licences, licence_of
from hf_unsafe2safe.presets import MODELS

FORBIDDING = (
    "cc-by-nd-4.0",
    "cc-by-nc-nd-3.0",
    "CC BY-NC-ND 2.0",
    "Attribution-NoDerivs License",
    "no derivatives",
    "No-Derivatives",
    "https://creativecommons.org/licenses/by-nd/2.0/",
    "['mit', 'cc-by-nd-4.0']",  # of several, one is enough
    "Derivative works are not allowed.",
    "The images may not be modified",
)
ALLOWING = (
    "",
    "unknown",
    "mit",
    "cc-by-nc-sa-4.0",
    "CC BY-SA 4.0",
    "other",
    "Redistribution with or without modification is permitted",
    "for the 2nd edition",
)


@pytest.mark.parametrize("licence", FORBIDDING)
def test_licences_that_forbid_derivatives(licence):
    assert forbids_derivatives(licence)


@pytest.mark.parametrize("licence", ALLOWING)
def test_licences_that_do_not(licence):
    assert not forbids_derivatives(licence)


@pytest.mark.parametrize(
    ("licence", "known"),
    [
        ("mit", ("mit",)),
        ("Apache-2.0", ("apache-2.0",)),
        ("CC BY-NC 4.0", ("cc-by-nc-4.0",)),
        ("['mit', 'cc-by-4.0']", ("mit", "cc-by-4.0")),
        ("['mit', 'mine']", ()),  # one that is not known says nothing of the whole
        ("", ()),
        ("see the website", ()),
        ("mit\ntags: [x]", ()),  # no way into the header
    ],
)
def test_what_the_hub_knows(licence, known):
    assert hub_licences(licence) == known


def test_every_model_of_the_package_has_a_licence():
    names = [weights.model_info(name) for name in weights.SHA256]
    told = [licence_of(one.name, one.revision) for one in names]
    assert not any("see" in licence or "known" in licence for licence in told)
    assert all(
        licence_of(name, "main") == model.licence or "gated" in licence_of(name, "main")
        for name, model in MODELS.items()
    )


@pytest.mark.parametrize(
    ("name", "revision", "licence"),
    [
        ("face_embed_dlib128_u8", "7aed87083ca5", "CC0-1.0"),
        ("face_embed_dlib128_u8", "000000000000", "of another version: see its NOTICE"),
        ("face_embed_dlib128_u8", "", "of another version: see its NOTICE"),
        ("black-forest-labs/FLUX.1-Kontext-dev", "main", "FLUX.1 Kontext dev, non-commercial, gated"),
        ("prompt-groups", "abc", "Apache-2.0, a text of this package"),
        ("me/mine", "main", "see its card"),
        ("local:qwen3", "abc", "not known"),
    ],
)
def test_licences_of_models(name, revision, licence):
    assert licence_of(name, revision) == licence
