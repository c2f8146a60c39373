"""Every snippet in the README and the docs runs as it stands there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub.clients import environment
from tests.hub.loading.safe_repos import raw_repo
from tests.loopback_hub import LoopbackHub

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = [page for page in PAGES if "\nunsafe2safe " in page.read_text()]
MODULES = [page for page in PAGES if "```python" in page.read_text()]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def workplace(tmp_path):
    """A folder in which the docs' relative paths mean what they say, and where nothing of ours is touched."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").symlink_to(ROOT / "examples/photos/neg_cat.png")
    return tmp_path


@pytest.fixture
def hub_of_docs(tmp_path):
    """The environment of a user who is logged in at a Hub that has one dataset of theirs."""
    with LoopbackHub() as hub:
        hub.make("me/photos", files=raw_repo())
        yield environment(hub, tmp_path)


def make_triplets_of_docs(workplace, env):
    """What the first commands of the page leave behind: its snippet reads `triplets/`."""
    for words in (
        ["sanitize", "examples/photos", "--output", "safe"],
        ["triplets", "safe", "--original", "examples/photos", "--output", "triplets"],
    ):
        run = [sys.executable, "-m", "hf_unsafe2safe.cli", *words]
        done = subprocess.run(run, env=env, cwd=workplace, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("page", MODULES, ids=lambda page: page.stem)
def test_python_snippets_run(page, workplace, hub_of_docs):
    script = workplace / "snippets.py"
    script.write_text("\n".join(blocks(page, "python")))
    if page.stem == "training":
        make_triplets_of_docs(workplace, hub_of_docs)
    done = subprocess.run(
        [sys.executable, script],
        env={**hub_of_docs, "PYTHONPATH": str(ROOT)},
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("page", COMMANDS, ids=lambda page: page.stem)
def test_commands_run(page, workplace, hub_of_docs):
    lines = [line for block in blocks(page, "bash") for line in block.splitlines()]
    for line in lines:
        if line.startswith("unsafe2safe "):
            run = [sys.executable, "-m", "hf_unsafe2safe.cli", *shlex.split(line, comments=True)[1:]]
            done = subprocess.run(
                run, env=hub_of_docs, cwd=workplace, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.stem)
def test_links_and_make_targets_exist(page):
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https://") or (page.parent / link).exists(), link
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE):
        assert f"\n{target}:" in makefile, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_nothing_is_left_to_be_filled_in(page):
    assert "@@" not in page.read_text()


def test_the_readme_shows_the_two_commands_first():
    assert blocks(ROOT / "README.md", "bash")[0].split()[:2] == ["make", "demo"]
