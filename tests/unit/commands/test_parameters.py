"""What a parameters cell declares, and what it lets through."""

import ast
import json
from pathlib import Path

import jupytext
import pytest
from papermill.translators import PythonTranslator

from helpers.commands.parameters import parse_assignments
from helpers.errors import InputError
from helpers.notebook import (
    OUTPUT_VARIABLE,
    Parameter,
    check_data_file,
    check_parameters,
    read_parameters,
    start_run,
)
from helpers.paths import ROOT, list_notebooks

CELL = """\
n_boot: int = 5000  # [10, inf) bootstrap draws
ci_level: float = 0.95  # (0, 1) coverage
estimator: str = "MLR"  # {"ML", "MLR"} how standard errors are computed
covariates: list[str] = [  # a comment on the way
    "gender",
]  # {"gender", "age_group"} which enter
robust: bool = False
label: str = "a # b"  # a text
data_path: str = ""  # your CSV
output_dir: str = ""  # where the outputs go
"""
NAME = "02_sample"


def _write(root: Path, cell: str = CELL) -> Path:
    path = root / "notebooks" / f"{NAME}.py"
    path.parent.mkdir(exist_ok=True)
    title, tagged = "# %% [markdown]\n# # Title\n\n", '# %% tags=["parameters"]\n'
    path.write_text(f"{title}{tagged}{cell}\n# %%\nx = 1\n")
    return path


@pytest.fixture
def declared(tmp_path):
    return read_parameters(_write(tmp_path))


def _message(call, *args, **kwargs) -> str:
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_cell_is_read_as_declared(declared):
    assert declared == [
        Parameter("n_boot", int, 5000, "bootstrap draws", interval="[10, inf)"),
        Parameter("ci_level", float, 0.95, "coverage", interval="(0, 1)"),
        Parameter(
            "estimator", str, "MLR", "how standard errors are computed", choices=("ML", "MLR")
        ),
        Parameter(
            "covariates", list, ["gender"], "which enter", item=str, choices=("gender", "age_group")
        ),
        Parameter("robust", bool, False),
        Parameter("label", str, "a # b", "a text"),
        Parameter("data_path", str, "", "your CSV"),
        Parameter("output_dir", str, "", "where the outputs go"),
    ]


def test_both_halves_of_a_pair_declare_the_same(tmp_path, declared):
    source = _write(tmp_path)
    executed = source.with_suffix(".ipynb")
    jupytext.write(jupytext.read(source), executed)
    assert read_parameters(executed) == declared


