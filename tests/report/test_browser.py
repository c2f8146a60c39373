"""The page as a person uses it, in a real browser: filters, pages, keys, and what a row must not do there."""

import pytest
from playwright.sync_api import expect

from tests.report.browser import chromium, fits, focused, ids, opened
from tests.report.samples import ALL_NASTY, STATUSES, card, small, write_cards

pytestmark = pytest.mark.slow
ROWS = 60  # three pages: 24, 24, 12
CARDS = [card(i, name=f"plain/train/{i}") for i in range(ROWS)]


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    path = tmp_path_factory.mktemp("many") / "report.html"
    write_cards(path, CARDS)
    return path


@pytest.fixture
def page(browser, many):
    with opened(browser, many) as shown:
        yield shown


def expected(match):
    return [c.entry["id"] for c in CARDS if match(c.entry)]


def faces_between(low, high):
    return lambda row: any(kind == "face" and low <= score <= high for kind, score in row["found"])


FILTERS = {
    "status": ({"status": "edited"}, {}, lambda r: r["status"] == "edited"),
    "reason": ({"reason": "face_remains"}, {}, lambda r: r["reason"] == "face_remains"),
    "label": ({"label": "people"}, {}, lambda r: "people" in r["labels"]),
    "kind": ({"kind": "name"}, {}, lambda r: any(kind == "name" for kind, _ in r["found"])),
    "id": ({}, {"id": "IN/5"}, lambda r: "in/5" in r["id"]),
    "no such id": ({}, {"id": "<b>"}, lambda r: False),
    "score of any kind": ({}, {"low": "0.85"}, lambda r: any(score >= 0.85 for _, score in r["found"])),
    "both ends belong to a range": ({"kind": "face"}, {"low": "0.2", "high": "0.4"}, faces_between(0.2, 0.4)),
    "kind and score are of one region": ({"kind": "face"}, {"low": "0.9"}, faces_between(0.9, 1)),
    "all together": (
        {"status": "safe", "label": "people", "kind": "face"},
        {"high": "0.5", "id": "train"},
        lambda r: r["status"] == "safe" and faces_between(0, 0.5)(r),
    ),
}


@pytest.mark.parametrize("case", FILTERS)
def test_filters(page, case):
    chosen, typed, match = FILTERS[case]
    for name, value in chosen.items():
        page.select_option(f"#{name}", value)
    for name, value in typed.items():
        page.fill(f"#{name}", value)
    hits = expected(match)
    assert page.text_content("#hits") == f"{len(hits)} of {ROWS} rows"
    assert ids(page) == hits[:24]
    if not hits:
        assert page.text_content("#gallery") == "No row matches these filters."
    page.click("button[type=reset]")
    expect(page.locator("#hits")).to_have_text(f"{ROWS} rows")
    assert len(ids(page)) == 24


def test_choices_show_how_many_rows_they_have(page):
    assert page.locator("#status option").all_text_contents() == ["all", *(f"{s} (15)" for s in STATUSES)]
    assert "face (30)" in page.locator("#kind option").all_text_contents()


def test_pages(page):
    assert page.text_content("#pages") == "Page 1 of 3"
    assert page.is_disabled("#previous")
    page.click("#next")
    page.click("#next")
    assert ids(page) == [f"plain/train/{i}" for i in range(48, 60)]
    assert page.is_disabled("#next")
    assert page.locator("#gallery img").count() == 12 // 2 * 2 + 3  # what was shown before is gone
    page.select_option("#status", "failed")
    assert page.text_content("#pages") == "Page 1 of 1"


def test_keys_move(page):
    for key, row in (
        ("j", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 2),
        ("k", 1),
        ("ArrowLeft", 0),
        ("ArrowUp", 0),
    ):
        page.keyboard.press(key)
        assert focused(page) == f"plain/train/{row}"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    for key, row in (("n", 24), ("n", 48), ("n", 48), ("p", 24), ("k", 23), ("j", 24)):
        page.keyboard.press(key)
        assert focused(page) == f"plain/train/{row}"
    assert page.text_content("#pages") == "Page 2 of 3"


def test_keys_open_and_close(page):
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    assert page.is_hidden("#keys")
    page.keyboard.press("/")
    page.keyboard.type("train/5")  # letters that are keys elsewhere are typed here
    assert page.input_value("#id") == "train/5"
    assert len(ids(page)) == 11
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.is_visible("#large")
    assert page.text_content("#large-name") == "plain/train/5"
    page.keyboard.press("j")
    assert page.text_content("#large-name") == "plain/train/50"
    page.keyboard.press("Escape")
    assert page.is_hidden("#large")
    assert page.locator("#large img").count() == 0
    assert focused(page) == "plain/train/50"


def test_a_click_on_a_picture_opens_a_preview(page):
    page.click("article:first-child button.frame >> nth=0")
    assert page.is_visible("#large")
    assert "A preview, at most 200 pixels wide or high." in page.text_content("#large-note")
    page.click("#large .close")
    assert page.is_hidden("#large")


def test_what_a_row_holds_never_runs(browser, tmp_path):
    cards = [card(i, ALL_NASTY, name=f"{ALL_NASTY}/{i}") for i in range(4)]
    cards[0].entry["labels"][0] = cards[0].entry["reason"] = cards[0].entry["found"][0][0] = ALL_NASTY
    write_cards(tmp_path / "p.html", cards, facts=(ALL_NASTY,))
    with opened(browser, tmp_path / "p.html") as page:
        assert ids(page) == [f"{ALL_NASTY}/{i}" for i in range(4)]
        assert ALL_NASTY in page.text_content(".facts")
        page.click("details >> nth=0")
        assert page.locator("details li").first.text_content() == f"{ALL_NASTY}: {ALL_NASTY}"
        page.select_option("#kind", ALL_NASTY)
        page.keyboard.press("s")
        assert len(ids(page)) == 1
        assert page.evaluate("window.ran") is None
        assert page.locator("#gallery img[src=x], #gallery script").count() == 0


def test_nothing_could_be_fetched_if_something_tried(browser, many):
    page = browser.new_page()
    page.goto(many.as_uri())
    blocked = page.evaluate("""() => new Promise((done) => {
        document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
        document.body.append(Object.assign(new Image(), { src: "https://example.invalid/x.png" }));
    })""")
    assert blocked == "img-src"
    assert (
        page.evaluate("() => fetch('https://example.invalid').then(() => 'sent', () => 'blocked')")
        == "blocked"
    )
    page.close()


def test_ten_thousand_rows(browser, tmp_path):
    pictures = (small((200, 150), (200, 40, 40)), small((200, 150)))
    pad = "A sentence as long as a caption may well be, so that the file has the size of a real one. " * 40
    cards = (card(i, pad, pictures=pictures) for i in range(10_000))
    assert write_cards(tmp_path / "p.html", cards) == 10_000
    assert (tmp_path / "p.html").stat().st_size > 100e6
    with opened(browser, tmp_path / "p.html") as page:
        assert page.text_content("#hits") == "10,000 rows"
        page.fill("#id", "train/9999")
        assert ids(page) == ["train/9999"]
        page.fill("#id", "")
        page.select_option("#kind", "face")
        page.fill("#low", "0.8")
        assert page.text_content("#hits") == "1,000 of 10,000 rows"
        for _ in range(3):
            page.keyboard.press("Tab")
        page.click("#boxes")
        for _ in range(40):
            page.keyboard.press("n")
        assert page.text_content("#pages") == "Page 41 of 42"
        assert len(ids(page)) == 24
        assert page.locator("img").count() <= 48
        assert fits(page)
