"""The runner: mistakes are answered before a kernel starts; a failure leaves nothing behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from helpers.commands.command_line import main
from helpers.commands.run_notebook import run_notebook
from helpers.errors import InputError
from helpers.files import list_files, locked_folder
from helpers.paths import ROOT, find_notebook

NAME = "02_sample"
SOURCE = """\
# %% [markdown]
# # A sample

# %% tags=["parameters"]
seed: int = 7  # [0, inf) random seed
mood: str = "good"  # {"good", "bad", "broken", "slow", "dead"}
data_path: str = ""  # your CSV
output_dir: str = ""  # where the outputs go

# %%
import time
from pathlib import Path

from helpers.notebook import start_run
from helpers.errors import InputError

run = start_run("02_sample", globals(), root=Path.cwd().parent)
(run.tables / "seeds.csv").write_text(f"seed,data\\n{seed},{run.data_path}\\n")
(run.figures / "line.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
print(run.output_folder, Path.cwd())

# %%
if mood == "bad":
    raise InputError(f"mood='bad' is not allowed at seed={seed}.\\nBe good.")
if mood == "broken":
    {}["x"]
if mood == "dead":
    import os

    os.write(2, b"Out of memory\\n")
    os._exit(1)
if mood == "slow":
    (run.output_folder.parent / "started").touch()
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a project with one small notebook."""
    root = tmp_path_factory.mktemp("a {braced} project")
    (root / "notebooks").mkdir()
    (root / "notebooks" / f"{NAME}.py").write_text(SOURCE)
    (root / "requirements.lock").touch()
    shutil.copytree(ROOT / "docs", root / "docs")
    shutil.copy(ROOT / "CITATION.cff", root)
    return root


def _command(project, *arguments):
    return [
        sys.executable, "-m", "helpers", "run", "--project", str(project), *arguments
    ]  # fmt: skip


def _run(project, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        _command(project, *arguments), cwd=project, env=environment, capture_output=True, text=True
    )


def _tree(folder: Path, depth: int = 2) -> set[str]:
    files = (path.relative_to(folder) for path in folder.rglob("*"))
    return {str(file) for file in files if len(file.parts) <= depth}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--params", "sed=1"], "'sed' is not a parameter of this notebook (seed, mood, data_path"),
        (["--params", "sed=1"], "Did you mean 'seed'?"),
        (["--params", "seed=many"], "seed='many' should be a whole number"),
        (["--params", "mood=god"], "may only be one of good, bad, broken, slow, dead. Did you"),
        (["--data", "mine.cvs"], "DATA='mine.cvs' does not exist"),
        (["--params", "data_path=x"], "give DATA=… instead of data_path"),
        (["--map", "my.map.yml"], "MAP is given without DATA"),
        (["--data", ".", "--map", "."], "DATA='.' is a folder; give the file itself"),
        (["--report", "--params", "seed=1"], "the report is made from the defaults"),
        (["--out", "."], "holds more than a run; give a folder of its own"),
        (["--out", "notebooks/../.."], "holds more than a run; give a folder of its own"),
        (["--out", "notebooks"], "is in notebooks/, which is the project's; give runs/mine"),
        (["--out", "reports/02_sample"], "is in reports/, which is the project's"),
        (["--out", "/"], "holds more than a run; give a folder of its own"),
        (["--out", "/proc"], "is where a disk is mounted; give a folder in it"),
        (
            ["--out", "/proc/mine"],
            "; make room, or" if os.geteuid() == 0 else "nothing can be written",
        ),
        (["--out", "docs.txt/mine"], "docs.txt; choose another folder"),
        (["--out", "theirs"], "holds tables, which no run made; choose a new folder"),
        (["--out", "other"], "holds a run of 03_other; choose another folder"),
        (["--out", "requirements.lock"], "is a file; give a folder"),
    ],
)
def test_a_mistake_is_one_line_before_a_kernel_starts(
    project, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(project)
    monkeypatch.setattr("helpers.commands.run_notebook._execute", _never)
    (project / "theirs" / "tables").mkdir(parents=True, exist_ok=True)
    (project / "docs.txt").touch()
    (project / "other").mkdir(exist_ok=True)
    (project / "other" / "run.json").write_text('{"notebook": "03_other", "files": {}}')
    before = _tree(project)
    assert main(["run", NAME, *arguments, "--project", str(project)]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert _tree(project) == before


@pytest.mark.parametrize("place", ["OUT", "TMPDIR"])
def test_a_disk_without_room_is_named_before_a_kernel_starts(
    project, monkeypatch, capsys, tmp_path, place
):
    monkeypatch.setattr("helpers.commands.run_notebook._execute", _never)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    full = tmp_path if place == "TMPDIR" else project

    def usage(folder):
        return shutil._ntuple_diskusage(10**9, 10**9, 3_000_000 if folder == full else 10**9)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    out = str(project / "mine")
    assert main(["run", NAME, "--out", out, "--project", str(project)]) == 1
    said = capsys.readouterr().err
    assert place in said
    assert f"{full} has 3 MB free, and a run takes up to 50 MB" in said
    assert said.count("\n") == 1
    assert not Path(out).exists()


def test_a_second_run_into_a_folder_at_the_same_time_is_refused(project, monkeypatch, capsys):
    monkeypatch.setattr("helpers.commands.run_notebook._execute", _never)
    out = project / "shared"
    with locked_folder(out):
        assert main(["run", NAME, "--out", str(out), "--project", str(project)]) == 1
    assert "another run writes there now" in capsys.readouterr().err
    assert not out.exists()


def _fake_run(source, partial, parameters, **_):
    """Write what a notebook would."""
    for name, text in parameters["files"].items():
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        (partial / name).write_text(text)
    (partial / "run.json").write_text(json.dumps({"notebook": NAME}))
    return "{}"


def test_a_readers_files_stay_in_every_folder_of_a_run(project, monkeypatch, capsys):
    monkeypatch.setattr("helpers.commands.run_notebook._execute", _fake_run)
    monkeypatch.setattr("helpers.commands.run_notebook._render", lambda *_, **__: None)
    source, out = project / "notebooks" / f"{NAME}.py", project / "kept" / "theirs"

    def make(**files):
        given = {name.replace("__", "/") + ".csv": text for name, text in files.items()}
        run_notebook(source, out=out, parameters={"files": given}, root=project)
        return {name: (out / name).read_text() for name in list_files(out) if name != "run.json"}

    make(tables__a="1", tables__b="1", figures__f="1")
    theirs = ("note.txt", "tables/mine.csv", "figures/deep/poster.svg", "tables/new.csv")
    for name in theirs:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("theirs")
    (out / "tables" / "b.csv").write_text("edited")
    (out / "tables" / "link").symlink_to("mine.csv")
    left = make(tables__a="2", tables__b="2", tables__new="2")
    assert left == {
        f"{NAME}.ipynb": "{}", "tables/a.csv": "2", "tables/b.csv": "2",
        "tables/b.kept.csv": "edited", "tables/new.csv": "2", "tables/new.kept.csv": "theirs",
        "tables/mine.csv": "theirs", "tables/link": "theirs", "figures/deep/poster.svg": "theirs",
        "note.txt": "theirs",
    }  # fmt: skip
    assert (out / "tables" / "link").is_symlink()
    said = capsys.readouterr().out
    assert "tables/b.kept.csv is a file of yours whose name the run has too" in said
    assert make(tables__a="3").keys() >= {"tables/b.kept.csv", "note.txt", "tables/mine.csv"}


def _never(*args, **kwargs):
    raise AssertionError("a kernel would have been started")


def test_a_notebook_answers_to_its_name_number_and_path(project):
    source = project / "notebooks" / f"{NAME}.py"
    for name in (NAME, "02", f"{NAME}.ipynb", f"notebooks/{NAME}.py", str(source)):
        assert find_notebook(name, root=project) == source
    with pytest.raises(InputError, match=r"'02_sampel' is not a notebook .*Did you mean '02_samp"):
        find_notebook("02_sampel", root=project)


@pytest.mark.slow
def test_a_run_is_made_whole_and_a_failed_or_killed_one_leaves_it_as_it_was(project):
    """One story, since each kernel costs seconds."""
    (project / "mine.csv").write_text("a\n")
    done = _run(project, "02", "--data", "mine.csv", "--out", "runs/mine", "--params", "seed=8")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    mine = project / "runs" / "mine"
    assert {path.name for path in mine.iterdir()} == {
        "run.json", f"{NAME}.ipynb", "tables", "figures", "html"
    }  # fmt: skip
    assert (mine / "tables" / "seeds.csv").read_text() == f"seed,data\n8,{project / 'mine.csv'}\n"
    executed = (mine / f"{NAME}.ipynb").read_text()
    notebook = json.loads(executed)
    tagged = [(cell["metadata"].get("tags", []), cell) for cell in notebook["cells"]]
    injected = [cell for tags, cell in tagged if "injected-parameters" in tags]
    assert len(injected) == 1
    assert "seed = 8" in "".join(injected[0]["source"])
    assert 'output_dir = "runs/mine"' in "".join(injected[0]["source"])
    assert 'data_path = "mine.csv"' in "".join(injected[0]["source"])
    assert str(project) not in executed
    assert not [path for path in mine.rglob("*.html") if str(project) in path.read_text()]
    printed = [o["text"] for c in notebook["cells"] for o in c.get("outputs", ())]
    assert printed == [["runs/mine notebooks\n"]]
    assert "partial" not in executed
    page = (mine / "html" / "index.html").read_text()
    assert "A sample" in page
    assert "http" not in "".join(
        word for word in page.split() if word.startswith(("src=", "href="))
    )

    before = {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()}
    for mood, message in [
        ("bad", "error: mood='bad' is not allowed at seed=7. Be good.\n"),
        ("broken", f"error: {NAME}: cell [4] raised KeyError: 'x'; see runs/mine.failed.ipynb\n"),
        (
            "dead",
            f"error: {NAME}: the kernel died: Out of memory; see runs/mine.failed.ipynb\n",
        ),
    ]:
        failed = _run(project, "02", "--out", "runs/mine", "--params", f"mood={mood}")
        assert (failed.returncode, failed.stderr) == (1, message)
        assert _tree(project / "runs", 1) == {"mine", "mine.failed.ipynb"}
    assert {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_killed_run_leaves_no_folder_that_looks_finished_and_no_kernel(project, stop):
    runs = project / "killed"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    running = subprocess.Popen(
        _command(project, "02", "--out", "killed/mine", "--params", "mood=slow"),
        cwd=project, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_until(lambda: (runs / "started").exists() or running.poll(), seconds=60)
        kernels = _children(running.pid)
        assert kernels
        running.send_signal(stop)
        running.wait(timeout=20)
    finally:
        running.kill()
    said = running.stderr.read().decode()
    running.stderr.close()
    (runs / "started").unlink()
    assert not (runs / "mine").exists()
    if stop is not signal.SIGKILL:
        failed = "; how far it came is in killed/mine.failed.ipynb"
        assert running.returncode == 130
        assert said == f"stopped; no file is half written{failed}\n"
        assert _tree(runs, 1) == {"mine.failed.ipynb"}
    _wait_until(lambda: not any(map(_is_alive, kernels)), seconds=20)


def _wait_until(condition, *, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def _children(process_id):
    import psutil

    return [child.pid for child in psutil.Process(process_id).children(recursive=True)]


def _is_alive(process_id):
    import psutil

    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
