"""The vision-language inspector with tiny models of two families: random answers, real wiring."""

import pickle

import pytest

from hf_unsafe2safe.inspection.union import UnionInspector
from hf_unsafe2safe.inspection.vlm import VlmInspector
from hf_unsafe2safe.taxonomy import GROUP_KINDS
from tests.photos import rgb
from tests.tiny_models import tiny_llava, tiny_vlm

pytestmark = [pytest.mark.usefixtures("babble"), pytest.mark.slow]

IMAGES = [rgb("people_astronaut.jpg"), rgb("neg_cat.png"), rgb("plate_skoda.jpg")]
KINDS = tuple(GROUP_KINDS.values())
MODELS = (tiny_vlm, tiny_llava)


@pytest.fixture(params=MODELS)
def spec(request):
    return f"{request.param()},threshold=0.3"


def test_rows_are_inspected_alone_as_together(spec):
    together = VlmInspector(spec).inspect(IMAGES, KINDS)
    inspector = VlmInspector(f"{spec},batch_size=1")
    assert [inspector.inspect([image], KINDS)[0] for image in IMAGES] == together
    assert any(found.findings for found in together)
    for image, found in zip(IMAGES, together, strict=True):
        for f in found.findings:
            assert f.kind in KINDS
            assert 0.3 <= f.score <= 1
            assert 0 <= f.box[0] < f.box[2] <= image.shape[1]
            assert 0 <= f.box[1] < f.box[3] <= image.shape[0]


def test_it_is_made_again_from_its_spec(spec):
    inspector = VlmInspector(spec).with_criteria({"logos": "logos of companies"})
    data = pickle.dumps(inspector)
    again = pickle.loads(data)  # noqa: S301
    assert len(data) < 10_000
    assert (again.fingerprint(), again.models) == (inspector.fingerprint(), inspector.models)
    assert again.inspect(IMAGES[:1], ["logos"]) == inspector.inspect(IMAGES[:1], ["logos"])


def test_what_was_asked_once_is_not_asked_again(spec):
    inspector = VlmInspector(spec)
    inspector.inspect(IMAGES, KINDS)
    asked = inspector.counts["requests"]
    assert asked >= len(IMAGES) * len(KINDS)
    inspector.inspect(IMAGES[1:2], KINDS)
    assert inspector.counts["requests"] == asked


def test_another_model_has_another_fingerprint():
    assert len({VlmInspector(str(model())).fingerprint() for model in MODELS}) == 2


def test_the_union_takes_a_spec(spec):
    union = UnionInspector(spec)
    alone = VlmInspector(spec)
    found, seen = union.inspect(IMAGES[1:2], KINDS), alone.inspect(IMAGES[1:2], KINDS)
    assert set(found[0].findings) >= {f for f in seen[0].findings if not f.placed}
    assert set(union.models) > set(alone.models)
