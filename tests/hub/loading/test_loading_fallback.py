"""`load_safe_dataset` where nothing that is published can be used: made here, said first, found again."""

import pytest

from hf_unsafe2safe import testing
from tests.hub.clients import run
from tests.hub.loading.by_name import load, of
from tests.hub.loading.safe_repos import parquet, pictures, raw_repo
from tests.loopback_hub import LoopbackHub

pytestmark = pytest.mark.slow  # processes that import all of `datasets`

FILE = "data/train-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def hub():
    with LoopbackHub() as hub:
        for name in ("org/raw0", "org/raw2", "org/raw3"):
            hub.make(name, files=raw_repo(), private=False)
        hub.make("org/safe0", files=of("org/raw0"), private=False)
        hub.make("stranger/safe2", files=of("org/raw2"), private=False)
        yield hub


def test_a_token_that_is_wrong_is_told_and_none_is_needed_for_what_is_public(hub, tmp_path):
    calls = {"by name": {"name": "org/raw0"}}
    wrong = load(hub, tmp_path, {"by name": {"name": "org/raw0", "token": "hf_wrong"}})
    assert (
        "DatasetError Cannot find 'org/raw0': the token is missing or not valid" in wrong["by name"]["error"]
    )
    assert "hf_wrong" not in wrong["by name"]["error"]
    assert "rows" in load(hub, tmp_path, calls, token=None)["by name"]  # public repos need none


@pytest.mark.parametrize("where", ["/api/datasets/org/safe0", "/api/datasets/org/raw0"])
def test_nothing_is_made_here_because_the_hub_did_not_answer(hub, tmp_path, where):
    hub.fail("GET", where, status=503, times=5, headers={"Retry-After": "0.01"})
    found = load(hub, tmp_path, {"by name": {"name": "org/raw0", "policy": "people", "fakes": {}}})["by name"]
    assert "the Hub did not answer as it should, 5 times (status 503)." in found["error"]
    assert "HF_HUB_OFFLINE=1" in found["error"]
    assert not any("made here" in line for line in found["said"])


def test_what_nobody_published_is_made_here_and_found_again(hub, tmp_path):
    made = {"name": "org/raw2", "fakes": {}, "split": "train"}
    first = load(hub, tmp_path, {"streamed": {**made, "streaming": True}, "made": made})
    assert first["made"]["rows"] == first["streamed"]["rows"] == {"": [1, 0, 1]}
    why, time = first["streamed"]["said"]
    assert why.startswith("WARNING No published safe variant of 'org/raw2' can be used, so it is made here: ")
    assert "'stranger/safe2': published by somebody else" in why
    assert time.startswith("WARNING Rows are sanitized as they are read, about ")
    # all were in the row store by then
    assert first["made"]["said"][1] == (
        "WARNING How long 3 rows take is not known: the first ones were finished before."
    )
    again = load(hub, tmp_path, {"made": made})
    assert again["made"]["said"] == ["INFO The safe variant of 'org/raw2' was made on this machine before."]
    before = len(hub.requests)
    calls = {
        "made": made,
        "streamed": {**made, "streaming": True},
        "another": {**made, "fakes": {"seed": 3}},
        "a split": {**made, "split": "test"},
        "a revision": {**made, "revision": "main"},
    }
    offline = load(hub, tmp_path, calls, HF_HUB_OFFLINE="1")
    assert len(hub.requests) == before
    assert offline["made"]["rows"] == offline["streamed"]["rows"] == {"": [1, 0, 1]}
    assert "Split 'test' not found. The dataset has: train." in offline["a split"]["error"]
    assert "at this revision was not made here before" in offline["a revision"]["error"]
    # The originals are in the cache of `datasets`, so it can be made anew.
    assert offline["another"]["rows"] == {"": [1, 0, 1]}


FAILS = """
from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.hub.loading import building
from hf_unsafe2safe.hub.loading.load import load_safe_dataset

class Fails(testing.FakeCaptioner):
    def fingerprint(self):
        return "fails"
    def caption(self, *args, **options):
        raise StageError("caption_failed")
building.TRIED_ROWS = 0
try:
    load_safe_dataset("me/many", sanitizer=testing.fakes(captioner=Fails()))
except Exception as error:
    print(type(error).__name__, error)
"""


def test_what_stops_the_work_is_said_in_our_words(hub, tmp_path):
    rows = parquet(pictures(*[testing.with_face(box=(i, 1, i + 9, 12)) for i in range(30)]))
    hub.make("me/many", files={FILE: rows})
    done = run(hub, tmp_path, "-c", FAILS)
    assert "20 rows in a row failed" in done.stdout, done.stdout + done.stderr[-3000:]


def test_the_estimate_comes_before_the_work(hub, tmp_path):
    calls = {
        "made": {"name": "org/raw3", "fakes": {}},
        "a split": {"name": "org/raw2", "split": "x", "fakes": {}},
    }
    found = load(hub, tmp_path, calls)
    assert found["made"]["said"][1].startswith("WARNING It takes about ")
    assert found["made"]["said"][1].endswith(" for 3 rows on this machine with one process.")
    assert found["a split"] == {
        "error": "DatasetError Split 'x' not found. The dataset has: train. Name one of them.",
        "said": [],
    }
