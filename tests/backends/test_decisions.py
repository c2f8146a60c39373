"""Questions about one image share its computation and are answered as if they did not."""

import functools
from dataclasses import replace
from itertools import pairwise

import pytest

from hf_unsafe2safe.backends.chat import Prompt
from hf_unsafe2safe.backends.local.decisions import may_share, probabilities
from hf_unsafe2safe.backends.local.loaded import LoadedModel
from hf_unsafe2safe.backends.local.transformers_chat import TransformersChat
from hf_unsafe2safe.errors import StageError
from tests import photos
from tests.tiny_models import tiny_deep_vlm, tiny_llava, tiny_llm, tiny_vlm

pytestmark = pytest.mark.usefixtures("babble")

QUESTIONS = ("A?", "Is there a person, even a blurred one, anywhere?", "Text?", "Is this a private room?")
PHOTOS = ("neg_cat.png", "people_astronaut.jpg", "plate_skoda.jpg")
VLMS = {"vlm": tiny_vlm, "deep": tiny_deep_vlm, "llava": tiny_llava}


def fresh(name: str) -> TransformersChat:
    """Return a chat with weights of its own, so that calls can be counted and models broken."""
    chat = TransformersChat(f"{VLMS[name]()},device_map=cpu,size=160", images=True)
    mine = chat._load()
    chat._loaded = lambda: mine
    return chat


def prompts() -> list[Prompt]:
    return [
        Prompt("Answer.", text, photos.rgb(name), max_new_tokens=6) for name in PHOTOS for text in QUESTIONS
    ]


def tower(loaded: LoadedModel):
    inner = loaded.model.model
    return inner.visual if hasattr(inner, "visual") else inner.vision_tower


@pytest.mark.parametrize("name", VLMS)
def test_one_look_an_image(name):
    """The vision tower runs once an image, for all decisions and replies about it."""
    chat, looks = fresh(name), []
    tower(chat._loaded()).register_forward_hook(lambda *_: looks.append(1))
    decisions, replies = chat.decide(prompts()), chat.generate(prompts())
    assert len(looks) == len(PHOTOS)
    chat._loaded().seen.stop()
    assert chat.generate(prompts()) == replies
    chat._loaded().shares = False
    looks.clear()
    assert chat.decide(prompts()) == decisions
    assert looks
    assert len(set(decisions)) == len(decisions)


def test_the_image_is_read_once():
    """Twelve questions about three images: fewer tokens than twelve prompts have."""
    shared, plain = fresh("vlm"), fresh("vlm")
    plain._loaded().shares = False
    assert shared.decide(prompts()) == plain.decide(prompts())
    assert shared.counts["input_tokens"] < 0.7 * plain.counts["input_tokens"]
    assert shared.counts["requests"] == plain.counts["requests"] == 12


def test_rules_and_images_in_turn():
    """Other rules, or another image, in between: each question keeps its own."""
    chat = fresh("vlm")
    mixed = [
        one if i % 2 else replace(one, system="Answer the other way.") for i, one in enumerate(prompts())
    ]
    mixed = mixed[::3] + mixed[1::3] + mixed[2::3] + [replace(mixed[0], image=None)]
    assert chat.decide(mixed) == [chat.decide([one])[0] for one in mixed]
    assert all(a != b for a, b in pairwise(chat.decide(mixed)))


def test_features_are_told_apart_by_content():
    """The same array with other pixels is another image."""
    chat, (one, *_) = fresh("llava"), prompts()
    pixels = one.image.copy()
    first = chat.decide([replace(one, image=pixels)])
    pixels[:] = photos.rgb("neg_coffee.jpg")[: pixels.shape[0], : pixels.shape[1]].mean().astype("uint8")
    assert chat.decide([replace(one, image=pixels)]) != first
    assert chat.decide([one]) == first


def test_few_features_are_kept(monkeypatch):
    chat = fresh("vlm")
    wanted = chat.decide(prompts())
    monkeypatch.setattr("hf_unsafe2safe.backends.local.vision.LARGEST", 1)
    chat = fresh("vlm")
    assert chat.decide(prompts()) == wanted
    assert len(chat._loaded().seen._features) == 1


def test_a_model_that_cannot_share_is_asked_plainly():
    """A model that ignores what came before: found out when it is loaded."""
    chat = fresh("vlm")
    wanted, loaded = chat.decide(prompts()), chat._loaded()
    forward = loaded.model.forward

    @functools.wraps(forward)
    def forgetful(*args, past_key_values=None, input_ids=None, **kwargs):
        begun = past_key_values is not None and past_key_values.get_seq_length() > 0
        return forward(
            *args, input_ids=input_ids, past_key_values=None if begun else past_key_values, **kwargs
        )

    loaded.model.forward = forgetful
    assert not may_share(loaded)
    loaded.model.forward = forward
    loaded.shares = False
    assert chat.decide(prompts()) == wanted


def test_a_tower_with_other_features_is_left_alone():
    """What the tower returns for two images is not what it returns for each: no features are kept."""
    chat = fresh("llava")
    loaded = chat._loaded()
    see = loaded.seen._see
    loaded.seen._see = lambda **given: see(**{**given, "pixel_values": given["pixel_values"].flip(-1) * 0.1})
    loaded.seen._features.clear()
    may_share(loaded)
    assert loaded.seen.serves  # alike for each alone and for both: fine
    loaded.seen._see = lambda **given: see(
        **{**given, "pixel_values": given["pixel_values"] * len(given["pixel_values"])}
    )
    loaded.seen._features.clear()
    may_share(loaded)
    assert not loaded.seen.serves


def test_scores_that_are_no_numbers_fail(monkeypatch):
    import torch

    monkeypatch.setattr("hf_unsafe2safe.backends.chat.LEAST_MASS", 0.01)

    loaded = TransformersChat(f"{tiny_llm()},device_map=cpu", images=False)._loaded()
    scores = torch.zeros(4, 320)
    yes, no = loaded.words
    scores[1, yes] = float("nan")
    scores[2, no] = 9.0
    scores[3, [*yes, *no]] = -9.0  # it begins with something else: a thought, a fence
    even, broken, low, other = probabilities(loaded, scores)
    assert even == round(len(yes) / (len(yes) + len(no)), 4)
    assert isinstance(broken, StageError)
    assert broken.reason == "inspect_failed"
    assert low < 0.001
    assert isinstance(other, StageError)
    assert other.reason == "unreadable_reply"


def test_words_are_told_apart():
    loaded = TransformersChat(f"{tiny_llm()},device_map=cpu", images=False)._loaded()
    yes, no = loaded.words
    assert len(yes) > 1
    assert not set(yes) & set(no)
