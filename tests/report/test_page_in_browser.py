"""The page of a campaign in a real browser: every width, keyboard, contrast, paper, no network."""

import re
import shutil

import pytest

from lmpmeso.campaign.folder import stored_campaign
from lmpmeso.campaign.tables import campaign_tables
from lmpmeso.figures.catalogue import drawn_figures
from lmpmeso.figures.results import read_results
from lmpmeso.report.campaign_page import write_pages
from lmpmeso.report.campaign_results import collect_results
from tests.browser import accessibility_violations, overflowing

WIDTHS = (320, 768, 1280, *(pytest.param(w, marks=pytest.mark.validate) for w in (360, 1920)))
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def path(campaign_folder):
    return campaign_folder / "report.html"


def in_view(page, selector):
    """Whether the top of an element is within the window."""
    top = page.locator(selector).evaluate("element => element.getBoundingClientRect().top")
    return -1 <= top < page.viewport_size["height"]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows_at_any_width(opened, path, width):
    page = opened(path, width=width, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflowing(page) == []
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert overflowing(page) == []


def test_every_column_of_every_table_is_seen_on_a_laptop(opened, path):
    page = opened(path)
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    assert (
        page.evaluate(
            """() => [...document.querySelectorAll(".scroll")].filter((e) => e.scrollWidth > e.clientWidth)
             .map((e) => e.getAttribute("aria-label"))"""
        )
        == []
    )


def test_on_a_phone_panels_stand_one_below_the_other_and_letters_stay_legible(opened, path):
    page = opened(path, width=375)
    assert page.locator(".stack").count() == page.locator("img[data-panels]").count() >= 2
    told = page.locator(".plate").evaluate_all(
        """all => all.map((plate) => {
             const box = (one) => one.getBoundingClientRect();
             const shown = [...plate.querySelectorAll("img, .panel")].filter((one) => box(one).width > 0);
             const natural = (one) => parseFloat(getComputedStyle(one).getPropertyValue("--natural"));
             return {
               panels: (JSON.parse(plate.querySelector("img").dataset.panels ?? "[0]")).length,
               scales: shown.map((one) => box(one).width / natural(one)),
               left: new Set(shown.map((one) => Math.round(box(one).left + box(one).width / 2))).size,
               falls: shown.every((one, k) => k === 0 || box(one).top >= box(shown[k - 1]).bottom),
               scrolls: plate.scrollWidth > plate.clientWidth,
             };
           })"""
    )
    for figure in told:
        assert len(figure["scales"]) == figure["panels"]
        # Letters of 8 points on paper have 12 pixels in a page at full size.
        assert 0.7 <= min(figure["scales"]) <= max(figure["scales"]) <= 1.36
        assert (figure["left"], figure["falls"], figure["scrolls"]) == (1, True, False)


def test_a_window_that_grows_shows_whole_figures_again(opened, path):
    page = opened(path, width=375)
    stack, image = page.locator(".stack").first, page.locator("img[data-panels]").first
    assert (stack.is_visible(), image.is_visible()) == (True, False)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert (stack.is_visible(), image.is_visible()) == (False, True)


def test_the_page_opens_with_what_was_refused(opened, path):
    page = opened(path)
    first = page.locator("main section").first
    assert first.get_attribute("id") == "flags"
    assert "T = 0.5: left out" in first.locator("li").first.inner_text()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "dark"),
        (1280, "light"),
        pytest.param(360, "light", marks=pytest.mark.validate),
        pytest.param(1280, "dark", marks=pytest.mark.validate),
    ],
)
def test_contrast_names_and_structure_satisfy_wcag_aa(opened, path, width, scheme):
    page = opened(path, width=width, color_scheme=scheme)
    assert accessibility_violations(page) == {}
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    page.locator(".plate button").first.click()
    assert accessibility_violations(page) == {}


def test_a_page_of_several_campaigns_of_one_name_tells_them_apart(opened, path, tmp_path):
    other = tmp_path / ("again-" + "in-a-folder-of-a-long-name-" * 3)
    shutil.copytree(path.parent, other)
    both = tmp_path / "both.html"
    folders = [path.parent, other]
    campaigns = [stored_campaign(folder) for folder in folders]
    told = [
        collect_results(folder, campaign, campaign_tables(folder, campaign))
        for folder, campaign in zip(folders, campaigns, strict=True)
    ]
    # One figure of the catalogue stands for all, which take seconds to draw.
    write_pages(both, told, drawn_figures(read_results(folders), ["annealing"]))
    for width in (360, 1280):
        page = opened(both, width=width)
        assert page.locator(".card").count() == 2
        assert len(set(page.locator(".card h3").all_inner_texts())) == 2
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert overflowing(page) == []
    assert accessibility_violations(page) == {}


