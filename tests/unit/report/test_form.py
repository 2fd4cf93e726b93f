"""The form of a notebook's parameters: a field for each, and the command that it stands for."""

from types import SimpleNamespace

import ipywidgets
import pytest

from helpers.commands.parameters import parse_assignments
from helpers.errors import InputError
from helpers.notebook import OUTPUT_VARIABLE, read_parameters
from helpers.paths import find_notebook, list_notebooks
from helpers.report.form import read_form, show_form, write_command

NAME = "02_distress_session_quality_path"


@pytest.fixture
def declared():
    return read_parameters(find_notebook(NAME))


@pytest.mark.parametrize("name", list_notebooks())
def test_a_form_has_a_field_for_each_parameter_at_its_default(name, monkeypatch):
    monkeypatch.delenv(OUTPUT_VARIABLE, raising=False)
    own = read_parameters(find_notebook(name))
    *rows, button, _ = show_form(name).children
    fields = {row.children[0].description: row.children[0] for row in rows}
    assert list(fields) == [each.name for each in own]
    assert [row.children[1].value for row in rows] == [each.help for each in own]
    assert isinstance(button, ipywidgets.Button)
    values = read_form(fields, own)
    assert write_command(name, own, values) == ["run", name, f"--out=runs/{name}"]


def test_what_is_chosen_is_what_the_command_line_reads(declared):
    changed = {
        "data_path": "my clients.csv", "covariates": ("gender", "age_group"), "n_boot": 1000,
        "estimator": "ML", "ci_level": 0.9,
    }  # fmt: skip
    fields = {each.name: SimpleNamespace(value=each.default) for each in declared}
    fields |= {name: SimpleNamespace(value=value) for name, value in changed.items()}
    command = write_command(NAME, declared, read_form(fields, declared))
    assert command[:3] == ["run", NAME, "--data=my clients.csv"]
    given = parse_assignments(command[-1].removeprefix("--params="), declared)
    assert given == {
        "covariates": ["gender", "age_group"], "n_boot": 1000, "estimator": "ML", "ci_level": 0.9
    }  # fmt: skip


def test_lists_are_written_with_commas_and_texts_are_quoted():
    own = read_parameters(find_notebook("05"))
    fields = {each.name: SimpleNamespace(value=each.default) for each in own}
    fields |= {"sizes": SimpleNamespace(value="50, 100"), "studies": SimpleNamespace(value="a b")}
    values = read_form(fields, own)
    assert values["sizes"] == [50, 100]
    command = write_command("05", own, values)
    given = parse_assignments(command[-1].removeprefix("--params="), own)
    assert given == {"sizes": [50, 100], "studies": ["a b"]}


def test_a_value_that_is_not_allowed_is_named(declared):
    fields = {each.name: SimpleNamespace(value=each.default) for each in declared}
    fields["ci_level"] = SimpleNamespace(value=2.0)
    with pytest.raises(InputError, match=r"ci_level=2\.0 is outside"):
        read_form(fields, declared)


def test_a_build_shows_no_form(monkeypatch):
    monkeypatch.setenv(OUTPUT_VARIABLE, "somewhere")
    assert show_form(NAME) is None
