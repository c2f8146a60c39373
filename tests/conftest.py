"""What every test gets: cache folders of its own, no progress bars, no telemetry."""

import os
import tempfile

import pytest

# At import and not in a fixture: `datasets` reads these once, and test modules import it while they are
# collected. Subprocesses of tests inherit them.
_HOME = tempfile.TemporaryDirectory(prefix="tests-")
os.environ.update(
    HF_HOME=_HOME.name,
    HF_DATASETS_CACHE=f"{_HOME.name}/datasets",
    UNSAFE2SAFE_CACHE=f"{_HOME.name}/unsafe2safe",
    UNSAFE2SAFE_SETTINGS=f"{_HOME.name}/settings",
    HF_HUB_DISABLE_XET="1",  # the Hub of the tests speaks the plain protocol
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_DATASETS_DISABLE_PROGRESS_BARS="1",
    # Tests run in a process a core: more threads than that wait for each other, a third of the whole time.
    UNSAFE2SAFE_THREADS="1",
    OMP_NUM_THREADS="1",
)


@pytest.fixture(autouse=True)
def _own_row_store(tmp_path_factory, monkeypatch):
    """No test is served what another one computed."""
    monkeypatch.setenv("UNSAFE2SAFE_CACHE", str(tmp_path_factory.mktemp("rows")))


@pytest.fixture
def babble(monkeypatch):
    """Let models with random weights decide: they say yes or no with a few percent, and anything else."""
    monkeypatch.setattr("hf_unsafe2safe.backends.chat.LEAST_MASS", 1e-9)