@pytest.mark.parametrize("name", list_notebooks())
def test_papermill_shows_the_same_parameters(name):
    """But for those whose line it cannot read: one with a second ``=``, in the comment."""
    source = ROOT / "notebooks" / f"{name}.py"
    executed = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    cell = next(c for c in executed.cells if "parameters" in c.metadata.get("tags", ()))
    theirs = {parameter.name: parameter for parameter in PythonTranslator.inspect(cell)}
    for ours in read_parameters(source):
        line = next(line for line in cell.source.splitlines() if line.startswith(f"{ours.name}:"))
        if line.count("=") > 1:
            continue
        assert theirs[ours.name].inferred_type_name.startswith(ours.type.__name__)
        assert ast.literal_eval(theirs[ours.name].default) == ours.default
        assert theirs[ours.name].help.endswith(ours.help)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("n_boot = 5000", "may hold only lines such as 'seed: int = 1', not 'n_boot = 5000'"),
        ("n: int = 2 + 3 * x", "the value of parameter n is not a literal"),
        ("n: complex = 1", "parameter n has the type complex"),
        ("n: list[dict] = []", "parameter n has the type list[dict]"),
        ("n: int = 'a'", "the default n='a' should be a whole number"),
        ("n: int = 1  # [2, 3] a number", "the default n=1 is outside of [2, 3]"),
        ("n: int =", "the parameters cell is not Python"),
    ],
)
def test_a_cell_that_is_no_declaration_is_refused(tmp_path, cell, message):
    assert message in _message(read_parameters, _write(tmp_path, cell))


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path):
    path = tmp_path / "plain.py"
    path.write_text("# %%\nx = 1\n")
    assert _message(read_parameters, path) == "plain.py has no cell tagged 'parameters'"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("n_boot=1000 ci_level=.9", {"n_boot": 1000, "ci_level": 0.9}),
        ("n_boot=1e3", {"n_boot": 1000}),
        ("ci_level = 9e-1", {"ci_level": 0.9}),
        ("estimator='ML'  robust=TRUE", {"estimator": "ML", "robust": True}),
        ('label="two words"', {"label": "two words"}),
        ("label=", {"label": ""}),
        ("covariates=[gender, age_group]", {"covariates": ["gender", "age_group"]}),
        ("covariates=['gender',\"age_group\"]", {"covariates": ["gender", "age_group"]}),
        ("covariates=gender,age_group", {"covariates": ["gender", "age_group"]}),
        ("covariates=[] robust=false", {"covariates": [], "robust": False}),
        ("label=__import__('os').getcwd()", {"label": "__import__('os').getcwd()"}),
    ],
)
def test_assignments_are_read_by_the_declared_type(declared, text, values):
    read = parse_assignments(text, declared)
    assert read == values
    assert {name: type(value) for name, value in read.items()} == {
        name: type(value) for name, value in values.items()
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n_bot=5", "'n_bot' is not a parameter of this notebook"),
        ("n_bot=5", "Did you mean 'n_boot'?"),
        ("n_boot=many", "n_boot='many' should be a whole number"),
        ("n_boot=2.5", "n_boot='2.5' should be a whole number"),
        ("n_boot=inf", "n_boot='inf' should be a whole number"),
        ("n_boot=true", "n_boot='true' should be a whole number"),
        ("n_boot=9", "n_boot=9 is outside of [10, inf)"),
        ("ci_level=1", "ci_level=1.0 is outside of (0, 1)"),
        ("ci_level=nan", "ci_level=nan should be a number"),
        ("ci_level=0,95", "ci_level='0,95' should be a number"),
        ("robust=1", "robust='1' should be true or false"),
        ("estimator=mlr", "may only be one of ML, MLR. Did you mean 'MLR'?"),
        ("covariates=[gendr]", "may only be made of gender, age_group. Did you mean 'gender'?"),
        ("covariates=[gender,gender]", "names an element twice"),
        ("n_boot=10 n_boot=20", "n_boot is given twice"),
        ("n_boot", "'n_boot' is not of the form name=value"),
        ("covariates=[gender", "'covariates=[gender' is not of the form name=value"),
        ("label='open", "label"),
    ],
)
def test_what_is_not_allowed_is_named(declared, text, message):
    if text == "label='open":  # an unclosed quotation mark is part of the text
        assert parse_assignments(text, declared) == {"label": "'open"}
    else:
        assert message in _message(parse_assignments, text, declared)


@pytest.mark.parametrize(
    ("value", "ok"),
    [(["gender"], True), ("gender", False), (["gender", 3], False), (("gender",), False)],
)
def test_a_list_is_a_list_of_its_item_type(declared, value, ok):
    if ok:
        check_parameters({"covariates": value}, declared)
    else:
        assert "should be a list" in _message(check_parameters, {"covariates": value}, declared)


def test_a_float_may_be_whole_but_an_int_no_bool(declared):
    check_parameters({"ci_level": 0.5}, declared)
    assert "outside" in _message(check_parameters, {"ci_level": 1}, declared)
    assert "whole number" in _message(check_parameters, {"n_boot": True}, declared)


def test_the_data_file_must_be_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text("a\n")
    assert check_data_file("mine.csv") == tmp_path / "mine.csv"
    assert _message(check_data_file, "mine.cvs", argument="DATA") == (
        f"DATA='mine.cvs' does not exist in {tmp_path}. Did you mean 'mine.csv'?"
    )
    assert "nor does its folder" in _message(check_data_file, "no/mine.csv")
    assert "is a folder" in _message(check_data_file, ".")


def test_a_data_file_without_permission_is_named(tmp_path, monkeypatch):
    path = tmp_path / "mine.csv"
    path.write_text("a\n")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert _message(check_data_file, path).endswith("cannot be read: Permission denied")


def _values(declared, **changed):
    return {p.name: p.default for p in declared} | {"other": 1} | changed


