"""How `--editor` is written, and what of it reaches the sanitizer."""

import json

import pytest
from typer.testing import CliRunner

from hf_unsafe2safe import config, testing
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.cli.settings import editors, settings
from hf_unsafe2safe.errors import ConfigError
from tests.photos import FOLDER

EDITORS = [
    # as given with --editor, the spec
    (["fill"], "fill"),
    (["inpaint,fill"], ["inpaint", "fill"]),
    ([" inpaint , fill "], ["inpaint", "fill"]),
    (["mosaic:8"], "mosaic:8"),
    (["other:strength=0.5"], "other:strength=0.5"),  # an equals sign of an argument
    (["face=mosaic"], {"face": "mosaic"}),
    (["face=mosaic", "text=inpaint,fill"], {"face": "mosaic", "text": ["inpaint", "fill"]}),
    (["face = mosaic:4", "*=fill"], {"face": "mosaic:4", "*": "fill"}),
    (["face=other:strength=0.5"], {"face": "other:strength=0.5"}),
    # as the docs have them: an option after a comma belongs to the model before it
    (["klein,fill"], ["klein", "fill"]),
    (["klein:org/m,batch_size=2"], "klein:org/m,batch_size=2"),
    (["org/m,side=512,fill"], ["org/m,side=512", "fill"]),
    (["./pipe,batch_size=2, inpaint"], ["./pipe,batch_size=2", "inpaint"]),
    (["face=klein:org/m,side=512,fill"], {"face": ["klein:org/m,side=512", "fill"]}),
    (["safe-attention:org/m,adapter=./folder"], "safe-attention:org/m,adapter=./folder"),
    (["endpoint:http://127.0.0.1:8000/v1,model=org/m"], "endpoint:http://127.0.0.1:8000/v1,model=org/m"),
    (["text=stand-in:text=redraw"], {"text": "stand-in:text=redraw"}),
]


@pytest.mark.parametrize(("values", "spec"), EDITORS)
def test_how_editors_are_written(values, spec):
    assert editors(values) == spec


WRONG = [
    (["fill", "inpaint"], "more than once, without kinds. Write a chain as --editor inpaint,fill"),
    (["face=fill", "inpaint"], "with kinds and without."),
    (["inpaint", "face=fill"], "with kinds and without."),
    (["face=fill", "face=inpaint"], "names the kind 'face' twice. Write a chain as face=inpaint,fill."),
    (["=fill"], "names no kind before '='."),
    (["face=fill,text=inpaint"], "takes one kind at a time."),
    (["fill,face=inpaint"], "takes one kind at a time."),
    (["face=text=fill"], "takes one kind at a time."),
    ([""], "has an empty place."),
    (["face="], "has an empty place."),
    (["inpaint,,fill"], "has an empty place."),
    (["face=fill,"], "has an empty place."),
]


@pytest.mark.parametrize(("values", "message"), WRONG)
def test_what_does_not_fit_together(values, message):
    with pytest.raises(ConfigError) as caught:
        editors(values)
    assert message in str(caught.value)


def test_what_was_not_given_leaves_it_to_the_file(tmp_path):
    (tmp_path / "c.yaml").write_text("editor: {face: fill}\nallow_uncovered: true\n")
    given = {"editor": None, "allow_uncovered": None, "seed": 3}
    assert settings(given, tmp_path / "c.yaml") == {
        "editor": {"face": "fill"},
        "allow_uncovered": True,
        "seed": 3,
    }


def sanitize(tmp_path, *options):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(testing.with_face())
    arguments = ["sanitize", tmp_path / "in", "-o", tmp_path / "out", *options]
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exit_code:
        return result.exit_code, result.stderr
    return json.loads((tmp_path / "out" / "manifest.json").read_text()), result.stdout


@pytest.fixture
def _fake_preset(monkeypatch):
    monkeypatch.setitem(config.PRESETS, "local", {"policy": "default", **testing.fakes()})


@pytest.mark.usefixtures("_fake_preset")
def test_editors_by_kind_reach_the_result(tmp_path):
    manifest, _ = sanitize(tmp_path, "--editor", "face=inpaint,fill", "--editor", "text=fill")
    assert manifest["config"]["editor"] == {"face": ["inpaint", "fill"], "text": "fill"}
    assert "face:\n  - inpaint\n  - fill\n" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.usefixtures("_fake_preset")
def test_an_unknown_kind_names_the_known_ones(tmp_path):
    code, message = sanitize(tmp_path, "--editor", "nose=fill")
    assert code == 2
    assert "Unknown kinds in editor: nose. Known: face, " in message


@pytest.mark.usefixtures("_fake_preset")
def test_people_who_consented_are_never_named(tmp_path):
    (tmp_path / "Rumpelstilz").mkdir()
    photo = FOLDER / "people_obama_official.jpg"
    (tmp_path / "Rumpelstilz" / "a.jpg").write_bytes(photo.read_bytes())
    manifest, out = sanitize(tmp_path, "--keep", tmp_path / "Rumpelstilz", "--keep", photo)
    card = (tmp_path / "out" / "README.md").read_text()
    assert "--keep LOCAL_FOLDER" in card
    for private in ("Rumpelstilz", "obama", "keep-1-"):
        assert private not in json.dumps(manifest) + card + out


@pytest.mark.usefixtures("_fake_preset")
def test_a_folder_of_consent_that_is_not_there(tmp_path):
    code, message = sanitize(tmp_path, "--keep", tmp_path / "Rumpelstilz")
    assert (code, message) == (
        2,
        "Error: keep: reference image 1 cannot be opened: missing. "
        "A folder, whose files count by name, must hold nothing but reference images.\n",
    )


@pytest.mark.usefixtures("_fake_preset")
def test_flags_are_named_as_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setattr(testing.FakeInspector, "covers", ("face",))
    code, message = sanitize(tmp_path)
    assert code == 2
    assert "or pass --allow-uncovered to have them" in message


@pytest.mark.usefixtures("_fake_preset")
def test_kinds_without_an_inspector_are_recorded(tmp_path, monkeypatch):
    monkeypatch.setattr(testing.FakeInspector, "covers", ("face",))
    manifest, _ = sanitize(tmp_path, "--allow-uncovered")
    assert "code" in manifest["not_inspected"]


@pytest.mark.usefixtures("_fake_preset")
def test_demographics_need_stages_that_know_them(tmp_path):
    code, message = sanitize(tmp_path, "--demographics")
    assert code == 2
    assert message.startswith("Error: --demographics: the inspector knows no demographics.")
