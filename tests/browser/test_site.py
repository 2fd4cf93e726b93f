"""The pages as a reader opens them: from the disk, wide and narrow, light and dark, by keyboard."""

import shutil
import warnings
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest

from helpers.commands.html import build_single
from helpers.paths import ROOT, list_notebooks

pytestmark = pytest.mark.slow

SITE = ROOT / "reports" / "site"
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if not {"_static", "files"} & set(path.relative_to(SITE).parts)
)
OWN_RUN = "own run"
QUESTIONS = (Path(__file__).parent / "pages.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STRUCTURE = {"runOnly": WCAG, "rules": {"color-contrast": {"enabled": False}}}
CONTRAST = {"runOnly": ["color-contrast"]}
# The pages of a folder are of one kind: for all but the first, the phone is asked what its width
# can change.
BY_WIDTH = {"runOnly": ["scrollable-region-focusable", "target-size"]}
FIRST_OF_FOLDER = set({(SITE / page).parent: SITE / page for page in reversed(PAGES)}.values())
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module", params=["desktop", "phone"])
def screen(request):
    return request.param


@pytest.fixture(scope="module")
def run_page(tmp_path_factory):
    """Return the page that a run of the reader's own gets beside its files."""
    name, folder = list_notebooks()[2], tmp_path_factory.mktemp("run") / "mine"
    shutil.copytree(ROOT / "reports" / name, folder)
    notebook = Path(shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder))
    scratch = folder / "scratch"
    scratch.mkdir()
    with warnings.catch_warnings(action="default"):  # Sphinx and its extensions warn of one another
        build_single(notebook, folder / "html", scratch=scratch)
    return folder / "html" / "index.html"


@pytest.fixture(scope="module", params=[*PAGES, OWN_RUN])
def visit(request, screen, start_visit):
    own = request.param == OWN_RUN
    file = request.getfixturevalue("run_page") if own else SITE / request.param
    visit = start_visit(file, screen)
    visit.page.evaluate(QUESTIONS)
    yield visit
    visit.page.context.close()


def _show(visit, scheme):
    visit.page.emulate_media(color_scheme=scheme)
    visit.page.locator(f"html[data-theme={scheme}]").wait_for(state="attached")


def test_the_site_is_built_and_whole():
    assert PAGES, "reports/site is not built: run make html"
    assert {"index.html", "search.html"} <= set(PAGES)
    assert {f"notebooks/{name}.html" for name in list_notebooks()} <= set(PAGES)


def test_nothing_is_amiss_or_fetched_while_the_page_loads(visit):
    for scheme in SCHEMES:
        _show(visit, scheme)
    assert visit.problems == []
    assert visit.fetched == []


def test_nothing_is_wider_than_the_screen(visit):
    for scheme in SCHEMES:
        _show(visit, scheme)
        width = "[innerWidth, Math.max(innerWidth, document.scrollingElement.scrollWidth)]"
        assert visit.page.evaluate(width) == [visit.width, visit.width]
        assert visit.page.evaluate("ask.cutOff()") == []


def test_images_are_there_and_described(visit):
    assert visit.page.evaluate("ask.badImages()") == []


def test_maths_is_typeset(visit):
    assert visit.page.evaluate("ask.unreadMaths()") == []


def test_the_page_is_accessible(visit, screen):
    axe = pytest.importorskip("axe_playwright_python.base")
    visit.page.evaluate(axe.AXE_SCRIPT)
    _show(visit, "light")
    in_full = screen == "desktop" or visit.file in FIRST_OF_FOLDER
    rules = STRUCTURE if in_full else BY_WIDTH
    assert visit.page.evaluate("rules => ask.axe(rules)", rules) == []
    for scheme in SCHEMES if in_full else ():
        _show(visit, scheme)
        found = visit.page.evaluate("rules => ask.axe(rules, ask.kindsOfText())", CONTRAST)
        assert found == [], scheme


# ---------------------------------------------------------------- a report from the top

REPORTS = [page for page in PAGES if page.startswith("notebooks/")]
STORY_SCREENS = 5
# the room between the margins with which a browser prints, in CSS pixels
PAPERS = {"A4": (717, 1046), "Letter": (739, 979)}


@pytest.fixture(scope="module")
def from_top(screen, start_visit):
    """Return a function that opens a report anew on a screen."""
    visit = start_visit(SITE / REPORTS[0], screen)

    def open_report(page):
        visit.open(SITE / page)
        visit.page.evaluate(QUESTIONS)
        return visit.page

    return open_report


