"""What the documents tell a reader to do exists, and does what they show."""

import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml

from helpers.commands.parameters import parse_assignments
from helpers.errors import InputError
from helpers.notebook import read_parameters
from helpers.paths import ROOT, find_notebook, list_notebooks

DOCUMENTS = ("README.md", "CONTRIBUTING.md")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))


def _text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_command_named_is_a_target(name):
    commands = re.findall(r"(?:^|`)make ([a-z-]+)(?=[ `\n])", _text(name), flags=re.MULTILINE)
    assert commands
    assert set(commands) <= TARGETS


def test_every_target_has_a_line_of_help_and_is_phony():
    helped = set(re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, flags=re.MULTILINE))
    phony = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)[1].split())
    assert helped == phony == TARGETS


def test_every_run_in_the_readme_is_accepted():
    runs = re.findall(r'^make run NOTEBOOK=(\S+).*?(?:PARAMS="(.*)")?$', _text("README.md"), re.M)
    assert runs
    for notebook, values in runs:
        parse_assignments(values, read_parameters(find_notebook(notebook)))


def _shown_commands():
    """Return each command of the README that stands with its output, and that output."""
    shown = r"^```\n\$ (make (?!new).+)\n((?:.*\n)*?)```"
    blocks = re.findall(shown, _text("README.md"), flags=re.M)
    assert len(blocks) >= 2
    return blocks


@pytest.mark.parametrize(("command", "output"), _shown_commands())
def test_the_readme_shows_what_a_command_says(tmp_path, command, output):
    _, target, *assignments = shlex.split(command)
    given = dict(word.split("=", 1) for word in assignments)
    if target == "template":  # elsewhere, since nothing is overwritten
        given["OUT"] = str(tmp_path / f"{given['STUDY']}.csv")
    if target == "audit":
        given["OUT"] = str(tmp_path / given["OUT"].removeprefix("runs/"))
    done = subprocess.run(
        ["make", "--silent", target, f"PYTHON={sys.executable}", *map("=".join, given.items())],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")},
        capture_output=True,
        text=True,
    )
    assert done.stdout.replace(str(tmp_path), "runs") == output, done.stderr
    assert (done.returncode > 0) is ("does not fit" in output or "impossible:" in output)
    assert done.stderr == "" or done.stderr.startswith("make: ***")


def test_the_readme_shows_what_a_new_paper_begins_with():
    """The walk-through of CONTRIBUTING, where the same stands, is followed by a test."""
    shown = re.search(r"^```\n\$ make new .*?^```", _text("README.md"), flags=re.M | re.S)[0]
    assert shown in _text("CONTRIBUTING.md")


def test_the_readme_shows_the_example_mapping():
    shown = re.search(r"^```yaml\n(.*?)^```", _text("README.md"), flags=re.M | re.S)[1]
    assert shown == _text("examples/clinic.map.yml")


def test_the_readme_shows_how_a_misspelt_parameter_is_answered():
    shown = re.search(r"^error: (.*)$", _text("README.md"), flags=re.M)[1]
    with pytest.raises(InputError) as caught:
        parse_assignments("n_bot=1", read_parameters(find_notebook("02")))
    assert str(caught.value) == shown


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_relative_link_leads_somewhere(name):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", _text(name)):
        assert (ROOT / target).exists()


def test_the_readme_lists_every_notebook():
    listed = re.findall(r"^\| `(\d\d_\w+)` \|", _text("README.md"), flags=re.MULTILINE)
    assert listed == list_notebooks()


def test_the_version_is_the_same_everywhere():
    cited = yaml.safe_load(_text("CITATION.cff"))["version"]
    assert f'version = "{cited}"' in _text("pyproject.toml")
    assert f"## {cited}" in _text("CHANGELOG.md")
