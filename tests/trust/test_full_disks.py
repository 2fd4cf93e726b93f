"""A disk that fills up while a run is at work: one line, nothing lost, and the next run works.

The disk is one of memory in a mount namespace of its own, which only this test sees. The notebook
itself fills it but for some room, so that each size of the room ends the run at another moment.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest

from helpers.paths import ROOT

PRIVATE = ["unshare", "--map-root-user", "--mount"]
NOTEBOOK = """\
# %% [markdown]
# # A sample

# %% tags=["parameters"]
room: int = -1  # [-1, inf) kilobytes to leave on the disk; -1: all
output_dir: str = ""  # where the outputs go

# %%
import os
import tempfile
from pathlib import Path

from helpers.notebook import start_run

run = start_run("02_sample", globals(), root=Path.cwd().parent)
disk = Path(os.environ["DISK"])
free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
if room >= 0:
    (disk / "fill").write_bytes(b"0" * max(free - 1024 * room, 0))
for number in range(20):
    (run.tables / f"table_{number}.csv").write_text("x\\n" + "1\\n" * 20000)
(run.figures / "line.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
"""
DRIVER = """
import json, os, subprocess, sys
from pathlib import Path

disk, project, rooms = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", disk], check=True)
(disk / "tmp").mkdir()
out = disk / "mine" if sys.argv[4] == "OUT" else Path(project) / "mine"
if sys.argv[4] == "TMPDIR":
    os.environ["TMPDIR"] = str(disk / "tmp")


def run(room):
    words = [sys.executable, "-m", "helpers", "run", "02", "--project", project, "--out", str(out)]
    done = subprocess.run([*words, f"--params=room={room}"], capture_output=True, text=True)
    (disk / "fill").unlink(missing_ok=True)
    return {"room": room, "status": done.returncode, "said": done.stderr, "files": files()}


def files():
    found = (path for path in out.rglob("*") if path.is_file())
    return {str(path.relative_to(out)): hash(path.read_bytes()) for path in found}


def beside():
    return sorted(path.name for path in out.parent.iterdir() if path.name.startswith(".mine"))


print(json.dumps([{**run(room), "beside": beside()} for room in [-1, *rooms, -1]]))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("TRUST"), reason="eight runs: make trust"),
    pytest.mark.skipif(
        shutil.which("unshare") is None
        or bool(subprocess.run([*PRIVATE, "true"], capture_output=True).returncode),
        reason="no disk may be mounted here",
    ),
]


@pytest.mark.parametrize("place", ["OUT", "TMPDIR"])
def test_a_disk_that_fills_up_is_one_line_and_leaves_the_earlier_run(tmp_path, place):
    project, disk = tmp_path / "project", Path(tempfile.mkdtemp(prefix="disk", dir="/tmp"))
    for name in ("docs", "src"):
        shutil.copytree(ROOT / name, project / name)
    for name in ("CITATION.cff", "README.md", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, project / name)
    (project / "notebooks").mkdir()
    (project / "notebooks" / "02_sample.py").write_text(NOTEBOOK)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "DISK": str(disk)}
    rooms = [0, 300, 900, 1500, 4000] if place == "OUT" else [0, 20, 60]
    driver = [sys.executable, "-c", DRIVER, str(disk), str(project), json.dumps(rooms), place]
    done = subprocess.run(
        [*PRIVATE, *driver], env=environment, capture_output=True, text=True, check=True
    )
    disk.rmdir()
    runs = json.loads(done.stdout)
    first, last = runs[0], runs[-1]
    assert (first["status"], last["status"]) == (0, 0), (first["said"], last["said"])
    assert set(first["files"]) == set(last["files"])
    failed = [(before, one) for before, one in pairwise(runs) if one["status"]]
    print(place, [(one["room"], one["said"]) for _, one in failed])
    # once its kernel runs, a run writes no more temporary files
    assert place == "TMPDIR" or failed[0][1]["room"] == 0
    for before, one in failed:
        assert one["status"] == 1
        assert one["said"].startswith("error: "), one
        assert str(disk) in one["said"] or "cell [" in one["said"], "which disk is full?"
        assert len(one["said"]) < 400, one
        assert one["said"].count("\n") == 1, one
        assert "No space left on device" in one["said"], one
        assert one["files"] == before["files"], "the earlier run is no longer what it was"
        assert one["beside"] == [], one