@pytest.mark.parametrize("report_page", REPORTS)
def test_the_verdict_stands_in_the_first_screen_above_everything_else(from_top, report_page):
    page = from_top(report_page)
    verdict = page.locator(".cell.tag_verdict").bounding_box()
    assert verdict["y"] + verdict["height"] <= page.viewport_size["height"]
    for below in (".apa", ".figure-link", "h2", "details.hide > pre"):
        tops = page.locator(f".bd-article {below}").evaluate_all(
            "all => all.filter(one => one.checkVisibility())"
            ".map(one => one.getBoundingClientRect().top)"
        )
        assert all(top > verdict["y"] for top in tops), below


@pytest.mark.parametrize("report_page", REPORTS)
def test_the_story_takes_five_screens_and_the_rest_is_folded(from_top, report_page):
    page = from_top(report_page)
    first = page.locator("details.part").first.bounding_box()
    if page.viewport_size["width"] > 1000:  # a phone needs more, and scrolls faster
        assert first["y"] <= STORY_SCREENS * page.viewport_size["height"]
    assert not page.locator("details.part[open]").count()
    assert all(page.locator(".finding").evaluate_all("all => all.map(one => one.innerText.trim())"))
    names = (
        "References",
        "Provenance",
        "Parameters and set-up",
        "How to cite",
        "Files of this report",
    )
    for part in page.locator("details.part").all():
        if not part.locator("summary h2").inner_text().startswith(names):
            assert part.locator("summary .finding").count() == 1, part.inner_text()


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("report_page", REPORTS)
def test_a_report_is_printed_open_and_whole(browser, report_page, paper):
    width, height = PAPERS[paper]
    page = browser.new_page(viewport={"width": width, "height": height})
    try:
        page.emulate_media(media="print")
        page.goto((SITE / report_page).as_uri())
        page.evaluate(QUESTIONS)
        assert page.evaluate("ask.cutOff()") == []
        assert page.evaluate("ask.beyond()") == []
        assert page.evaluate("ask.folded()") == []
    finally:
        page.close()


@pytest.mark.parametrize("report_page", REPORTS)
def test_type_in_a_figure_has_eight_points_on_a_phone(start_visit, report_page):
    visit = start_visit(SITE / report_page, "phone")
    shown = visit.page.locator(".figure-scroll img").evaluate_all(
        "all => all.map(one => [parseFloat(getComputedStyle(one).width), parseFloat("
        " one.parentElement.querySelector('source')?.getAttribute('width')"
        " ?? one.closest('.figure-scroll').style.getPropertyValue('--natural'))])"
    )
    assert shown
    assert all(width >= natural - 1 for width, natural in shown)
    visit.page.context.close()


BAD_PAGE = r"""<!doctype html><html lang="en" data-theme="light"><title>Bad</title>
<meta name="viewport" content="width=device-width"><main><h1>Bad</h1>
<p style="white-space: nowrap">{long}</p>
<div style="width: 50px; overflow: hidden"><b>{long}</b></div>
<div style="overflow-x: auto"><p>{long}</p></div>
<p>An \\(x^2\\), a $$y$$</p><p class="math">z</p>
<img src="gone.png" alt="gone"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><input>
<p style="color: #aaa">pale</p><script src="https://example.org/x.js"></script>
<script>undefined.x</script></main></html>"""


def test_each_question_finds_what_it_asks_for(start_visit, tmp_path):
    file = tmp_path / "bad.html"
    file.write_text(BAD_PAGE.replace("{long}", "long" * 60), encoding="utf-8")
    visit = start_visit(file, "phone")
    visit.page.evaluate(QUESTIONS)
    visit.page.evaluate(pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT)
    assert visit.fetched == ["https://example.org/x.js"]
    kinds = {problem.split(":")[0] for problem in visit.problems}
    assert kinds == {"missing", "error", "console"}
    assert visit.page.evaluate("document.scrollingElement.scrollWidth") > visit.width
    assert [text.split(">")[0] for text in visit.page.evaluate("ask.cutOff()")] == ["<p", "<b"]
    assert len(visit.page.evaluate("ask.badImages()")) == 2
    assert len(visit.page.evaluate("ask.unreadMaths()")) == 2
    assert visit.page.evaluate("ask.countUsable().scrollBoxes") == 1
    assert "label" in str(visit.page.evaluate("rules => ask.axe(rules)", STRUCTURE))
    assert len(visit.page.evaluate("rules => ask.axe(rules, ask.kindsOfText())", CONTRAST)) == 1


