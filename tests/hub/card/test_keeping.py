"""What a user wrote in a card survives every update, and no text of a user breaks one."""

import pytest
import yaml
from huggingface_hub import DatasetCard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.hub.card.keeping import BEGIN, END

from .examples import header, published, text

FIRST = text()
BODY = FIRST.split("---\n", 2)[2]
LATER = published(statuses={"safe": 1}, published={"train": 1})

# What READMEs are made of, and what could break one.
PIECES = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            [
                *(
                    "---\n",
                    "---",
                    "\n",
                    "\r\n",
                    "\n\n",
                    "# Title\n",
                    "```\n",
                    "...\n",
                    "{}\n",
                    "\ufeff",
                    "\t",
                ),
                *(BEGIN, END, f"{BEGIN}\nold\n{END}\n", "<!--", "-->"),
                *(
                    "tags: [a]\n",
                    "tags: a # mine\n",
                    "license: no\n",
                    "license: mit\n",
                    "a: &x [1]\n",
                    "b: *x\n",
                ),
                *("configs: 3\n", "configs: [{}]\n", "dataset_info: 1\n", "when: 2024-13-45\n", "n: .nan\n"),
                *(
                    "? x\n",
                    "1: 2\n",
                    "a: &r [*r]\n",
                    "- a\n",
                    "# a comment\n",
                    "{tags: [x]}\n",
                    "<<: {c: 1}\n",
                ),
            ]
        ),
    ),
    max_size=8,
).map("".join)


def hub_header(card):
    """What the Hub's own client reads of a card."""
    return DatasetCard(card).data.to_dict()


@settings(max_examples=40, deadline=None)
@given(existing=PIECES, prefix=st.sampled_from(["", "---\n"]))
@example(existing="n: .nan\n---\n", prefix="---\n")
@example(existing="a: &r [*r]\n---\n", prefix="---\n")
@example(existing=BEGIN, prefix="")
def test_a_card_is_always_whole_and_updating_it_twice_changes_nothing(existing, prefix):
    once = text(existing=prefix + existing)
    assert text(existing=once) == once
    assert "unsafe2safe" in hub_header(once)["tags"]
    assert once.count(BODY.strip()) == 1


@settings(max_examples=40, deadline=None)
@given(before=PIECES, after=PIECES)
def test_text_around_ours_survives(before, after):
    before, after = (part.replace(BEGIN, "").replace(END, "") for part in (before, after))
    there = FIRST.replace(BODY, before + BODY + after)
    updated = text(LATER, there)
    assert f"---\n{before}\n{BEGIN}" in updated
    assert updated.endswith(f"{END}\n{after}")
    assert "| in the result | 1 |" in updated


@settings(max_examples=40, deadline=None)
@given(existing=PIECES)
def test_a_readme_without_our_marks_stays_whole(existing):
    existing = existing.replace(BEGIN, "").replace(END, "")
    mine = f"# Mine\n\n{existing}"
    updated = text(existing=mine)
    assert updated.split("---\n", 2)[2].startswith(mine)


KEYS = st.dictionaries(
    st.text(min_size=1, max_size=8).filter(
        lambda key: key not in ("tags", "license", "configs", "dataset_info")
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.dates(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(values=KEYS, flow=st.booleans())
def test_other_keys_of_the_header_survive(values, flow):
    written = yaml.safe_dump(values, default_flow_style=flow, sort_keys=False)
    kept = header_of(text(existing=f"---\n{written}---\n\nMine\n"))
    ours = {"task_categories", "source_datasets", "size_categories"}
    assert {key: kept[key] for key in values if key not in ours} == {
        key: value for key, value in values.items() if key not in ours
    }


def header_of(card):
    return yaml.safe_load(card.split("---\n", 1)[1].split("\n---\n")[0])


@pytest.mark.parametrize(
    "line",
    [
        "language: no",  # Norwegian, which PyYAML reads as false
        "pretty_name: 'Mine'   # a comment",
        "# a comment alone\npretty_name: Mine",
        "extra_gated_prompt: |\n  Be kind.\n\n  Always.",
        "released: 2024-01-01",
        "version: 1.10",
    ],
)
def test_lines_of_the_header_stay_as_they_were_written(line):
    assert f"\n{line}\n" in text(existing=f"---\nlicense: mit\n{line}\n---\n")
    assert f"---\n{line}\n" in text(existing=f"---\n{line}\n---\n")


@pytest.mark.parametrize(
    "existing",
    [
        None,
        "",
        "---\n---\n",  # an empty header
        "---\n{}\n---\n",
        "---\nlicense: mit\n---\n",  # as the Hub makes one
        "\ufeff---\nlicense: mit\n---\n",
    ],
)
def test_a_readme_of_the_hub(existing):
    card = text(existing=existing)
    assert card.startswith("---\nlicense: mit\n")
    assert card.count("---\n") == FIRST.count("---\n")
    assert card.endswith(f"{END}\n")


@pytest.mark.parametrize(
    "broken",
    [
        "---\ntags: [a\n---\n",
        "---\n- a list\n---\n",
        "---\nwhen: 2024-13-45\n---\n",
        "---\na: b: c\n---\n",
        "---\nhorizontal rules\n---\n",
    ],
)
def test_what_is_no_header_is_kept_as_text(broken):
    card = text(existing=f"{broken}Mine\n")
    assert card.split("---\n", 2)[2].startswith(f"{broken}Mine\n")
    assert header(card)["license"] == "mit"


def test_half_a_pair_takes_nothing_with_it():
    card = text(existing=f"Before\n\n{BEGIN}\nMine, after somebody removed the other mark.\n")
    assert "Mine, after somebody removed the other mark." in text(LATER, card)
    assert text(LATER, card).count(END) == 1


def test_ours_is_replaced_where_it_stands():
    moved = FIRST.replace(BODY, f"# Mine\n{BODY}\nMore of mine.\n")
    card = text(LATER, moved)
    assert card.index("# Mine") < card.index(BEGIN) < card.index(END) < card.index("More of mine.")
    assert "| in the result | 300 |" not in card
    assert "| in the result | 1 |" in card
