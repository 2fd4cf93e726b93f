"""JupyterLab as `make lab` starts it, in a copy of the project, and used as a reader uses it."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import jupytext
import nbformat
import pytest

from helpers.commands.execute import read_source
from helpers.files import write_text_atomic
from helpers.paths import ROOT, built_checksum, find_notebook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not on the PATH"),
]
SOURCE = find_notebook("03")
NAME = SOURCE.stem


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a copy of what the notebooks need, so that nothing is edited here."""
    copy = tmp_path_factory.mktemp("lab") / "project"
    for folder in (".jupyter", "data", "docs", "notebooks", "src"):
        ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignore)
    for name in ("CITATION.cff", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    for path in (copy / "notebooks").glob("*.ipynb"):  # as if they had been built there
        write_text_atomic(
            built_checksum(path.stem, copy), hashlib.sha256(path.read_bytes()).hexdigest()
        )
    return copy


@pytest.fixture(scope="module")
def server(project):
    """Start `make lab` and return what it says of itself: address, port, token."""
    own = project.parent / "own"
    folders = {
        name: str(own / name)
        for name in (
            "IPYTHONDIR",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
        )
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    log = project.parent / "lab.log"
    arguments = "--no-browser --ServerApp.port=0 --allow-root --LabApp.expose_app_in_browser=True"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            ["make", "-o", "data", "lab", f"PYTHON={sys.executable}", f"ARGS={arguments}"],
            cwd=project,
            env={**inherited, **folders},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        yield _wait_for_server(process, Path(folders["JUPYTER_RUNTIME_DIR"]), log)
    finally:
        _stop(process, Path(folders["JUPYTER_RUNTIME_DIR"]))


def _stop(process, runtime):
    """Ask the server to end with its kernels, and see that it does."""
    for record in runtime.glob("jpserver-*.json"):
        said = json.loads(record.read_text())
        _status(f"{said['url']}api/shutdown?token={said['token']}", method="POST")
    try:
        process.wait(20)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _status(address: str, *, method: str = "GET") -> int:
    request = urllib.request.Request(address, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def _wait_for_server(process, runtime, log, *, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(json.JSONDecodeError, urllib.error.URLError):
            for record in runtime.glob("jpserver-*.json"):
                said = json.loads(record.read_text())
                _status(f"{said['url']}api")
                return said
        time.sleep(0.2)
    return pytest.fail(f"JupyterLab did not start in {seconds} s:\n{log.read_text()}")


def test_the_server_listens_on_this_machine_only_and_wants_its_token(server):
    assert server["url"].startswith("http://127.0.0.1:")
    with pytest.raises(OSError, match=r"refused|unreachable|assign|timed out"):
        socket.create_connection(("127.0.0.2", server["port"]), timeout=2)
    assert len(server["token"]) >= 32
    address = f"{server['url']}api/contents/notebooks"
    given = ("", "?token=", "?token=wrong", f"?token={server['token']}")
    assert [_status(address + each) for each in given] == [403, 403, 403, 200]


@pytest.fixture
def pair(project):
    return [project / "notebooks" / f"{NAME}{ending}" for ending in (".py", ".ipynb")]


NOTEBOOK = "window.jupyterapp.shell.currentWidget"
DONE = f"""(count) => {{
  const {{ sessionContext, content }} = {NOTEBOOK};
  const cells = content.widgets.slice(0, count).filter((cell) => cell.model.type === "code");
  return (
    sessionContext.kernelDisplayStatus === "idle" &&
    cells.every((cell) => cell.model.executionState !== "running" && cell.model.executionCount)
  );
}}"""


class Lab:
    """What a reader does in JupyterLab."""

    def __init__(self, page):
        self.page = page

    def open(self, name):
        self.page.locator(f".jp-DirListing-item[title*='{name}']").dblclick()
        self.page.wait_for_function(f"{NOTEBOOK}?.context?.path === 'notebooks/{name}'")
        self.page.evaluate(f"{NOTEBOOK}.context.ready.then(() => null)")

    def choose(self, menu, entry):
        self.page.get_by_role("menuitem", name=menu, exact=True).first.click()
        self.page.get_by_role("menuitem", name=entry).first.click()

    def type_parameter(self, line):
        name = line.partition(":")[0]
        self.page.locator(".jp-Notebook:visible .cm-line", has_text=f"{name}: ").first.click()
        self.page.keyboard.press("Home")
        self.page.keyboard.press("Shift+End")
        self.page.keyboard.insert_text(line)

    def run_all(self):
        return self._run("Run All Cells", len(self.content().cells))

    def run_first(self, count):
        self.page.evaluate(f"{NOTEBOOK}.content.activeCellIndex = {count}")
        return self._run("Run All Above Selected Cell", count)

    def _run(self, entry, count):
        self.choose("Edit", "Clear Outputs of All Cells")
        self.choose("Run", entry)
        self.page.wait_for_function(DONE, arg=count, timeout=120_000)
        return self.content()

    def save(self):
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function(f"!{NOTEBOOK}.context.model.dirty")

    def content(self):
        return nbformat.from_dict(self.page.evaluate(f"{NOTEBOOK}.content.model.toJSON()"))


@pytest.fixture(scope="module")
def lab(browser, server):
    """Return JupyterLab with the folder of the notebooks listed."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.route(lambda url: not url.startswith(server["url"]), lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{server['url']}lab/tree/notebooks?token={server['token']}")
    page.locator(f".jp-DirListing-item[title*='{NAME}.py']").wait_for(timeout=60_000)
    yield Lab(page)
    context.close()


def _sources(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def _texts(notebook):
    """Return what the code cells show, by cell."""
    return [
        [output.get("text") or output.get("data", {}).get("text/plain") for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_a_double_click_opens_either_half_as_a_notebook(lab):
    for name in (f"{NAME}.ipynb", f"{NAME}.py"):
        lab.open(name)
        assert _sources(lab.content()) == _sources(read_source(SOURCE))
        assert any(_texts(lab.content()))


def test_opening_leaves_either_half_unmodified(lab):
    for name in (f"{NAME}.ipynb", f"{NAME}.py"):
        lab.open(name)
        lab.page.wait_for_function(f"{NOTEBOOK}.sessionContext.kernelDisplayStatus === 'idle'")
        lab.page.wait_for_timeout(1500)  # what a kernel says of itself comes after it is idle
        assert not lab.page.evaluate(f"{NOTEBOOK}.context.model.dirty"), name


def test_a_report_is_shown_as_printed_before_it_is_run(lab, pair):
    report = nbformat.read(pair[1], as_version=4)
    first = next(k for k, cell in enumerate(report.cells) if "apa" in str(cell.get("outputs")))
    for half in pair:
        lab.open(half.name)
        lab.page.evaluate(f"{NOTEBOOK}.content.scrollToItem({first}, 'start')")
        head = lab.page.locator(".jp-Notebook:visible table.apa thead th").first
        assert head.evaluate("head => getComputedStyle(head).borderTopStyle") == "solid"


def test_saving_what_was_not_edited_changes_nothing(lab, pair):
    before = [half.read_bytes() for half in pair]
    lab.open(f"{NAME}.py")
    lab.choose("Edit", "Clear Outputs of All Cells")
    lab.save()
    assert [half.read_bytes() for half in pair] == before
    lab.choose("Edit", "Undo Cell Operation")


def test_it_runs_from_top_to_bottom_with_a_parameter_changed(lab, project, pair):
    lab.open(f"{NAME}.py")
    shown_before = _texts(nbformat.read(pair[1], as_version=4))
    lab.type_parameter("n_boot: int = 60  # [2, 1000000] bootstrap draws")
    shown = _texts(lab.run_all())
    assert len(shown) == len(shown_before)
    assert shown != shown_before
    made = project / "runs" / NAME
    assert json.loads((made / "run.json").read_text())["changed"] == {"n_boot": 60}
    tables = {path.name for path in (ROOT / "reports" / NAME / "tables").iterdir()}
    assert {path.name for path in (made / "tables").iterdir()} == tables
    lab.save()
    source, report = jupytext.read(pair[0]), nbformat.read(pair[1], as_version=4)
    assert "n_boot: int = 60 " in pair[0].read_text(encoding="utf-8")
    assert _sources(source) == _sources(report) == _sources(lab.content())
    assert _texts(lab.content()) == shown
    assert not any(_texts(report))


def test_the_form_runs_what_was_chosen(lab, project):
    lab.open(f"{NAME}.py")
    lab.run_first(3)
    form = lab.page.locator(".jp-Notebook:visible .jp-OutputArea-output .widget-vbox").first
    field = form.locator(".widget-text", has_text="n_boot").locator("input")
    field.fill("40")
    field.press("Tab")
    form.locator(".widget-text", has_text="output_dir").locator("input").fill("runs/chosen")
    form.get_by_role("button", name="Run").click()
    said = form.locator("pre")
    button = form.get_by_role("button", name="Run")
    said.wait_for(timeout=60_000)
    while button.is_disabled():
        lab.page.wait_for_timeout(500)
    assert "chosen/html/index.html" in said.inner_text()
    record = json.loads((project / "runs" / "chosen" / "run.json").read_text())
    assert record["changed"] == {"n_boot": 40}


def test_a_readers_data_are_not_saved_among_the_notebooks(lab, project, pair):
    own = project.parent / "my_clients.csv"
    twin = project / "data" / "intersession_alliance" / "synthetic.csv"
    own.write_text("\n".join(twin.read_text().splitlines()[:-7]) + "\n")
    lab.open(f"{NAME}.py")
    lab.type_parameter(f'data_path: str = "{own}"  # mine')
    shown = lab.run_first(9)
    assert any(_texts(shown))
    lab.save()
    assert lab.content() == shown
    record = json.loads((project / "runs" / NAME / "run.json").read_text())
    assert record["changed"] == {"data_path": str(own)}
    assert 'data_path: str = ""' in pair[0].read_text(encoding="utf-8")
    written = [path for path in (project / "notebooks").rglob("*") if path.is_file()]
    assert {".ipynb", ".py"} <= {path.suffix for path in written}
    assert not [path for path in written if own.stem in path.read_text(encoding="utf-8")]
    assert not any(_texts(nbformat.read(pair[1], as_version=4)))
    assert not (project / "reports").exists()
