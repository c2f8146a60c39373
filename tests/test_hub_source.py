"""A dataset of the Hub by its name, over real HTTP on the loopback interface."""

import json
import socket

import pytest

from tests.hub import clients
from tests.loopback_hub import LoopbackHub

pytestmark = pytest.mark.slow  # models, servers, processes or photos, many times over

PUSH = """
from datasets import Dataset, DatasetDict, Features, Image
from hf_unsafe2safe import testing
rows = {"image": [{"bytes": testing.with_face(), "path": None}, {"bytes": testing.blank(), "path": None}]}
part = Dataset.from_dict(rows, features=Features({"image": Image()}))
DatasetDict({"train": part, "test": part.select([0])}).push_to_hub("me/photos")
part.push_to_hub("me/configs", config_name="one")
part.add_column("n", [1, 2]).push_to_hub("me/configs", config_name="two")
"""
SANITIZE = """
import sys
from hf_unsafe2safe import testing
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.sources import load_source
source = load_source("me/photos", split="train", revision="main")
materialize(source, sys.argv[1], testing.fakes())
"""
CONFIGS = """
import sys
from hf_unsafe2safe import testing
from hf_unsafe2safe.materialize import materialize
materialize("me/configs", sys.argv[1], testing.fakes(), streaming=sys.argv[2] == "stream")
"""
BUILD = """
import sys
from hf_unsafe2safe import Unsafe2SafeBuilder, testing
def build(name, config=None):
    return Unsafe2SafeBuilder(name, config, testing.fakes(), cache_dir=sys.argv[1])
try:
    build("me/configs")
except ValueError as error:
    print(error)
made = build("me/configs", "two")
print(made.cache_dir)
print(list(made.as_streaming_dataset(split="train").remove_columns("image"))[0]["privacy_status"])
made.download_and_prepare()
print(list(made.as_dataset(split="train")["privacy_status"]), list(made.info.features)[:2])
"""
LOST = """
import sys, threading
from datasets import Dataset, Features, Image
from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import SourceLostError
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.sources import Source
FILES = ("photos@main/README.md", "photos@main/no.png", "configs@main/README.md")  # the last is of another
cells = [{"bytes": testing.blank(), "path": None}]
cells += [{"bytes": None, "path": "hf://datasets/me/" + name} for name in FILES]
rows = Dataset.from_dict({"image": cells}, features=Features({"image": Image(decode=False)}))
source = Source({"train": rows}, "hub", "me/photos@main")
try:
    print(materialize(source, sys.argv[1], testing.fakes(), batch_size=1).reasons)
except SourceLostError as error:
    print("SourceLostError", error)
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with LoopbackHub() as hub:
        home = tmp_path_factory.mktemp("hub")

        def run(*command, **changes):
            return clients.run(hub, home, *command, **changes)

        pushed = run("-c", PUSH)
        assert pushed.returncode == 0, pushed.stderr[-3000:]
        yield run


def test_a_split_of_a_revision_is_sanitized(hub, tmp_path):
    done = hub("-c", SANITIZE, str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr[-3000:]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["statuses"] == {"safe": 1, "edited": 1, "rejected": 0, "failed": 0}
    assert list(manifest["splits"]) == ["train"]
    assert manifest["source"].startswith("me/photos@")
    assert "--split train" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.slow
def test_the_command_line_opens_all_splits(hub, tmp_path):
    done = hub(
        "-m", "hf_unsafe2safe.cli", "sanitize", "me/photos", "-o", str(tmp_path / "out"), "--limit", "1"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert sorted(manifest["splits"]) == ["test", "train"]
    assert manifest["rows"] == 2


@pytest.mark.parametrize("how", ["stream", "copy"])
def test_all_configurations(hub, tmp_path, how):
    done = hub("-c", CONFIGS, str(tmp_path / "out"), how)
    assert done.returncode == 0, done.stderr[-3000:]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert {name: sum(counts.values()) for name, counts in manifest["splits"].items()} == {
        "one/train": 2,
        "two/train": 2,
    }
    assert manifest["passed_through"] == {"n": "int64"}


@pytest.mark.slow
def test_a_builder_of_a_configuration(hub, tmp_path):
    done = hub("-c", BUILD, str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr[-3000:]
    several, folder, first, rows = done.stdout.splitlines()
    assert several.startswith("The source has several configurations: one, two.")
    assert "safe-me-configs/two" in folder
    assert (first, rows) == ("1", "[1, 0] ['image', 'n']")


@pytest.mark.slow
def test_a_file_that_is_not_there_is_a_row_and_a_lost_connection_stops_the_run(hub, tmp_path):
    done = hub("-c", LOST, str(tmp_path / "there"))
    assert done.stdout == "{'missing': 2, 'nothing_to_edit': 1, 'not_an_image': 1}\n", done.stderr[-3000:]
    with socket.socket() as nobody:  # a port on which nobody answers
        nobody.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    done = hub("-c", LOST, str(tmp_path / "gone"), HF_ENDPOINT=gone, HF_HUB_CACHE=str(tmp_path / "empty"))
    assert done.stdout.startswith("SourceLostError The source cannot be reached any more: "), done.stderr[
        -3000:
    ]
    assert gone not in done.stdout
    assert not (tmp_path / "gone" / "manifest.json").exists()
