"""`unsafe2safe presets`: every name, readable on a narrow terminal."""

import re
import sys

import pytest
from typer.testing import CliRunner

from hf_unsafe2safe import config
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.cli.text import listed
from hf_unsafe2safe.config import PRESETS, STAGES
from hf_unsafe2safe.policy import POLICIES
from hf_unsafe2safe.registry import known
from hf_unsafe2safe.taxonomy import KINDS, RISK_GROUPS


def shown():
    result = CliRunner().invoke(app, ["presets"])
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_every_name_fits_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = shown()
    assert max(map(len, out.splitlines())) <= min(columns, 100)
    words = {*re.findall(r"\w+", out), *re.findall(r"[\w-]+", out)}
    assert words >= {*PRESETS, *POLICIES, *STAGES, *KINDS, *RISK_GROUPS}
    assert words >= {name for stage in STAGES for name in known(stage)}


def test_what_the_local_inspector_does_not_cover():
    kinds = shown().partition("Kinds by risk group")[2]
    assert set(re.findall(r"(\w+)\*", kinds)) >= {"place", "symbol"}
    assert "face*" not in kinds


def test_a_policy_that_needs_more_says_so():
    policies = shown().partition("Policies")[2].partition("Stages")[0]
    assert policies.count("--allow-uncovered") == 2  # strict and groups
    assert policies.index("strict") < policies.index("--allow-uncovered")


def test_names_of_other_packages_say_whose_they_are(tmp_path, monkeypatch):
    about = tmp_path / "other_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: other-package\nVersion: 1.0\n")
    entry = "[hf_unsafe2safe.editors]\nswap = other_package_that_is_not_there:Swap\n"
    (about / "entry_points.txt").write_text(entry)
    monkeypatch.syspath_prepend(tmp_path)
    out = shown()
    assert "swap (other-package)" in out
    assert "fill (" not in out
    assert "other_package_that_is_not_there" not in sys.modules


def test_a_preset_with_editors_by_kind(monkeypatch):
    preset = {**PRESETS["local"], "editor": {"face": ["mosaic", "fill"], "*": "blur"}, "policy": "faces"}
    monkeypatch.setitem(config.PRESETS, "mine", preset)
    assert "editor     face=mosaic,fill, *=blur\n" in shown()


def test_names_longer_than_a_line_are_not_broken(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert listed("T:", ["a-b" * 10, "c"]) == f"T: {'a-b' * 10},\n  c"