def test_the_schemes_differ_and_the_figures_keep_their_white_ground(opened, path):
    grounds = {}
    for scheme in SCHEMES:
        page = opened(path, color_scheme=scheme)
        ground, plate = (
            page.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")
            for selector in ("body", ".plate")
        )
        grounds[scheme] = ground
        assert plate == "rgb(255, 255, 255)"
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 27)"}


def test_the_first_screen_answers_the_question(opened, path):
    page = opened(path)
    card = page.locator(".card")
    assert card.bounding_box()["y"] + card.locator(".verdict").bounding_box()["height"] < 900
    assert "Not to be told yet" in card.locator(".verdict").inner_text()
    assert "of the 3 state points on the line, 0 are supercooled" in card.inner_text().lower()
    assert card.locator(".gauge").count() >= 1


def test_every_entry_of_the_contents_leads_to_its_section_and_is_marked(opened, path):
    page = opened(path)
    links = page.locator("nav a")
    assert links.count() >= 7
    for link in links.all():
        anchor = link.get_attribute("href")
        link.click()
        page.wait_for_function(
            "link => link.getAttribute('aria-current') === 'true'", arg=link.element_handle()
        )
        assert in_view(page, anchor)
        assert page.locator("nav a[aria-current]").count() == 1


def test_every_link_within_the_page_has_its_target(opened, path):
    page = opened(path)
    for anchor in page.locator("a[href^='#']").evaluate_all("all => all.map((a) => a.hash)"):
        assert page.locator(anchor).count() == 1


