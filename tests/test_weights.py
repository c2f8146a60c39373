"""How many threads the embedded models take."""

import pytest

from hf_unsafe2safe import weights
from hf_unsafe2safe.errors import ConfigError


def test_all_cores_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv("UNSAFE2SAFE_THREADS")
    assert weights.threads() == 0
    monkeypatch.setenv("UNSAFE2SAFE_THREADS", "3")
    assert weights.threads() == 3


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", "²"])
def test_what_is_no_number_is_refused(monkeypatch, given):
    monkeypatch.setenv("UNSAFE2SAFE_THREADS", given)
    with pytest.raises(ConfigError, match="whole number"):
        weights.threads()