def test_a_run_by_another_tool_never_writes_to_reports(tmp_path, declared):
    """At the defaults neither: what the project publishes is assembled by its build."""
    run = start_run(NAME, _values(declared), root=tmp_path)
    assert run.at_defaults
    assert run.data_path is None
    assert run.output_folder == tmp_path / "runs" / NAME
    assert not (tmp_path / "reports").exists()
    assert run.tables.is_dir()
    assert run.figures.is_dir()
    record = json.loads((run.output_folder / "run.json").read_text())
    assert record["parameters"]["n_boot"] == 5000
    assert record["changed"] == {}


def test_a_changed_run_writes_to_runs_and_an_output_folder_changes_nothing_else(tmp_path, declared):
    run = start_run(NAME, _values(declared, n_boot=10), root=tmp_path)
    assert (run.at_defaults, run.changed) == (False, {"n_boot": 10})
    assert run.output_folder == tmp_path / "runs" / NAME
    elsewhere = start_run(NAME, _values(declared, output_dir=str(tmp_path / "mine")), root=tmp_path)
    assert elsewhere.at_defaults
    assert elsewhere.output_folder == tmp_path / "mine"


def test_the_runner_decides_where_outputs_are_assembled(tmp_path, declared, monkeypatch):
    monkeypatch.setenv(OUTPUT_VARIABLE, str(tmp_path / "partial"))
    run = start_run(NAME, _values(declared, output_dir="elsewhere"), root=tmp_path)
    assert run.output_folder == tmp_path / "partial"


def test_a_wrong_type_injected_by_another_tool_is_refused_in_the_notebook(tmp_path, declared):
    values = _values(declared, n_boot="many")
    assert "n_boot='many' should be" in _message(start_run, NAME, values, root=tmp_path)
    assert not (tmp_path / "reports").exists()


def test_a_name_that_papermill_injects_and_the_notebook_does_not_have_is_refused(
    tmp_path, declared
):
    """Papermill puts its values in a cell of their own and warns only of those it does not know."""
    from papermill.translators import PythonTranslator

    injected = PythonTranslator.codify({"n_bot": 100})
    values = _values(declared, n_bot=100, In=["", "n_boot: int = 5000", injected])
    said = _message(start_run, NAME, values, root=tmp_path)
    assert "'n_bot' is not a parameter of this notebook" in said
    assert "Did you mean 'n_boot'?" in said
    assert not (tmp_path / "runs").exists()
    known = PythonTranslator.codify({"n_boot": 100})
    assert start_run(NAME, _values(declared, n_boot=100, In=[known]), root=tmp_path).changed


@pytest.mark.parametrize("name", ["data_path", "n_boot"])
def test_a_missing_value_is_named(tmp_path, declared, name):
    values = _values(declared)
    del values[name]
    with pytest.raises(InputError, match=f"{name} has no value"):
        start_run(NAME, values, root=tmp_path)


@pytest.mark.parametrize("value", [10**400, -(10**400), float("nan"), float("inf")])
def test_a_number_beyond_all_floats_is_no_level(value):
    with pytest.raises(InputError, match="should be a number"):
        check_parameters({"ci_level": value}, [Parameter("ci_level", float, 0.95)])


def test_a_kernel_skips_the_cells_about_the_paper_on_a_readers_data(tmp_path, monkeypatch):
    """As JupyterLab and plain papermill run them, which know no tags."""
    monkeypatch.delenv(OUTPUT_VARIABLE, raising=False)
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    (tmp_path / "notebooks").mkdir()
    (tmp_path / "my.csv").write_text("a\n1\n")
    source = tmp_path / "notebooks" / "01_x.py"
    source.write_text(
        '# %% tags=["parameters"]\ndata_path: str = ""  # your CSV\n\n'
        '# %% [markdown] tags=["published"]\n# ## The audit\n\n'
        '# %% tags=["published"]\nabout = "the paper"\n\n# %%\nabove = "every"\n'
    )
    shell = InteractiveShell.instance()
    try:
        for data_path, skipped in ((str(tmp_path / "my.csv"), True), ("", False)):
            shell.reset(new_session=False)
            with capture_output() as shown:
                start_run("01_x", {"data_path": data_path}, root=tmp_path)
            said = [each.data["text/markdown"] for each in shown.outputs]
            assert [("*The audit*" in text) for text in said] == [True] * skipped
            shell.run_cell('about = "the paper"')
            shell.run_cell('above = "every"')
            assert ("about" not in shell.user_ns) is skipped
            assert shell.user_ns["above"] == "every"
    finally:
        InteractiveShell.clear_instance()
