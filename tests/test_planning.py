"""Plans of large runs: arithmetic that can be checked by hand, and figures that come from a real result."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from hf_unsafe2safe import testing
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.planning import LOCAL, Figures, make_plan, measured

SECOND = Figures({"inspect": 0.75, "edit": 0.25}, public_bytes=2e6, private_bytes=1e3, origin="by hand")


def test_a_plan_by_hand():
    plan = make_plan(7_200, SECOND, workers=2, start_up=36, efficiency=0.5, price=3.0)
    assert plan.hours == pytest.approx(2.01)  # 3,600 rows each, of 2 s, and the start
    assert (plan.worker_hours, plan.cost) == (pytest.approx(4.02), pytest.approx(12.06))
    assert (plan.public_gb, plan.private_gb) == (pytest.approx(14.4), pytest.approx(0.0072))


def test_workers_without_a_row_are_paid_for_but_do_not_help():
    few, many = (make_plan(10, SECOND, workers=n, start_up=0, price=1.0) for n in (10, 100))
    assert few.hours == many.hours
    assert many.cost == pytest.approx(10 * few.cost)


@given(rows=st.integers(1, 10**12), workers=st.integers(1, 10**6))
def test_more_rows_take_longer_and_more_workers_do_not(rows, workers):
    plan = make_plan(rows, SECOND, workers=workers)
    assert make_plan(2 * rows, SECOND, workers=workers).hours >= plan.hours
    assert make_plan(rows, SECOND, workers=2 * workers).hours <= plan.hours
    assert plan.worker_hours * 3600 >= rows * SECOND.total  # nothing is done in no time


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": 0},
        {"workers": 0},
        {"efficiency": 0},  # would take for ever
        {"efficiency": 1.1},
        {"efficiency": float("nan")},
        {"start_up": -1},
        {"start_up": float("inf")},
        {"price": -0.1},
        {"price": float("nan")},
    ],
)
def test_numbers_that_cannot_be(wrong):
    with pytest.raises(ConfigError):
        make_plan(**{"rows": 1, "figures": SECOND, **wrong})


@pytest.fixture
def result(tmp_path):
    root = tmp_path / "Wolpertinger"
    root.mkdir()
    for i in range(5):
        (root / f"{i}_Rumpelstilz.png").write_bytes(testing.with_face(box=(i, 3, i + 9, 12)))
    materialize(root, tmp_path / "safe", {**testing.fakes(), "store": None})
    return tmp_path / "safe"


def test_figures_of_a_result(result):
    manifest = json.loads((result / "manifest.json").read_text())
    found, doubled = measured(result), measured(result, share=2)
    assert found.total == pytest.approx(sum(manifest["seconds"].values()) / 5)
    assert doubled.total == pytest.approx(2 * found.total)
    assert found.public_bytes * 5 == sum(f.stat().st_size for f in (result / "data").rglob("*.parquet"))
    assert "Wolpertinger" not in found.origin


def test_a_result_without_seconds(result):
    manifest = json.loads((result / "manifest.json").read_text())
    (result / "manifest.json").write_text(json.dumps({**manifest, "row_store": {"read": 5}}))
    with pytest.raises(ConfigError, match="none of its rows was computed"):
        measured(result)
    with pytest.raises(DatasetError):
        measured(result / "data")
    with pytest.raises(ConfigError, match="share"):
        measured(result, share=0)


def call(*arguments):
    done = CliRunner().invoke(app, ["plan", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_the_command(result):
    code, text, _ = call("--rows", "1e9", "--workers", "5000", "--price", "0.5")
    assert code == 0
    assert "1,000,000,000 rows, 5,000 workers" in text
    plan = make_plan(10**9, LOCAL, workers=5000, price=0.5)
    assert f"{plan.cost:,.2f}" in text
    assert all(one in text for one in plan.assumptions)
    code, text, _ = call("--rows", "250_000", "--measured", result)
    assert code == 0
    assert "5 rows of a result" in text
    assert "no --price was given" in text
    assert str(result) not in text


@pytest.mark.parametrize("rows", ["0", "-5", "many", "1.5", "nan", "inf", "1e30"])
def test_rows_that_are_none(rows):
    code, _, error = call(f"--rows={rows}")
    assert code == 2
    assert "--rows is no number of rows." in error
    assert "Traceback" not in error
