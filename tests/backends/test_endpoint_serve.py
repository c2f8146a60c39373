"""A real OpenAI-compatible server: `transformers serve` with tiny models."""

import pytest

from hf_unsafe2safe.backends.chat import Prompt, Reply
from hf_unsafe2safe.backends.served.endpoint import EndpointChat
from tests.backends.serve import serving
from tests.photos import rgb
from tests.tiny_models import tiny_llm, tiny_vlm

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("babble")]  # two servers start


@pytest.fixture(scope="module")
def language():
    with serving(tiny_llm()) as url:
        yield EndpointChat(f"{url},model={tiny_llm()}", images=False)


@pytest.fixture(scope="module")
def vision():
    with serving(tiny_vlm()) as url:
        yield EndpointChat(f"{url},model={tiny_vlm()},size=84", images=True)


def question(text, **more):
    return Prompt("Answer.", text, max_new_tokens=6, **more)


def test_it_answers_in_order_and_the_same_again(language):
    prompts = [question(f"Question {number}") for number in range(6)]
    first = language.generate(prompts)
    assert all(isinstance(reply, Reply) for reply in first)
    assert len(set(first)) > 1  # a reply depends on its prompt
    assert language.generate(prompts[::-1]) == first[::-1]


def test_a_cut_reply_says_so_and_tokens_are_counted(language):
    before = language.counts["output_tokens"]
    replies = language.generate([question("Tell me all.")])
    assert not replies[0].finished
    assert language.counts["output_tokens"] - before == 6


def test_a_schema_is_left_out_where_the_server_ignores_it(language):
    assert isinstance(language.generate([question("x", schema={"type": "object"})])[0], Reply)


def test_decisions_of_a_server_without_probabilities(language):
    for outcome in language.decide([question("Is it day?"), question("Is it night?")]):
        assert outcome in (0.0, 1.0) or outcome.reason == "unreadable_reply"


def test_no_folder_is_published(language):
    assert language.models[0].name == "served-model"


def test_it_sees_the_image(vision):
    photos = [rgb("neg_cat.png"), rgb("neg_coffee.jpg"), rgb("people_astronaut.jpg")]
    seen = vision.generate([question("What is it?", image=photo) for photo in photos])
    assert all(isinstance(reply, Reply) for reply in seen)
    assert len(set(seen)) > 1
    with_images = vision.counts["input_tokens"]
    vision.generate([question("What is it?") for _ in photos])
    text_alone = vision.counts["input_tokens"] - with_images
    assert with_images >= text_alone + 3 * 4  # patches of each image
