"""From a spec to a stage: the grammar, what is unknown, and packages that get in each other's way."""

import sys
from pathlib import Path
from typing import Any

import pytest

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.config import STAGES
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.inpaint import InpaintEditor
from hf_unsafe2safe.errors import ConfigError, UnknownNameError, Unsafe2SafeError
from hf_unsafe2safe.registry import create, create_editors, known
from hf_unsafe2safe.taxonomy import KINDS, TEXT_KINDS

FAKE = testing.FakeEditor()


def test_built_ins_are_registered_as_others_would_be() -> None:
    assert {stage: sorted(known(stage)) for stage in STAGES} == {
        "inspector": ["local", "union", "vlm"],
        "captioner": ["template", "vlm"],
        "instructor": ["llm", "template"],
        "editor": [
            *("blur", "diffusion", "endpoint", "fill", "flowedit", "inpaint", "instruct-pix2pix", "klein"),
            *("kontext", "mosaic", "pixelate", "qwen-image-edit", "safe-attention", "stand-in"),
        ],
        "verifier": ["judge", "local"],
    }


def names(chains: dict[str, tuple[Any, ...]]) -> dict[str, list[str]]:
    return {kind: [type(e).__name__ for e in chain] for kind, chain in chains.items()}


F, P, X = ["FillEditor"], ["InpaintEditor"], ["FakeEditor"]
# spec -> chains of face, phone and text
SPECS: list[tuple[Any, list[str], list[str], list[str]]] = [
    ("fill", F, F, F),
    ("fill:", F, F, F),  # an empty argument is none
    (FAKE, X, X, X),
    (["inpaint", "fill"], P + F, P + F, P + F),
    (("inpaint", FAKE), P + X, P + X, P + X),
    ({"face": "fill", "text": "inpaint"}, F, P, P),  # `text` is every kind of text
    ({"face": "fill", "*": "inpaint"}, F, P, P),
    ({"text": "fill", "*": "inpaint"}, P, F, F),  # the nearest name wins, in any order
    ({"*": "inpaint", "phone": FAKE, "text": "fill"}, P, X, F),
    ({"face": ["inpaint", "fill"], "text": [FAKE]}, P + F, X, X),
]


@pytest.mark.parametrize(("spec", "face", "phone", "text"), SPECS)
def test_editor_specs(spec: Any, face: list[str], phone: list[str], text: list[str]) -> None:
    chains = create_editors(spec, ("face", "phone", "text"))
    assert names(chains) == {"face": face, "phone": phone, "text": text}


def test_one_spec_is_one_object() -> None:
    chains = create_editors({"face": "fill", "text": ["inpaint", "fill"]}, ("face", "phone", "url"))
    assert chains["face"][0] is chains["phone"][1] is chains["url"][1]
    assert chains["phone"][0] is chains["url"][0]
    assert create_editors(FAKE, ("face",))["face"] == (FAKE,)


