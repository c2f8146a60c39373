"""The card of a repo: every count is said, every warning stands there, no name of a user is markup."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.hub.card.keeping import BEGIN, END
from hf_unsafe2safe.hub.published import Published
from hf_unsafe2safe.manifest import publishable

from .examples import CONFIG, config, published, section, text

HOSTILE = (
    "a|b",
    "a\nb\n# Title",
    "<script>alert(1)</script>",
    "<!-- unsafe2safe: end -->",
    "`code",
    "``` \n",
    "[a](javascript:b)",
    "![a](b)",
    "\\|",
    "**bold**",
    "\u202eabc",
    "a\r\n---\r\nb",
)


def rendered(card):
    body = card.split("---\n", 2)[2]
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(body)


def cells(card, title):
    """The rows of the tables of a section, without their heads."""
    rows = [line.strip("|").split("|") for line in section(card, title).splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in row) for row in rows if set("".join(row)) - set("-: ")]


def test_rows_are_counted_either_way():
    rows = dict(row for row in cells(text(), "Rows") if len(row) == 2)
    assert rows["in the result"] == "300"
    assert rows["left out: no safe image (`rejected`, `failed`)"] == "9"
    assert rows["left out: by the publisher, or taken down"] == "2"
    assert rows["**published**"] == "**289**"
    assert rows["`people`"] == "80"
    assert ("`edited`", "91") in [row[:2] for row in cells(text(), "Rows")]
    assert "`face_remains` 7, `truncated` 2." in section(text(), "Rows")


def test_rows_without_image_that_are_published():
    card = text(published(without_image="null", published={"train": 298}))
    rows = dict(row for row in cells(card, "Rows") if len(row) == 2)
    assert rows["left out: no safe image (`rejected`, `failed`)"] == "0"
    assert rows["left out: by the publisher, or taken down"] == "2"
    assert rows["of these without an image (`rejected`, `failed`), at most"] == "9"


def test_splits_are_counted_where_there_are_several():
    splits = {"train": {"safe": 200, "edited": 91}, "test": {"rejected": 7, "failed": 2}}
    rows = cells(text(published(splits=splits)), "Rows")
    assert ("`train`", "291", "289") in rows
    assert ("`test`", "9", "0") in rows


@pytest.mark.parametrize(
    ("changes", "title", "said"),
    [
        ({}, "What was done", "Policy: `default`. Edited: address"),
        ({}, "What was done", "for faces by a second model"),
        ({}, "What was done", "| editor | text: `inpaint`; all else: `fill` |"),
        (
            {"not_inspected": ("health",)},
            "What was done",
            "**Not inspected**, though the policy names them: health.",
        ),
        ({"kept_by_consent": 3}, "What was done", "their people consented: 3."),
        ({"reviewed": {"drop": 2}}, "What was done", "decided on rows (drop 2)"),
        ({}, "Columns", "| `row_key` | string |"),
        ({}, "Columns", "No column of the source was withheld."),
        ({"withheld": {"caption": "a text"}}, "Columns", "| `caption` | a text |"),
        ({"hidden_values": {"question": 3}}, "Columns", "not here: `question` 3."),
        ({"private_columns": ("private_caption",)}, "Columns", "**Private columns are in this repository**"),
        ({}, "The last look", "64 of 289 images"),
        ({"checked": {"rows": 1, "of": 2}}, "The last look", "1 of 2 images were also inspected again"),
        ({"checked": {}}, "The last look", "None is recorded."),
        ({}, "Source and licence", "[me/photos](/datasets/me/photos) at `3f1c2d`. Its licence: `mit`;"),
        ({"source": "LOCAL_FOLDER"}, "Source and licence", "files of the publisher that are not on the Hub."),
        ({"source_licence": ""}, "Source and licence", "**Its licence is not known.**"),
        ({"source_licence": "unknown"}, "Source and licence", "**Its licence is not known.**"),
        ({"source_licence": "ask me"}, "Source and licence", "none that the Hub knows by name"),
        ({"source_licence": "cc-by-nd-4.0"}, "Source and licence", "forbids derivatives"),
        ({"limit": 5}, "Source and licence", "the first 5 rows of every split"),
        (
            {},
            "How to make it again",
            "unsafe2safe sanitize me/photos --output DIR --preset local --revision 3f1c2d",
        ),
        ({}, "How to make it again", "\nunsafe2safe publish DIR me/photos-safe\n"),
        ({"source": "DATASET_IN_PYTHON"}, "How to make it again", "dataset.save_to_disk('LOCAL_FOLDER')"),
        ({}, "Models", "| `zxing-cpp` | `3.1.1` | Apache-2.0 |"),
        ({}, "Models", "| `org/model` | `main` | see its card |"),
        ({"models": ()}, "Models", "No model took part."),
        ({}, "What this does not promise", "It reduces risk and proves nothing."),
        ({}, "What this does not promise", "do not protect against linkage or membership tests"),
        ({}, "What this does not promise", "No k-anonymity is claimed"),
        ({}, "What this does not promise", "a key that stays with the publisher"),
        ({}, "Takedown", "unsafe2safe retract me/photos-safe --image photo.jpg"),
        ({}, "Takedown", "already downloaded cannot be recalled. Rows taken down so far: 0."),
        ({}, "Citation", "eprint        = {2603.28605}"),
        ({}, "Citation", "Cite the source: [me/photos](/datasets/me/photos)."),
        ({"source": "LOCAL_FOLDER"}, "Citation", "Cite the source too."),
    ],
)
def test_what_a_section_says(changes, title, said):
    assert said in section(text(published(**changes)), title)


def test_only_what_is_known_is_warned_of():
    card = text()
    assert "WARNING" not in card
    assert "Evaluation" not in card
    forbidden = text(published(source_licence="cc-by-nc-nd-4.0"))
    assert forbidden.index("WARNING") < forbidden.index("How to load it")


def test_another_verifier_is_not_praised_for_what_the_embedded_one_does():
    other = publishable(Sanitizer(verifier=testing.fakes()["verifier"], store=None).config)
    done = section(text(published(config=other)), "What was done")
    assert "by the verifier `hf_unsafe2safe.testing.fakes." in done
    assert "second reader" not in done


def test_evaluation():
    rows = (
        {
            "group": "Privacy",
            "metric": "FaceSim",
            "value": 0.20341,
            "low": 0.19,
            "high": 0.22,
            "better": "lower",
        },
        {
            "group": "Quality",
            "metric": "CLIP score",
            "value": 1,
            "low": None,
            "high": None,
            "better": "higher",
        },
    )
    found = cells(text(published(evaluation=rows)), "Evaluation")
    assert found[1:] == [
        ("Privacy", "FaceSim", "0.2034", "0.19 to 0.22", "lower"),
        ("Quality", "CLIP score", "1", "", "higher"),
    ]


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("", "Open a [discussion](/datasets/me/photos-safe/discussions) and name"),
        ("privacy@example.org", "Write to privacy@example.org and name"),
        ("https://example.org/gone?a=b", "Write to https://example.org/gone?a=b and name"),
    ],
)
def test_whom_to_ask(contact, said):
    there = Published({"default": config()}, retracted=("a" * 32, "a" * 32, "b" * 32), contact=contact)
    takedown = section(text(there), "Takedown")
    assert said in takedown
    assert "Rows taken down so far: 2." in takedown


@pytest.mark.parametrize(
    ("names", "loaded"),
    [
        (("default",), '"me/photos-safe"'),
        (("b",), '"me/photos-safe", "b"'),
        (("a", "default"), '"me/photos-safe"'),
        (("b", "a"), '"me/photos-safe", "a"'),
    ],
)
def test_how_to_load_it(names, loaded):
    card = text(Published({name: config() for name in names}))
    assert f"load_dataset({loaded})" in section(card, "How to load it")
    assert f"load_safe_dataset({loaded})" in section(card, "How to load it")


def test_several_configurations_have_a_section_each():
    card = text(Published({"b": config(source_licence="cc-by-nd-4.0"), "a": config(published={"train": 7})}))
    assert re.findall("^## (.*)$", card, re.MULTILINE) == [
        "How to load it",
        "Configuration `a`",
        "Configuration `b`",
        "Models",
        "What this does not promise",
        "Takedown",
        "Citation",
    ]
    assert card.count("### Rows\n") == 2
    assert cells(card, "How to load it")[1:] == [("`a`", "7"), ("`b`", "289")]
    assert "**The licence of the source (`b`) forbids derivatives**" in card


def everywhere(name):
    """A repo in which everything that a user may name is called so."""
    policy = {**CONFIG["policy"], "name": name, "criteria": {name: "NOT_PUBLISHED"}, "edit": {name: 0.5}}
    one = config(
        config={**CONFIG, "policy": policy, "annotations": {name: name}, "context_columns": [name]},
        image_column=name,
        columns={name: name},
        withheld={name: name},
        hidden_values={name: 1},
        private_columns=(name,),
        source=name,
        source_licence=name,
        splits={name: {"safe": 1}, "b": {"safe": 1}},
        published={name: 1},
        not_inspected=(name,),
        models=({"name": name, "revision": name},),
        evaluation=({"group": name, "metric": name, "value": name, "better": name},),
    )
    return Published({name: one, "default": config()}, contact=name)


TABLES = text(everywhere("plain")).count("\n| ---")  # rulers


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_markup(name):
    card = text(everywhere(name))
    html, plain = rendered(card), rendered(text(everywhere("plain")))
    tags = re.compile(r"<(?!/?(?:code|strong)\b)[^>]*>")  # a plain name is code, others are not
    assert [t for t in tags.findall(html) if "href" not in t and t != "</a>"] == [
        t for t in tags.findall(plain) if "href" not in t and t != "</a>"
    ]
    assert "javascript:" not in " ".join(re.findall('href="([^"]*)"', html))
    assert rendered(card).count(BEGIN) == rendered(card).count(END) == 1
    assert "\u202e" not in card
    assert text(everywhere(name), card) == card


@settings(max_examples=25, deadline=None)
@given(name=st.text(min_size=1, max_size=20))
def test_any_name_keeps_the_tables_whole(name):
    html = rendered(text(everywhere(name)))
    assert html.count("<table>") == TABLES
    for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL):
        assert len(re.findall("<t[hd]", row)) in (2, 3, 5)
