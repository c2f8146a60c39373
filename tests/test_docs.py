"""Every snippet in the README and the docs runs as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [page for page in PAGES if "```python" in page.read_text()]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", MODULES, ids=lambda page: page.stem)
def test_python_snippets_run(page, tmp_path):
    script = tmp_path / "snippets.py"
    script.write_text("\n".join(blocks(page, "python")))
    done = subprocess.run([sys.executable, script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_commands_of_the_readme_run(tmp_path):
    lines = [line for block in blocks(ROOT / "README.md", "bash") for line in block.splitlines()]
    commands = [line.split("#")[0].split() for line in lines if line.startswith("unsafe2safe ")]
    assert commands
    for command in commands:
        arguments = [str(tmp_path / "safe") if part == "safe/" else part for part in command[1:]]
        run = [sys.executable, "-m", "hf_unsafe2safe.cli", *arguments]
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.stem)
def test_links_and_make_targets_exist(page):
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https://") or (page.parent / link).exists(), link
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE):
        assert f"\n{target}:" in makefile, target


def test_the_readme_shows_the_two_commands_first():
    assert blocks(ROOT / "README.md", "bash")[0].split()[:2] == ["make", "demo"]
