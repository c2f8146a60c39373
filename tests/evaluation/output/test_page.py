"""The page and its plots: private, without styles or hosts of its own, the same each time."""

import re
import stat

import pytest

from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.evaluation.output import plane, plots, style
from hf_unsafe2safe.evaluation.output.compare import compare
from hf_unsafe2safe.evaluation.output.page import write_page
from hf_unsafe2safe.evaluation.results import Figure, Result
from tests.evaluation.output.samples import METRICS, distribution, evaluation, nasty, worst
from tests.report.browser import chromium, fits, opened

NASTY_MARK = "<img src=x"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report_evaluation.html"
    values = {name: distribution(name) for name in METRICS}
    write_page(path, evaluation(), values, {"facesim": worst(30)}, meanings={"facesim": "How alike & so"})
    return path


def test_it_is_for_its_owner_and_says_so(page):
    html = page.read_text()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "Private: this page shows originals" in html
    assert "How alike &amp; so" in html
    assert html.count("data:image/webp;base64,") == 48  # 24 rows at most, before and after
    assert "pass judge=ENDPOINT" in html


def test_nothing_is_asked_for_and_nothing_runs(page):
    html = page.read_text()
    assert "<script" not in html
    assert " style=" not in html
    assert set(re.findall(r'https?://[^"\s<]+', html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_hostile_texts_stay_texts(tmp_path):
    hostile = nasty()
    name = hostile.results[0].metric
    write_page(tmp_path / "p.html", hostile, {name: (1.0, 2.0)}, {name: worst(1)}, meanings={name: name})
    for html in ((tmp_path / "p.html").read_text(), compare({name: hostile, "b": hostile}).page()):
        assert NASTY_MARK not in html
        assert "</script>" not in html


# Where the page would lie in a folder with a result and originals -> why not.
REFUSED = {
    "page.txt": "HTML file",
    "originals/report.html": "among the originals",
    "result/page.html": "published from",
    "result/data/report.html": "published from",
    "nowhere/page.html": "cannot be written",
}


@pytest.mark.parametrize("place", REFUSED)
def test_places_that_are_refused(tmp_path, place):
    for folder in ("originals", "result/data"):
        (tmp_path / folder).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError, match=REFUSED[place]) as caught:
        write_page(
            tmp_path / place,
            evaluation(),
            {},
            {},
            result=tmp_path / "result",
            originals=tmp_path / "originals",
        )
    assert str(tmp_path) not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_plots_are_the_same_each_time_and_text_stays_text():
    one = evaluation()["facesim"]
    first, second = (style.inline_svg(plots.metric_plot(one), "x") for _ in range(2))
    assert first == second
    assert ">this dataset</text>" in first


def test_every_colour_of_a_plot_has_a_dark_one(page):
    html = page.read_text()
    tools = {f"tool {i}": evaluation(change=i / 20) for i in range(7)}
    drawn = "".join(re.findall(r"<svg.*?</svg>", html + compare(tools).page(), re.DOTALL))
    for kind, colour in set(re.findall(r'(fill|stroke)="(#[0-9a-f]{6})"', drawn)):
        assert f'.plot [{kind}="{colour}"]' in html


# Odd figures that a plot must show without an error.
ODD = {
    "no interval": Figure(0.5),
    "nothing but 0": Figure(0.0, 0.0, 0.0),
    "huge": Figure(1e12, 9e11, 2e12),
    "tiny": Figure(1e-12, 0.0, 2e-12),
    "no width": Figure(7.0, 7.0, 7.0),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_figures_are_drawn(case):
    odd = Result("privacy", "facesim", "$x_", "", "lower", (None, None), ODD[case])
    assert "<svg" in style.inline_svg(plots.metric_plot(odd), "x")
    assert "<svg" in style.inline_svg(plots.histogram(odd, [odd.figure.value] * 3), "x")


def test_axes_of_the_plane_are_what_all_have():
    assert plane.axes_of([evaluation()]) == ("reidentification", "probe-accuracy")
    without = evaluation(without=("probe-accuracy", "reidentification"))
    assert plane.axes_of([evaluation(), without]) == ("facesim", "detection-agreement")
    assert plane.axes_of([evaluation(without=METRICS)]) is None
    assert plane.axes_of([]) is None


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_in_a_browser_it_fits_and_nothing_goes_wrong(page, tmp_path, width, scheme):
    (tmp_path / "compare.html").write_text(compare({"a": evaluation(), "b": evaluation(change=0.1)}).page())
    with chromium() as browser:
        for path in (page, tmp_path / "compare.html"):
            with opened(browser, path, width=width, scheme=scheme) as shown:
                assert fits(shown)
                assert shown.locator("svg.plot text").first.is_visible()
        with opened(browser, page, width=width, scheme=scheme) as shown:
            shown.click("#facesim summary")
            assert shown.locator("#facesim img").first.is_visible()
