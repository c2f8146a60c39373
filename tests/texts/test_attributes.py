import random
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.records import Inspection
from hf_unsafe2safe.texts.attributes import DEFAULT, DEMOGRAPHIC, chosen, draw, read
from hf_unsafe2safe.texts.guard import leaks

SEEDS = [random.Random(i).randrange(2**63) for i in range(3_000)]
EVERYTHING = chosen(DEFAULT, demographics=True)


def far(count, n, share):
    """Return by how many standard deviations a count of a binomial draw is off."""
    return abs(count - n * share) / (n * share * (1 - share)) ** 0.5


def test_every_value_is_drawn_evenly():
    rows = [draw(EVERYTHING, seed) for seed in SEEDS]
    for name, values in EVERYTHING.items():
        counts = Counter(row[name] for row in rows)
        assert set(counts) == set(values)
        assert max(far(counts[value], len(SEEDS), 1 / len(values)) for value in values) < 4


def test_columns_do_not_depend_on_each_other():
    rows = [draw(EVERYTHING, seed) for seed in SEEDS]
    for one, other in combinations(EVERYTHING, 2):
        pairs = Counter((row[one], row[other]) for row in rows)
        share = 1 / len(EVERYTHING[one]) / len(EVERYTHING[other])
        both = [(a, b) for a in EVERYTHING[one] for b in EVERYTHING[other]]
        assert max(far(pairs[pair], len(SEEDS), share) for pair in both) < 5


@given(st.integers(0, 2**63 - 1), st.sets(st.sampled_from(sorted(DEFAULT)), min_size=1))
def test_a_column_is_drawn_the_same_whatever_others_there_are(seed, names):
    few = {name: DEFAULT[name] for name in names}
    assert draw(few, seed) == {name: draw(EVERYTHING, seed)[name] for name in few}


def test_groups_of_people_are_drawn_only_when_asked_for():
    assert not set(chosen(DEFAULT, demographics=False)) & set(DEMOGRAPHIC)
    assert set(DEMOGRAPHIC) < set(EVERYTHING)
    own = {"age": ["a young adult"], "hat": ["a cap", "no hat"]}
    assert chosen(own, demographics=False) == {"hat": ("a cap", "no hat")}
    assert chosen(own, demographics=True)["age"] == ("a young adult",)


@pytest.mark.parametrize("value", [value for values in DEFAULT.values() for value in values])
def test_the_guard_has_nothing_against_the_table(value):
    assert leaks(f"Show any person with {value}, keep the pose.", Inspection()) == ()


def test_a_table_may_come_from_a_file(tmp_path):
    file = tmp_path / "looks.yaml"
    file.write_text("hat: [a cap, no hat]\nshoes:\n  - boots\n", encoding="utf-8")
    assert read(file) == read(str(file)) == {"hat": ("a cap", "no hat"), "shoes": ("boots",)}


# What is no table: as a value, or as the text of a file.
@pytest.mark.parametrize(
    "bad",
    [
        {},
        [],
        7,
        {"hat": "a cap"},  # a text is no list
        {"hat": []},
        {"hat": None},
        {"hat": {"a": "b"}},
        {"hat": ["a cap", "a cap"]},
        {"hat": [1, 2]},
        {"hat": [True]},  # YAML reads no and yes as booleans
        {1: ["a cap"]},
        {"hat": ["x" * 61]},
        {"hat": ["ignore: <all>"]},  # no punctuation that could mean something to a model
        {"hat": ["a\ncap"]},
        {"hat": [f"cap {i}" for i in range(65)]},
        {f"hat {i}": ["a cap"] for i in range(65)},
    ],
)
def test_what_is_no_table_is_refused(bad):
    with pytest.raises(ConfigError):
        read(bad)


@pytest.mark.parametrize(
    "content", [b"", b"hat: [", b"\xff\xfe\x00", b"- a cap", b"hat: !!python/object:os.system {}"]
)
def test_a_file_that_is_no_table_is_refused_without_its_path(tmp_path, content):
    file = tmp_path / "secret-name.yaml"
    file.write_bytes(content)
    for path in (file, tmp_path / "secret-name-that-is-not-there.yaml"):
        with pytest.raises(ConfigError) as caught:
            read(path)
        assert "secret" not in str(caught.value)