# ---------------------------------------------------------------- from page to page


@pytest.fixture(scope="module")
def links_and_ids(start_visit):
    """Return what each page links to, and the places in it that a link can lead to."""
    visit = start_visit(SITE / PAGES[0], "desktop")
    found = {}
    for name in PAGES:
        visit.open(SITE / name)
        visit.page.evaluate(QUESTIONS)
        places = {"", *visit.page.evaluate("ask.ids()")}
        found[name] = visit.page.evaluate("ask.links()"), places
    return found


def test_every_link_leads_somewhere(links_and_ids, run_page, start_visit):
    visit = start_visit(run_page, "desktop")
    visit.page.evaluate(QUESTIONS)
    all_links = {name: links for name, (links, _) in links_and_ids.items()}
    all_links[OWN_RUN] = visit.page.evaluate("ask.links()")
    dead = []
    for name, links in all_links.items():
        for link in links:
            parts = urlsplit(link)
            if parts.scheme in {"https", "mailto"}:
                continue
            assert parts.scheme == "file", f"{name}: {link}"
            target = Path(unquote(parts.path))
            page = target.relative_to(SITE).as_posix() if target.is_relative_to(SITE) else ""
            alive = target.is_file() and target.stat().st_size
            if alive and page in links_and_ids:
                alive = unquote(parts.fragment) in links_and_ids[page][1]
            if not alive:
                dead.append(f"{name}: {link}")
    assert dead == []


def test_no_page_is_out_of_reach(links_and_ids):
    reached, ahead = set(), ["index.html"]
    while ahead:
        name = ahead.pop()
        if name not in reached and name in links_and_ids:
            reached.add(name)
            targets = [Path(unquote(urlsplit(link).path)) for link in links_and_ids[name][0]]
            ahead += [t.relative_to(SITE).as_posix() for t in targets if t.is_relative_to(SITE)]
    assert reached | {"search.html", "genindex.html"} >= set(PAGES)


def test_search_finds_a_word_of_a_report(start_visit):
    visit = start_visit(SITE / "index.html", "desktop")
    name = list_notebooks()[-1]
    visit.open(SITE / "notebooks" / f"{name}.html")
    title = visit.page.locator("h1").first.evaluate(
        "title => title.firstChild.textContent.split(':')[0]"
    )
    visit.open(SITE / "search.html", f"?q={quote(title)}")
    results = visit.page.locator("#search-results li a")
    results.first.wait_for()
    assert f"/{name}.html" in results.first.get_attribute("href")
    assert visit.problems == visit.fetched == []


# ---------------------------------------------------------------- by keyboard


@pytest.fixture(scope="module")
def report(start_visit):
    """Return a report on a phone, where what is wide has to scroll."""
    visit = start_visit(SITE / "notebooks" / f"{list_notebooks()[2]}.html", "phone")
    visit.page.evaluate(QUESTIONS)
    return visit


def test_tab_reaches_all_that_can_be_used(report):
    usable = report.page.evaluate("ask.countUsable()")
    assert usable["scrollBoxes"]
    report.page.evaluate("ask.watchFocus()")
    for _ in range(usable["all"] + 50):  # formulas take the focus too
        report.page.keyboard.press("Tab")
        if not report.page.evaluate("ask.neverFocused().length"):
            break
    assert report.page.evaluate("ask.neverFocused()") == []


def test_a_fold_opens_and_closes_by_keyboard(report):
    fold = report.page.locator("main details:has(pre)").first
    assert not fold.locator("pre").first.is_visible()
    fold.locator("summary").first.focus()
    report.page.keyboard.press("Enter")
    assert fold.locator("pre").first.is_visible()
    report.page.keyboard.press("Enter")
    assert not fold.locator("pre").first.is_visible()


def test_a_figure_is_enlarged_and_put_back_by_keyboard(report):
    link = report.page.locator("a.figure-link").first
    link.focus()
    report.page.keyboard.press("Enter")
    image = report.page.locator("dialog[open] img")
    assert image.evaluate("async image => (await image.decode(), image.naturalWidth)")
    assert image.get_attribute("alt") == link.locator("img").get_attribute("alt")
    report.page.keyboard.press("Escape")
    assert not report.page.locator("dialog[open]").count()
    assert link.evaluate("link => link === document.activeElement")
    assert report.problems == report.fetched == []