def test_the_keyboard_alone_reaches_the_content_and_every_control(opened, path):
    page = opened(path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert in_view(page, ".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    wanted = page.locator(
        "main a[href], main button, main summary, main [tabindex='0']"
    ).evaluate_all("all => all.filter((e) => e.checkVisibility()).length")
    reached = 0
    while page.evaluate("document.activeElement.closest('main') !== null"):
        page.keyboard.press("Tab")
        reached += page.evaluate("document.activeElement.closest('main') !== null")
        assert reached <= wanted
    assert reached == wanted


def test_what_has_the_focus_shows_it(opened, path):
    page = opened(path)
    for selector in ("nav a", "th button", ".plate button", "summary", ".scroll"):
        page.locator(selector).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert shown == "solid", selector


def column(page, table, number):
    """First lines of a column of a table."""
    texts = table.locator(f"tbody tr > :nth-child({number})").all_inner_texts()
    return [text.split("\n")[0] for text in texts]


def test_tables_sort_by_number_up_and_down_and_back_with_the_unknown_last(opened, path):
    page = opened(path)
    table = page.locator("#state-points table").first
    first = column(page, table, 1)
    assert first == ["2", "1.5", "1", "0.5", "0.45"]
    heading = table.locator("thead th").nth(1)
    button = heading.locator("button")
    button.focus()
    for direction, reverse in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == direction
        tau = column(page, table, 2)
        known = [float(text) for text in tau if text != "–"]
        assert len(known) == 3
        assert known == sorted(known, reverse=reverse)
        assert tau[3:] == ["–", "–"]
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") is None
    assert column(page, table, 1) == first


def test_on_a_phone_a_wide_table_scrolls_by_itself_and_keeps_its_first_column(opened, path):
    page = opened(path, width=360)
    region = page.locator("#state-points .scroll").first
    region.focus()
    temperature = region.locator("tbody th").first
    before = temperature.bounding_box()["x"]
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("region => region.scrollLeft > 100", arg=region.element_handle())
    assert temperature.bounding_box()["x"] == pytest.approx(before, abs=1)


def test_every_figure_is_there_and_says_what_it_shows(opened, path):
    page = opened(path)
    images = page.locator(".plate img")
    assert images.count() >= 3
    for image in images.all():
        assert len(image.get_attribute("alt")) > 15
        assert image.evaluate("image => image.complete && image.naturalWidth > 100")


def test_figures_are_enlarged_by_keyboard_and_focus_returns(opened, path):
    page = opened(path)
    dialog = page.locator("dialog")
    buttons = page.locator(".plate button")
    buttons.first.focus()
    page.keyboard.press("Enter")
    assert dialog.evaluate("dialog => dialog.open && dialog.matches(':modal')")
    enlarged = dialog.locator("img")
    width = enlarged.bounding_box()["width"]
    page.keyboard.press("+")
    assert enlarged.bounding_box()["width"] == pytest.approx(1.4 * width, rel=0.01)
    page.keyboard.press("0")
    assert enlarged.bounding_box()["width"] == pytest.approx(width, abs=1)
    title = dialog.locator("h2").inner_text()
    page.keyboard.press("ArrowRight")
    assert dialog.locator("h2").inner_text() != title
    page.keyboard.press("Escape")
    assert not dialog.evaluate("dialog => dialog.open")
    assert buttons.nth(1).evaluate("button => button === document.activeElement")


@pytest.mark.parametrize("width", [360, 1280])
def test_an_enlarged_figure_fits_the_window_until_it_is_asked_to_grow(opened, path, width):
    page = opened(path, width=width, height=740)
    for number in range(page.locator(".plate button").count()):
        page.locator(".plate button").nth(number).click()
        view, image = (page.locator(f"dialog {name}").bounding_box() for name in (".view", "img"))
        assert view["y"] <= image["y"]
        assert image["y"] + image["height"] <= view["y"] + view["height"]
        assert image["width"] <= width
        page.locator("dialog button", has_text="Close").click()


def test_a_table_can_be_saved_from_the_page_with_every_digit(opened, path):
    page = opened(path)
    with page.expect_download() as waiting:
        page.locator("a[download='state-points.csv']").click()
    saved = waiting.value.path().read_bytes()
    assert saved == (path.parent / "tables" / "state-points.csv").read_bytes()


def test_what_was_refused_says_why_and_what_to_do(opened, path):
    page = opened(path)
    told = page.locator("#flags li").first.inner_text()
    assert "T = 0.5: left out" in told
    assert "What to do: raise max_tau" in told
    assert "T = 0.45: not begun" in page.locator("#flags").inner_text()
    failure = page.locator("#tasks details").first
    failure.locator("summary").click()
    assert "CampaignError" in failure.locator("pre").inner_text()


def test_paper_shows_everything_in_black_on_white(opened, path):
    page = opened(path, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert not page.locator("nav").is_visible()
    assert page.locator("details:not([open])").count() == 0
    assert (
        page.locator("th button").first.evaluate(
            "button => getComputedStyle(button, '::after').display"
        )
        == "none"
    )


@pytest.mark.parametrize("spacing", ["0", ".12em"], ids=["font-at-hand", "wide-font"])
def test_nothing_on_paper_is_wider_than_the_sheet(opened, path, spacing):
    page = opened(path, width=700)  # A4 without margins, at 96 pixels an inch
    page.emulate_media(media="print")
    page.locator("body *").evaluate_all(
        "(all, spacing) => all.forEach((one) => { one.style.letterSpacing = spacing; })", spacing
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def test_who_wants_no_motion_gets_none(opened, path):
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert opened(path, reduced_motion="reduce").evaluate(behaviour) == "auto"
    assert opened(path, reduced_motion="no-preference").evaluate(behaviour) == "smooth"


def test_without_scripts_everything_can_still_be_read(opened, path):
    page = opened(path, java_script_enabled=False)
    assert page.locator(".plate img").first.is_visible()
    assert page.locator("#state-points table").first.is_visible()
    assert not page.locator("dialog").is_visible()
    page.locator("#repeat summary").first.click()
    assert page.locator("#repeat details dl").first.is_visible()


def test_the_page_refuses_whatever_is_not_in_it(browser, path):
    page = browser.new_page()
    page.goto(path.as_uri())
    refused = page.evaluate(
        """() => new Promise((resolve) => {
             const found = [];
             document.addEventListener("securitypolicyviolation", (event) => {
               found.push(event.effectiveDirective);
               if (found.length === 2) resolve(found.sort());
             });
             document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/x.png" }));
             document.body.append(Object.assign(document.createElement("script"), { textContent: "0" }));
           })"""
    )
    page.close()
    assert refused == ["img-src", "script-src-elem"]


def test_the_page_is_small_enough_to_be_mailed(path):
    assert path.stat().st_size < 10e6
    assert not re.search(
        r"<(script|link|img|iframe)[^>]*\b(src|href)=[\"']https?:", path.read_text()
    )
