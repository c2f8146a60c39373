"""The programs themselves: their headers, their size, what `hf jobs` makes of them."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from huggingface_hub.cli._uv_script_header import parse_uv_script_header

SCRIPTS = sorted((Path(__file__).parents[2] / "dataset_scripts").glob("*.py"))
_SHOWN = "import sys; from huggingface_hub.cli.hf import main; sys.argv[0] = 'hf'; main()"


def header(script):
    """Return the metadata of a program, as PEP 723 says how to read it."""
    (block,) = re.findall(r"(?m)^# /// script$\s((?:^#(?:| .*)$\s)+)^# ///$", script.read_text())
    return tomllib.loads("".join(line[2:] or "\n" for line in block.splitlines(keepends=True)))


def test_they_are_all_there():
    names = ["any_hub_dataset", "caltech101", "coco", "indoor67", "okvqa"]
    assert [script.stem for script in SCRIPTS] == names


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_they_are_short_and_say_what_they_need(script):
    assert len(script.read_text().splitlines()) <= 80
    found = header(script)
    assert found["requires-python"] == ">=3.11"
    assert found["dependencies"] == ["hf-unsafe2safe[evaluate]"]
    # Without the key a job would make one of its own and lose it: no photo could be found for a takedown.
    assert found["tool"]["hf-jobs"]["secrets"] == ["HF_TOKEN", "UNSAFE2SAFE_KEY"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_client_of_the_hub_reads_the_same_header(script):
    table = header(script)["tool"]["hf-jobs"]
    read = parse_uv_script_header(script.read_text())
    assert (read.flavor, read.timeout, read.secrets) == (table["flavor"], table["timeout"], table["secrets"])


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_hf_jobs_would_run_them(script, tmp_path):
    volume = "hf://buckets/me/work:/bucket"
    given = ["--output", "/bucket/out", "--shard", "0/16"]
    done = subprocess.run(
        [sys.executable, "-c", _SHOWN, "jobs", "uv", "run", "--dry-run", "-v", volume, str(script), *given],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = re.sub(r" +", " ", done.stdout)
    table = header(script)["tool"]["hf-jobs"]
    assert f"flavor {table['flavor']} (from script)" in shown
    assert f"timeout {table['timeout']} (from script)" in shown
    assert "args --output /bucket/out --shard 0/16" in shown
    assert f"volumes {volume}" in shown
    assert "Job not submitted" in shown


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_they_show_their_options(script):
    done = subprocess.run(
        [sys.executable, str(script), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--shard I/N" in done.stdout
    assert "sanitized" in done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_readme_names_them_with_their_sources(script):
    page = (script.parent / "README.md").read_text()
    (row,) = (line for line in page.splitlines() if line.startswith(f"| `{script.name}`"))
    sources = re.findall(r'^(?:SOURCE|CAPTIONS) = "(.+)"$', script.read_text(), re.MULTILINE)
    assert all(f"`{source}`" in row for source in sources)
    assert sources or "none: name one" in row
