"""Damaged parameters of a run: each is taken as it was given or refused in one line.

Nothing that a reader writes after ``PARAMS=`` becomes code: what papermill writes into the
notebook is read back here, and must be assignments of literals with the values given.
"""

import ast
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.translators import PythonTranslator

from helpers.commands.parameters import parse_assignments
from helpers.errors import InputError
from helpers.notebook import check_parameters, read_parameters
from helpers.paths import ROOT, list_notebooks

DECLARED = {name: read_parameters(ROOT / "notebooks" / f"{name}.py") for name in list_notebooks()}
VALUES = [
    *("1", "0", "-1", "1e3", "1e308", "1e999", "-inf", "nan", "NaN", "1" * 400, "1" * 5000, "0.95"),
    *("1_000", "1,000", "1.5", "٣", "３", "0x10", "1e-320", "True", "true", "None", "", "''", '""'),
    *("1; import os", "'1; import os'", '"1\nimport os"', "__import__('os').system('true')"),
    *("!!python/object/apply:os.system [true]", "{a: 1}", "[a, b]", "[]", "[[a]]", "[a", "a]"),
    *(
        "[a, a]",
        "['a', \"b\"]",
        "gender",
        "[gender, age_group]",
        "genɗer",
        "ML",
        "MLR",
        "mlr",
        "sd",
    ),
    *('"""', "'''", "\\", "\\n", "\\'", "'\\'", '"\\"', "{x}", "{{x}}", "%s", "$(true)", "`true`"),
    *(
        "\0",
        "\x1b[31m",
        "\u2028",
        "\u202e",
        "\ud800",
        "\udcff",
        "x" * 10_000,
        "a=b",
        "=",
        "==",
        "#",
    ),
    *("percentiles", "3, 4.5, 6", "'3, 4.5, 6'", "[3]", "../../etc/passwd", "'; drop table'", "~"),
]
SEPARATORS = [" ", "  ", "\t", "\n", " ; ", ",", "", "\u00a0", "\r\n", " = "]


@st.composite
def assignments(draw) -> tuple[str, str]:
    notebook = draw(st.sampled_from(sorted(DECLARED)))
    names = [parameter.name for parameter in DECLARED[notebook]]
    name = st.one_of(
        st.sampled_from(names),
        st.sampled_from(names),
        st.sampled_from(
            ["__class__", "os", "n_bot", "seed ", "ѕeed", "", "a.b", "output_dir", "ꜱeed"]
        ),
    )
    value = st.one_of(st.sampled_from(VALUES), st.text(max_size=8))
    text = ""
    for _ in range(draw(st.integers(0, 2))):
        parameter = draw(st.sampled_from(DECLARED[notebook]))
        text += f"{parameter.name}={draw(_fitting(parameter))} "
    for _ in range(draw(st.integers(0, 1))):
        text += draw(name) + "=" + draw(value) + draw(st.sampled_from(SEPARATORS))
    return notebook, text


def _fitting(parameter) -> st.SearchStrategy[str]:
    if parameter.choices:
        return st.sampled_from(parameter.choices).map(
            lambda choice: f"[{choice}]" if parameter.type is list else str(choice)
        )
    fitting = {
        bool: ["true", "False"],
        int: ["7", "1e3", "1" * 5000, "12"],
        float: ["0.9", ".5"],
        list: ["[]", "[a, 'b']", "[x; y]", "['\"', \"'\"]"],
        str: VALUES,
    }
    return st.sampled_from(fitting[parameter.type])


def _written_by_papermill(values: dict) -> dict:
    """Read the injected cell back, which may hold nothing but assignments of literals."""
    read = {}
    for statement in ast.parse(PythonTranslator.codify(values)).body:
        assert isinstance(statement, ast.Assign)
        read[statement.targets[0].id] = ast.literal_eval(statement.value)
    return read


def test_a_damaged_parameter_is_taken_as_given_or_named_in_one_line(mutants, in_time):
    counts = {"taken": 0, "refused": 0}

    @mutants(200)
    @given(assignments())
    def check(given_):
        notebook, text = given_
        declared = DECLARED[notebook]
        try:
            with in_time(2):
                values = parse_assignments(text, declared)
        except InputError as error:
            message = str(error)
            assert message.isprintable()
            assert len(message) < 1000
            counts["refused"] += 1
            return
        counts["taken"] += 1
        check_parameters(values, declared)
        for value in values.values():
            for each in value if isinstance(value, list) else [value]:
                assert not isinstance(each, float) or math.isfinite(each)
                assert str(each) in text or not isinstance(each, str)
        assert _written_by_papermill(values) == values

    check()
    print(f"parameters: {counts['taken']} taken, {counts['refused']} refused")
    assert min(counts.values()) > 20


OBJECTS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.binary(max_size=3),
        st.just(object),
        st.just(10**400),
        st.just("x" * 10_000),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=2), inner, max_size=2),
        st.tuples(inner),
    ),
    max_leaves=4,
)


@st.composite
def objects(draw) -> tuple[str, dict]:
    notebook = draw(st.sampled_from(sorted(DECLARED)))
    chosen = draw(st.lists(st.sampled_from(DECLARED[notebook]), min_size=1, max_size=2))
    return notebook, {parameter.name: draw(OBJECTS) for parameter in chosen}


def test_any_object_in_a_notebook_is_refused_in_one_line_or_of_the_right_type(mutants):
    @mutants(100)
    @given(objects())
    def check(given_):
        notebook, values = given_
        declared = {parameter.name: parameter for parameter in DECLARED[notebook]}
        try:
            check_parameters(values, declared.values())
        except InputError as error:
            message = str(error)
            assert message.isprintable()
            assert len(message) < 1000
            return
        for name, value in values.items():
            parameter = declared[name]
            allowed = (int, float) if parameter.type is float else parameter.type
            assert isinstance(value, allowed)
            assert isinstance(value, bool) == (parameter.type is bool)
            if parameter.choices:
                assert set(value if isinstance(value, list) else [value]) <= set(parameter.choices)

    check()


@pytest.mark.parametrize("notebook", sorted(DECLARED))
def test_what_papermill_writes_for_a_text_is_that_text(notebook):
    for parameter in DECLARED[notebook]:
        if parameter.type is str and not parameter.choices:
            for value in VALUES:
                if value.isprintable():
                    assert _written_by_papermill({parameter.name: value}) == {parameter.name: value}
