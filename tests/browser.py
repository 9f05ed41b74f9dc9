"""A real browser for the tests of pages, and what every page must satisfy."""

import os
import shutil

import pytest

STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="module")
def browser():
    """A real browser without a window.

    It ends with each module: while Playwright runs, its event loop is the one of this thread.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    known = next(filter(None, map(shutil.which, BROWSERS)), None)
    # Chromium refuses to run as root within its sandbox, as in most containers.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as running:
        try:
            chromium = running.chromium.launch(executable_path=known, args=options)
        except playwright.Error as error:
            pytest.skip(f"needs Chromium, e.g. `apt install chromium`: {error.message[:80]}")
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser):
    """Open a page: ``opened(path, width=…, …)``; it fails at the end where the page complained."""
    contexts, complaints = [], []

    def open_page(path, width=1280, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                complaints.append(f"asked for {request.url[:80]}")
                if not request.url.startswith(("data:", path.as_uri()))
                else None
            ),
        )
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def accessibility_violations(page):
    """What axe finds against WCAG 2.2 AA."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    options = {"runOnly": {"type": "tag", "values": STANDARD}}
    found = axe.Axe().run(page, options=options).response["violations"]
    return {
        violation["id"]: [node["html"][:120] for node in violation["nodes"]] for violation in found
    }


def overflowing(page):
    """What reaches beyond the right edge of the window, outside of regions that scroll."""
    return page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((element) =>
             element.getBoundingClientRect().right > window.innerWidth + 1
             && !element.closest(".scroll, .plate, pre, dialog, math, svg, .skip, .unseen")
           ).map((element) => element.outerHTML.slice(0, 120))"""
    )
