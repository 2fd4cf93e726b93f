"""Data dictionaries: what is read, and what is refused."""

import copy

import pytest
import yaml

from helpers.data.schemas import KINDS, Column, load_schema, parse_schema
from helpers.errors import InputError
from helpers.paths import list_studies, schema_path

STUDIES = [name for name in list_studies() if schema_path(name).is_file()]

CONTENT = {
    "study": "example",
    "title": "An example",
    "rows": "one client",
    "n_twin": 10,
    "columns": {
        "score": {"kind": "numeric", "minimum": 0, "maximum": 5},
        "setting": {
            "kind": "categorical",
            "role": "covariate",
            "labels": ["in person", "video"],
            "counts": [6, 4],
            "source": ["printed", "assumed"],
            "reference": "in person",
        },
    },
}


@pytest.mark.parametrize("study", STUDIES)
def test_every_dictionary_loads_and_describes_its_columns(study):
    schema = load_schema(study)
    assert schema.study == study
    assert schema.names
    for column in schema.columns:
        assert column.kind in KINDS
        assert column.description, column.name
    covariates = [column.name for column in schema.covariates]
    assert [column.name for column in schema.measures] + covariates == list(schema.names)


def test_path_study_columns():
    schema = load_schema("distress_session_quality")
    ranges = {column.name: (column.minimum, column.maximum) for column in schema.measures}
    assert ranges == {
        "phq9": (0, 27),
        "gad7": (0, 21),
        "rri": (1, 5),
        "wai_task": (0, 5),
        "wai_goal": (0, 5),
        "wai_bond": (0, 5),
        "ses": (1, 5),
    }
    assert [column.name for column in schema.measures if column.kind == "integer"] == [
        "phq9",
        "gad7",
    ]
    assert [column.name for column in schema.covariates] == [
        "age_group",
        "gender",
        "ethnicity",
        "diagnosis",
        "treatment_length",
        "treatment_frequency",
        "treatment_setting",
    ]
    assert sum(len(column.labels) - 1 for column in schema.covariates) == 21
    for column in schema.covariates:
        assert column.reference == column.labels[0]
        assert sum(column.counts) == 1175
    assert schema.column("age_group").reference == "18-29"
    assert schema.column("treatment_length").counts == (186, 151, 140, 151, 547)


def test_a_dictionary_is_immutable():
    schema = load_schema("distress_session_quality")
    with pytest.raises(AttributeError):
        schema.columns[0].minimum = 3
    assert isinstance(schema.columns, tuple)
    assert all(isinstance(column.labels, tuple) for column in schema.columns)


def test_item_columns_are_found_by_prefix_in_the_order_of_their_numbers():
    group = Column(name="avoidant", kind="items")
    names = ["avoidant_10", "id", "avoidant_2", "avoidant_total", "avoidant_1", "xavoidant_3"]
    assert group.find_items(names) == ["avoidant_1", "avoidant_2", "avoidant_10"]


def _changed(*path, to):
    content = copy.deepcopy(CONTENT)
    *parents, last = path
    target = content
    for name in parents:
        target = target[name]
    if to is None:
        del target[last]
    else:
        target[last] = to
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_changed("columns", "score", "kind", to="number"), "kind='number' is none of integer"),
        (_changed("columns", "score", "role", to="mesure"), "role='mesure' is none of measure"),
        (_changed("columns", "score", "minimum", to=5), "minimum is not below maximum"),
        (
            _changed("columns", "score", "minimun", to=1),
            r"'minimun' is not an entry of a data dictionary; .* Did you mean 'minimum'\?",
        ),
        (_changed("columns", "score", "kind", to=None), "column 'score': entry 'kind' is missing"),
        (_changed("columns", "score", "role", to="covariate"), "only a categorical or a free"),
        (_changed("columns", "score", "kind", to="free"), "only a covariate can be free"),
        (_changed("free_covariates", to="yes"), "free_covariates is neither true nor false"),
        (_changed("columns", "setting", "labels", to=["video"] * 2), "labels are repeated"),
        (
            _changed("columns", "setting", "labels", to=["in person", True]),
            "a label is not text; put it in quotes",
        ),
        (_changed("columns", "setting", "reference", to="phone"), "reference is not one of the"),
        (_changed("columns", "setting", "counts", to=[10]), "counts and labels differ in number"),
        (_changed("columns", "setting", "source", to=["printed"]), "source and labels differ in"),
        (_changed("columns", "setting", "counts", to=[6, 5]), "counts do not add to n_twin=10"),
        (_changed("columns", "score", to="numeric"), "expected names with entries"),
        (_changed("unique", to=["video"]), "unique names 'video', which is not a column"),
        (_changed("rows", to=None), "entry 'rows' is missing"),
        (_changed("colums", to={}), r"'colums' is not an entry .* Did you mean 'columns'\?"),
        (None, "expected names with entries, found None"),
    ],
)
def test_an_inconsistent_dictionary_is_refused(content, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_schema(content, where="example.yml")
    assert str(caught.value).startswith("example.yml")


def test_the_example_is_accepted_as_it_stands():
    schema = parse_schema(yaml.safe_load(yaml.safe_dump(CONTENT)), where="example.yml")
    assert schema.column("score").maximum == 5.0
    assert schema.column("setting").source == ("printed", "assumed")


def test_unknown_names_get_a_hint():
    with pytest.raises(InputError, match=r"Did you mean 'distress_session_quality'\?"):
        load_schema("distress_sesion_quality")
    with pytest.raises(InputError, match=r"column 'wai_totl' is not in .* Did you mean 'wai_"):
        load_schema("distress_session_quality").column("wai_totl")
