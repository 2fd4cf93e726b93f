"""The pages of the reports offer every file that a report wrote, where it is shown."""

import itertools
import json
import re
from collections import Counter

from helpers.commands.downloads import ReportFiles
from helpers.commands.execute import OWN_DATA
from helpers.commands.pages import COVER_TAG, notebook_page
from helpers.paths import ROOT, list_notebooks


def _offered(cell) -> list[str]:
    shown = ["".join(o.get("data", {}).get("text/html", "")) for o in cell.get("outputs", ())]
    return re.findall(r'<a href="files/(\S+?)" download', "".join(shown))


def test_every_file_has_one_link_where_it_is_shown(notebook, executed):
    report = ROOT / "reports" / notebook
    files = ReportFiles(report, address="files", printed_address="files/printed")
    cells = json.loads(notebook_page(executed, files=files))["cells"]
    offered = Counter(address for cell in cells for address in _offered(cell))
    written = {
        path.relative_to(report).as_posix()
        for folder in ("tables", "figures")
        for path in (report / folder).iterdir()
        if path.is_file()
    }
    printed = {f"printed/{name}" for name in files.printed}
    assert offered == Counter(written | printed)


def test_headings_go_down_one_level_at_a_time(source):
    text = source.read_text(encoding="utf-8")
    levels = [len(marks) for marks in re.findall(r"^# (#+) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


def test_the_overview_has_cells_for_the_cover():
    source = ROOT / "notebooks" / f"{list_notebooks()[0]}.py"
    assert source.read_text(encoding="utf-8").count(f'tags=["{COVER_TAG}"]') > 1


def test_cells_for_a_readers_data_show_nothing_in_the_published_report(executed):
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    own = [cell for cell in cells if OWN_DATA in cell["metadata"].get("tags", ())]
    assert not [cell["source"] for cell in own if cell.get("outputs")]
