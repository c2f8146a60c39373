"""Pages in a real browser, watched: no error, no request but the file itself."""

import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium():
    """Give a browser; without one the tests are skipped, on CI they fail."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("No chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, path, width=1280, height=900, scheme="light"):
    """Give a page of a file, shown; leaving it fails if something was asked for or went wrong."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    wrong = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if _foreign(request.url, path) else None)
    page.goto(path.as_uri())
    yield page
    page.close()
    assert wrong == []


def _foreign(url, path):
    return not url.startswith("data:image/webp;base64,") and url != path.as_uri()


def ids(page):
    """Return the ids of the rows that are shown."""
    return page.locator("#gallery h2").all_text_contents()


def focused(page):
    """Return the id of the row that has the focus, None where something else has it."""
    return page.evaluate("document.activeElement.querySelector('h2')?.textContent ?? null")


def fits(page):
    """Return whether nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
