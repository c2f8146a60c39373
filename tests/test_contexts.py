"""Class names and questions of a dataset reach the captioner, and nothing else of a row does."""

from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, Features, Image, Value
from datasets import List as ListOf

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.records import Captions, PublicCaption


class Listening(testing.FakeCaptioner):
    """Says what it was told: the context of each image."""

    def caption(self, images, inspections):
        return [
            Captions("An image.", PublicCaption(f"A {i.context or 'thing'}".lower())) for i in inspections
        ]


def _dataset(labels=(0, 1, 0), images=None) -> Dataset:
    rows = {
        "image": [{"bytes": b, "path": None} for b in images or [testing.with_face()] * 3],
        "label": list(labels),
        "question": ["what is it", None, "what  colour"],
        "n": [1, 2, 3],
    }
    names = ClassLabel(names=["dog", "cat"])
    features = Features({"image": Image(), "label": names, "question": Value("string"), "n": Value("int64")})
    return Dataset.from_dict(rows, features=features)


def _listening(**settings) -> Sanitizer:
    return Sanitizer(**testing.fakes(captioner=Listening(), **settings))


def test_class_names_and_questions_are_told() -> None:
    # The same image three times: a context makes it another row, an equal one the same.
    safe = _listening(context_columns=["label", "question"]).map(_dataset())
    assert safe["public_caption"] == [
        "a label: dog; question: what is it",
        "a label: cat",
        "a label: dog; question: what colour",
    ]
    again = _listening(context_columns="label").map(_dataset())
    assert again["public_caption"] == ["a label: dog", "a label: cat", "a label: dog"]
    assert _listening().map(_dataset())["public_caption"] == ["a thing"] * 3


def test_the_row_store_tells_contexts_apart(tmp_path: Path) -> None:
    settings = {"context_columns": "label", "store": tmp_path}
    first = _listening(**settings)
    first.map(_dataset())
    assert first.effort["rows"]["computed"] == 2  # two contexts of one image
    second = _listening(**settings)
    captions = second.map(_dataset(labels=(1, 0, 1)))["public_caption"]
    assert captions == ["a label: cat", "a label: dog", "a label: cat"]
    assert second.effort["rows"] == {"read": 3}
    other = _listening(**settings)
    other.records([testing.with_face()], ["label: horse"])
    assert other.effort["rows"] == {"computed": 1}


def test_every_way_into_map_tells_the_same() -> None:
    expected = ["a label: dog", "a label: cat", "a label: dog"]
    sanitize = _listening(context_columns=["label"])
    dataset = _dataset()
    assert dataset.map(sanitize)["public_caption"] == expected
    assert [row["public_caption"] for row in sanitize.map(dataset.to_iterable_dataset())] == expected
    assert sanitize.map(dataset.with_format("arrow"))["public_caption"] == expected
    rows = {"image": [testing.with_face()], "label": ["dog"]}
    assert sanitize(rows)["public_caption"] == ["a label: dog"]


def test_a_class_that_is_not_known_has_no_name() -> None:
    safe = _listening(context_columns=["label"]).map(_dataset(labels=(0, -1, None)))
    assert safe["public_caption"] == ["a label: dog", "a thing", "a thing"]


def test_a_long_context_is_cut() -> None:
    records = _listening(context_columns=["q"])({"image": [testing.blank()], "q": ["word " * 1_000]})
    assert len(records["public_caption"][0]) <= 202


ERRORS = {
    "no such column": ({"context_columns": ["labels"]}, DatasetError, "Column 'labels' not found"),
    # Numbers tell nobody what is to be seen.
    "numbers": ({"context_columns": ["n"]}, DatasetError, "neither texts nor class labels but Value"),
    "the image itself": (
        {"context_columns": ["image"]},
        DatasetError,
        "neither texts nor class labels but Image",
    ),
    "a number": ({"context_columns": 3}, ConfigError, "names of columns"),
    "no name": ({"context_columns": [3]}, ConfigError, "names of columns"),
    "an empty name": ({"context_columns": [""]}, ConfigError, "names of columns"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_columns_that_cannot_be_told(case: str) -> None:
    settings, error, message = ERRORS[case]
    with pytest.raises(error, match=message):
        _listening(**settings).map(_dataset())


def test_lists_of_texts_are_refused() -> None:
    features = Features({"image": Image(), "words": ListOf(Value("string"))})
    rows = {"image": [{"bytes": testing.blank(), "path": None}], "words": [["a"]]}
    with pytest.raises(DatasetError, match="neither texts nor class labels but List"):
        _listening(context_columns="words").map(Dataset.from_dict(rows, features=features))


def test_numbers_in_plain_rows_are_refused() -> None:
    with pytest.raises(DatasetError, match="holds no texts"):
        _listening(context_columns="label")({"image": [testing.blank()], "label": [1]})


def test_columns_do_not_count_in_the_digest_and_survive_pickling() -> None:
    import pickle

    sanitize = _listening(context_columns="label")
    assert sanitize.digest == _listening().digest
    assert pickle.loads(pickle.dumps(sanitize)).config.context_columns == ("label",)  # noqa: S301


def test_equal_images_are_computed_once_whatever_group_they_are_in() -> None:
    sanitize = _listening()
    sanitize.records([testing.with_face()] * 40)  # three groups, each opened while one is worked on
    assert sanitize.effort["rows"].get("computed") == 1


@pytest.mark.parametrize("contexts", ["a dog", ["a dog", "a cat"], []])
def test_contexts_are_one_an_image(contexts) -> None:
    with pytest.raises(DatasetError, match="one text an image"):
        _listening().records([testing.blank()], contexts)
