"""A real browser, without a network."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

INSTALL = "python -m playwright install chromium"
SCREENS = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 3,
        "has_touch": True,
        "is_mobile": True,
    },
}


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


def _launch(chromium):
    """Start Playwright's own Chromium, or else one that is on the PATH."""
    from playwright.sync_api import Error

    try:
        return chromium.launch()
    except Error as error:
        if "Executable doesn't exist" not in str(error):
            raise
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return chromium.launch(executable_path=found)
    return pytest.skip(f"there is no Chromium here; to install one: {INSTALL}")


@pytest.fixture(scope="module")
def browser():
    """Return a browser; a module's own, because Playwright's event loop bars all others."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason='Playwright is missing: pip install -e ".[test]"'
    )
    with sync_api.sync_playwright() as playwright:
        browser = _launch(playwright.chromium)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page opened from the disk, and what went wrong since."""

    page: object
    file: Path
    width: int
    problems: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def open(self, file: Path, query: str = "") -> None:
        self.file = file
        self.page.goto(file.as_uri() + query)
        self.page.evaluate("() => window.MathJax?.startup?.promise.then(() => null)")


@pytest.fixture(scope="module")
def start_visit(browser):
    """Return a function that opens a file on a screen where every address elsewhere is refused."""
    contexts = []

    def start(file: Path, screen: str) -> Visit:
        context = browser.new_context(reduced_motion="reduce", **SCREENS[screen])
        contexts.append(context)
        page = context.new_page()
        visit = Visit(page, file, SCREENS[screen]["viewport"]["width"])

        def refuse(route):
            visit.fetched.append(route.request.url)
            route.abort()

        context.route(lambda url: not url.startswith(("file:", "data:", "blob:")), refuse)
        page.on("pageerror", lambda error: visit.problems.append(f"error: {error}"))
        page.on("requestfailed", lambda request: visit.problems.append(f"missing: {request.url}"))
        page.on(
            "console",
            lambda said: said.type == "error" and visit.problems.append(f"console: {said.text}"),
        )
        visit.open(file)
        return visit

    yield start
    for context in contexts:
        context.close()