ERRORS: dict[str, tuple[str, Any, type[Unsafe2SafeError], str]] = {
    "unknown": (
        "editor",
        "spray",
        UnknownNameError,
        r"'spray'\. Known: blur, diffusion, .*, stand-in\.",
    ),
    "not exact": (
        "inspector",
        "Local",
        UnknownNameError,
        r"Unknown inspector 'Local'\. Known: local, union, vlm\.",
    ),
    "unknown with argument": ("verifier", "vlm:org/model", UnknownNameError, r"Unknown verifier 'vlm'\."),
    "empty": ("editor", "", UnknownNameError, "Unknown editor ''"),
    "argument for none": (
        "editor",
        "fill:red",
        ConfigError,
        r"The editor 'fill' takes no argument\. Write 'fill'\.",
    ),
    "argument unknown": ("instructor", "template:x", ConfigError, "takes no 'x'"),
    "list": ("inspector", ["local"], ConfigError, "inspector must be a name or an object, got list"),
    "mapping": ("captioner", {"face": "template"}, ConfigError, "got dict"),
    "another stage": (
        "editor",
        testing.FakeVerifier(),
        ConfigError,
        r"FakeVerifier is no editor\. It must have: edit, models, stochastic\.",
    ),
    "empty chain": ("editor", [], ConfigError, r"An empty list of editors\. Name at least one"),
    "empty chain of a kind": ("editor", {"*": []}, ConfigError, "An empty list of editors"),
    "mapping in a list": (
        "editor",
        [{"*": "fill"}],
        ConfigError,
        "editor must be a name or an object, got dict",
    ),
    "unknown in a chain": ("editor", ["fill", "spray"], UnknownNameError, "Unknown editor 'spray'"),
    "unknown kind": (
        "editor",
        {"fase": "fill"},
        UnknownNameError,
        r"Unknown kinds in editor: fase\. Known: face, .*\*\.",
    ),
    "number as kind": ("editor", {1: "fill", "x": "fill"}, UnknownNameError, "Unknown kinds in editor: 1, x"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_specs_that_cannot_work(case: str) -> None:
    stage, spec, kind, message = ERRORS[case]
    with pytest.raises(kind, match=message):
        Sanitizer(**testing.fakes(**{stage: spec}))


def test_arguments_reach_the_factory() -> None:
    assert (
        create("instructor", "template:demographics").fingerprint()
        != create("instructor", "template").fingerprint()
    )
    assert isinstance(create("editor", "fill"), FillEditor)
    assert isinstance(create("editor", "inpaint"), InpaintEditor)
    assert set(create_editors("fill", KINDS)) == set(KINDS)


def test_kinds_that_a_mapping_leaves_out_are_filled() -> None:
    made = create_editors({"text": "inpaint", "name": "mosaic"}, KINDS)
    names = {kind: [type(editor).__name__ for editor in chain] for kind, chain in made.items()}
    assert names["face"] == names["code"] == ["FillEditor"]
    assert names["name"] == ["MosaicEditor"]
    assert all(names[kind] == ["InpaintEditor"] for kind in TEXT_KINDS if kind != "name")


def package(folder: Path, name: str, entries: str) -> None:
    """Install an empty distribution with entry points of editors into a folder."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[hf_unsafe2safe.editors]\n{entries}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_third_party_s_editor_is_used_by_name(site: Path) -> None:
    (site / "painted_editors.py").write_text(
        "from hf_unsafe2safe.testing import FakeEditor\n"
        "class Painted(FakeEditor):\n"
        "    def __init__(self, how):\n"
        "        super().__init__(stochastic=how == 'freely')\n"
    )
    package(site, "painted", "painted = painted_editors:Painted\nbroken = no_such_module:X")
    assert {"painted", "broken"} < set(known("editor"))
    assert "painted_editors" not in sys.modules  # only the one asked for is imported
    assert create("editor", "painted:freely").stochastic
    with pytest.raises(
        ConfigError, match=r"The editor 'painted' needs an argument\. Write 'painted:ARGUMENT'\."
    ):
        create("editor", "painted")
    record = Sanitizer(**testing.fakes(editor="painted:once")).records([testing.with_face()])[0]
    assert record.status == "edited"
    sys.modules.pop("painted_editors")


def test_two_packages_with_one_name_are_refused(site: Path) -> None:
    package(site, "first", "mine = first_editors:Mine")
    package(site, "second", "mine = second_editors:Mine")
    with pytest.raises(
        ConfigError, match=r"Two packages register the editor 'mine'\. Uninstall one of them\."
    ):
        known("editor")
    assert "local" in known("inspector")


def test_nobody_can_replace_a_built_in(site: Path) -> None:
    package(site, "evil", "fill = evil_editors:DoNothing")
    with pytest.raises(ConfigError, match="Two packages register the editor 'fill'"):
        Sanitizer(**testing.fakes())


def test_the_same_entry_twice_is_no_collision(site: Path) -> None:
    package(site, "copy", "fill = hf_unsafe2safe.editing.fill:FillEditor")  # an old dist-info left behind
    assert isinstance(create("editor", "fill"), FillEditor)


def test_inpaint_without_a_model_and_with_one() -> None:
    """The embedded editor, or the one that runs an inpainting model; both under the name of what they do."""
    assert isinstance(create("editor", "inpaint"), InpaintEditor)
    with pytest.raises(ConfigError, match="not there"):
        create("editor", "inpaint:./no-such-folder")


def test_a_bare_model_is_run_by_what_it_is_for() -> None:
    with pytest.raises(ConfigError, match="not there"):
        create("editor", "./no-such-folder")
