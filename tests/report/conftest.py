"""A small campaign with a refusal, its page, and a browser to look at it."""

import os
import shutil

import pytest

from lmpmeso.cli import main

TEXT = """\
name = "refused"
[[liquids]]
model = "ipl"
n_particles = 64
temperatures = [2.0, 1.5, 1.0, 0.5, 0.45]
[equilibration]
stretch_tau = 4
max_t0 = 250
[production]
length_tau = 5
shortest_spacing_t0 = 2
ratio = 1.5
[glasses]
number = 3
per_shard = 3
[statistics]
resamples = 200
fit_from = 0.5
[resources]
engine = "serial"
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def campaign_folder(tmp_path_factory):
    """The folder of a campaign of which one liquid does not come to equilibrium."""
    root = tmp_path_factory.mktemp("report")
    file = root / "refused.toml"
    file.write_text(TEXT, encoding="utf-8")
    assert main(["run", str(file), "-o", str(root / "refused")]) == 1
    return root / "refused"


@pytest.fixture(scope="session")
def browser():
    """A real browser without a window."""
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
