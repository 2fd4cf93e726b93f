"""Builds that are killed, run out of space, may not write, or run twice at once.

They happen to a small project with the real Makefile and modules: one synthetic data set, two
notebooks, the pages. Whatever happens, no finished name holds half a file, and the next
``make all`` gives the bytes of an undisturbed build. One build is killed in each run of the tests;
``make trust N=30`` kills thirty, and does the rest.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from helpers.paths import ROOT, TWIN

N_KILLS = int(os.environ.get("TRUST") or 1)
COPIED = ("Makefile", "pyproject.toml", "requirements.lock", "CITATION.cff", "README.md")
COPIED = (*COPIED, "docs", "src")
STUDY = "working_alliance_theory"
NOTEBOOK = """\
# %% [markdown]
# # A sample, {name}

# %% tags=["parameters"]
seed: int = 7  # [0, inf) random seed
output_dir: str = ""  # where the outputs go

# %%
from helpers.notebook import start_run

run = start_run("{name}", globals())
for number in range(20):
    (run.tables / f"table_{{number}}.csv").write_text("seed\\n" + f"{{seed + number}}\\n" * 20000)
(run.figures / "line.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
print(run.output_folder)
"""

pytestmark = pytest.mark.slow
longer = pytest.mark.skipif(not os.environ.get("TRUST"), reason="takes some builds: make trust")


def _make(project: Path, *arguments: str, **options) -> subprocess.Popen:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.Popen(
        ["make", f"PYTHON={sys.executable}", *(arguments or ["all"])],
        cwd=project,
        env=inherited,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def _finish(process: subprocess.Popen, seconds: float = 300) -> str:
    said = process.communicate(timeout=seconds)[1]
    assert process.returncode == 0, said
    return said


def _made(project: Path) -> dict[str, bytes]:
    """Return every file that a build made and finished, but for notes on times and inputs."""
    rooms = (project / "notebooks", project / "reports", project / "data" / STUDY)
    files = (file for room in rooms for file in room.rglob("*") if file.is_file())
    shown = (
        file
        for file in files
        if file.suffix != ".py" and not any(p.startswith(".") for p in file.parts[1:])
    )
    return {str(file.relative_to(project)): file.read_bytes() for file in shown}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, dict[str, bytes], float]:
    """Return a built project, what was made, and how long it took."""
    project = tmp_path_factory.mktemp("faults") / "project"
    (project / "notebooks").mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project / name)
    shutil.copytree(
        ROOT / "data" / STUDY, project / "data" / STUDY, ignore=shutil.ignore_patterns(TWIN)
    )
    for name in ("02_first", "03_second"):
        (project / "notebooks" / f"{name}.py").write_text(NOTEBOOK.format(name=name))
    started = time.monotonic()
    _finish(_make(project))
    took = time.monotonic() - started
    made = _made(project)
    assert {f"data/{STUDY}/{TWIN}", "reports/site/index.html"} <= set(made)
    return project, made, took


@pytest.fixture
def unbuilt(built) -> Path:
    """Return the project with nothing built."""
    project, _, _ = built
    for room in ("build", "reports"):
        shutil.rmtree(project / room, ignore_errors=True)
    (project / "data" / STUDY / TWIN).unlink(missing_ok=True)
    for file in (project / "notebooks").glob("*.ipynb"):
        file.unlink()
    return project


def _assert_whole(project: Path, made: dict[str, bytes]) -> None:
    """No file is under a finished name that is not byte by byte the undisturbed build's."""
    for name, content in _made(project).items():
        assert name in made, f"{name} is left over"
        assert content == made[name], f"{name} is half a file"


def _assert_mended(project: Path, made: dict[str, bytes]) -> None:
    _finish(_make(project))
    assert _made(project) == made
    left = [p for p in project.rglob("*") if p.name.endswith((".partial", ".previous"))]
    assert not left
    assert (
        subprocess.run(
            ["make", "-q", f"PYTHON={sys.executable}", "all"], cwd=project, check=False
        ).returncode
        == 0
    ), "the next build would run again"


def test_builds_killed_at_any_moment_leave_nothing_half_and_are_taken_up(built, unbuilt):
    """Each build is killed at another moment and goes on from what the last one left."""
    project, made, took = built
    rng = np.random.default_rng(int(os.environ.get("TRUST_SEED") or 1))
    for kill in range(N_KILLS):
        if kill % 5 == 4:  # from the beginning again
            shutil.rmtree(project / "build", ignore_errors=True)
        build = _make(project)
        try:
            build.wait(timeout=rng.uniform(0, took))
        except subprocess.TimeoutExpired:
            os.killpg(build.pid, signal.SIGKILL)
        build.communicate()
        _assert_whole(project, made)
    _assert_mended(project, made)
    print(f"killed {N_KILLS} builds")


@longer
def test_two_builds_at_once_both_end_right(built, unbuilt):
    project, made, _ = built
    both = [_make(project), _make(project)]
    for build in both:
        _finish(build)
    _assert_mended(project, made)


@longer
def test_a_disk_that_is_full_is_one_line_and_nothing_half(built, unbuilt):
    """A limit on the size of files stands for a full disk: a write ends in an error midway."""
    import resource

    project, made, _ = built

    def little_space():
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    build = _make(project, preexec_fn=little_space)
    said = build.communicate(timeout=300)[1]
    assert build.returncode != 0
    assert "Traceback" not in said
    _assert_whole(project, made)
    _assert_mended(project, made)


@longer
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_one_line(built, unbuilt):
    project, made, _ = built
    (project / "reports").mkdir()
    (project / "reports").chmod(0o500)
    build = _make(project)
    said = build.communicate(timeout=300)[1]
    (project / "reports").chmod(0o700)
    assert build.returncode != 0
    assert "Traceback" not in said
    assert "error: cannot write reports" in said
    _assert_mended(project, made)


@longer
@pytest.mark.skipif(shutil.which("chattr") is None, reason="needs chattr")
def test_a_folder_that_not_even_root_may_write_is_one_line(built, unbuilt):
    project, made, _ = built
    (project / "reports").mkdir()
    if subprocess.run(["chattr", "+i", project / "reports"], capture_output=True).returncode:
        pytest.skip("this file system or user cannot make a folder immutable")
    try:
        build = _make(project)
        said = build.communicate(timeout=300)[1]
    finally:
        subprocess.run(["chattr", "-i", project / "reports"], check=True)
    assert build.returncode != 0
    assert "Traceback" not in said
    assert "error: cannot write" in said
    _assert_mended(project, made)
