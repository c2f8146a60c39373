"""Pictures in a real browser: boxes in their places, the slider, light and dark, a phone."""

from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from tests.report.browser import chromium, fits, opened
from tests.report.samples import card, near, write_cards
from tests.review.samples import MAGENTA

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser, made):
    with opened(browser, made[2]) as shown:
        yield shown


def shot(locator):
    return np.asarray(PIL.Image.open(BytesIO(locator.screenshot())).convert("RGB"))


def test_boxes_lie_on_what_was_found(page):
    frame = page.locator("article:first-child .frame").first
    frame.scroll_into_view_if_needed()  # as a screenshot does
    outer, box = frame.bounding_box(), frame.locator("rect.mark").first.bounding_box()
    page.keyboard.press("b")
    assert page.locator(".boxes").first.is_hidden()
    ys, xs = np.nonzero(near(shot(frame), MAGENTA))
    seen = xs.min() + outer["x"], ys.min() + outer["y"], np.ptp(xs), np.ptp(ys)
    assert np.allclose(
        seen, [box[name] for name in ("x", "y", "width", "height")], atol=8
    )  # its edges are soft
    page.click("#boxes")
    assert page.locator(".boxes").first.is_visible()


def test_boxes_are_coloured_by_action(browser, tmp_path):
    cards = [card(0), card(6), card(12)]
    for one, action in zip(cards, ("edited", "labelled", "kept"), strict=True):
        one.details["regions"] = [[80, 80, 320, 200, action, "x"]] * len(one.entry["found"])
    write_cards(tmp_path / "p.html", cards)
    with opened(browser, tmp_path / "p.html") as page:
        colour = "(rect) => getComputedStyle(rect).stroke"
        marks = [page.locator(f"article:nth-child({i}) rect.mark").first.evaluate(colour) for i in (1, 2, 3)]
        assert len(set(marks)) == 3


def test_the_slider(page):
    page.click("#slider")
    frame = page.locator("article:first-child .frame")
    page.keyboard.press("b")
    handle = frame.locator("input")
    shares = []
    for value in ("0", "30", "100"):  # percent of the width that is still the original
        handle.fill(value)
        shares.append(near(shot(frame), MAGENTA).mean())
    assert shares[0] == 0
    assert 0 < shares[1] < shares[2]
    assert 0.05 < shares[2] < 0.15  # the block is 6 or 9 percent of the picture
    handle.focus()
    page.keyboard.press("ArrowLeft")  # moves the slider, not the row
    assert handle.input_value() == "99.5"
    page.keyboard.press("s")
    assert page.locator("#gallery input").count() == 0


def test_rows_that_cannot_slide_lie_side_by_side(page):
    page.keyboard.press("s")
    assert page.locator("article .slide").count() == 3
    assert page.locator("article .none").count() == 4  # two, one and one without a picture


def test_large_with_slider(page):
    page.keyboard.press("s")
    page.click("article:first-child .ends button")
    assert page.locator("#large .slide").is_visible()
    page.keyboard.press("s")
    assert page.locator("#large .frame").count() == 2


def test_without_originals_there_is_no_slider(browser, made):
    with opened(browser, made[3]) as page:
        assert page.is_hidden("#slider")
        page.keyboard.press("s")
        assert page.locator("article input").count() == 0
        assert page.locator("article figcaption").first.text_content() == "Safe image"
        assert not near(shot(page.locator("article:first-child img")), MAGENTA).any()


def brightness(page):
    return np.mean(shot(page.locator("header")))


def test_light_and_dark(browser, made):
    with opened(browser, made[2]) as page:
        assert brightness(page) > 200
        page.click("#theme")
        page.click("#theme")
        assert page.text_content("#theme") == "Theme: dark"
        assert brightness(page) < 60
    with opened(browser, made[2], scheme="dark") as page:
        assert brightness(page) < 60
        page.click("#theme")
        assert brightness(page) > 200


def test_on_a_phone_nothing_is_wider_than_the_screen(browser, tmp_path):
    long = "unbroken" * 40
    cards = [card(i, long, name=f"{long}/train/{i}") for i in range(30)]
    cards[0].entry["labels"][0] = cards[0].entry["found"][0][0] = cards[0].entry["reason"] = long
    write_cards(tmp_path / "p.html", cards, facts=(long,))
    with opened(browser, tmp_path / "p.html", width=360, height=740) as page:
        for keys in ((), ("s",), ("j", "Enter"), ("Escape", "?")):
            for key in keys:
                page.keyboard.press(key)
            assert fits(page)
            inside = "(e) => e.scrollWidth <= e.clientWidth"
            assert all(d.evaluate(inside) for d in page.locator("dialog[open], article").all())
