"""The runner: mistakes are answered before a kernel starts; a failure leaves nothing behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.commands.command_line import main
from helpers.errors import InputError
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
        (["--out", "notebooks"], "holds tables, which no run made; choose a new folder"),
        (["--out", "requirements.lock"], "is a file; give a folder"),
    ],
)
def test_a_mistake_is_one_line_before_a_kernel_starts(
    project, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(project)
    monkeypatch.setattr("helpers.commands.run_notebook._execute", _never)
    (project / "notebooks" / "tables").mkdir(exist_ok=True)
    before = _tree(project)
    assert main(["run", NAME, *arguments, "--project", str(project)]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert _tree(project) == before


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
    assert f'output_dir = "{mine}"' in "".join(injected[0]["source"])
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
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL])
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
        assert (running.returncode, said) == (130, "stopped; no file is half written\n")
        assert _tree(runs, 1) <= {"mine.failed.ipynb"}
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
