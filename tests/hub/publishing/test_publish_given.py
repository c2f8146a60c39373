"""What can be published: a dataset in Python or a result that is as it was written, and its evaluation."""

import json

import pytest

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.hub.published import PUBLISHED, read_published
from hf_unsafe2safe.hub.publishing.publish import publish
from tests.hub.publishing.results import QUICK, REPO, hub, result, rows, settings, table
from tests.runs import damage

FIXTURES = (hub, settings)


def test_a_dataset_in_python(hub):
    sanitize = Sanitizer(**testing.fakes(policy=QUICK))
    safe = sanitize.map(rows(3, number=[1, 2, 3]))
    publish(safe, REPO, sanitizer=sanitize, verify="all")
    assert table(hub)["number"].to_pylist() == [1, 2, 3]
    assert "private_caption" not in table(hub).column_names
    sent = len(hub.requests)
    other = Sanitizer(**testing.fakes(policy=QUICK, seed=7))
    with pytest.raises(ConfigError, match="Another sanitizer made these rows"):
        publish(safe, REPO, sanitizer=other)
    refused = {
        "Expected a result of `sanitize`": safe.to_iterable_dataset(),
        "not sanitized: columns are missing": rows(3),
        "no rows to publish": safe.select([]),
    }
    for what, dataset in refused.items():
        with pytest.raises(DatasetError, match=what):
            publish(dataset, REPO, sanitizer=sanitize)
    assert len(hub.requests) == sent


def test_results_that_are_refused(hub, tmp_path):
    def without_private(out):
        (out / "private").rename(tmp_path / "away")

    def damaged(out):
        damage(next((out / "data").glob("*.parquet")))

    def unfinished(out):
        (out / "manifest.json").unlink()

    def with_bad_evaluation(out):
        (out / "evaluation.json").write_text('{"metrics": [{"group": "x"}]}')

    cases = {
        "not whole in its folder 'private'": without_private,
        "A file of the result is not as it was written": damaged,
        "no finished result": unfinished,
        "evaluation.json in the result cannot be read": with_bad_evaluation,
    }
    for i, (message, change) in enumerate(cases.items()):
        out = result(tmp_path / str(i), rows(2))
        change(out)
        with pytest.raises(DatasetError, match=message) as error:
            publish(out, REPO)
        assert str(tmp_path) not in str(error.value)
    assert hub.received == []


def test_an_evaluation_comes_along(hub, tmp_path):
    out = result(tmp_path / "out", rows(2))
    row = {"group": "privacy", "metric": "faces found", "value": 0.01, "low": 0.0, "high": 0.03}
    row = {**row, "better": "lower"}
    (out / "evaluation.json").write_text(json.dumps({"metrics": [{**row, "path": "/home/x"}]}))
    publish(out, REPO)
    assert read_published(hub.files[REPO][PUBLISHED]).configs["default"].evaluation == (row,)
    assert b"faces found" in hub.files[REPO]["README.md"]
