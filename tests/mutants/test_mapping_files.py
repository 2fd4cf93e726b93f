"""Damaged mapping files: the numbers stay the reader's own, or one line says what is wrong."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.data.datasets import load_dataset
from helpers.errors import InputError

STUDY = "distress_session_quality"
MAPPING = """\
columns:
  PHQ sum: phq9
  "GAD: sum": gad7
  Bond: wai_bond
labels:
  gender: {F: woman, M: man}
missing: {ses: [-99]}
separator: ";"
decimal: ","
"""
NAMES = ["PHQ sum", "GAD: sum", "rri", "wai_task", "wai_goal", "Bond", "ses", "gender"]
PIECES = [
    *(
        ":",
        "-",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "#",
        "&a",
        "*a",
        "<<: *a",
        "!!python/object:os.x",
        "|",
    ),
    *(
        "!!python/object/apply:os.system ['true']",
        "? ",
        "---\n",
        "...\n",
        "\t",
        "\n",
        "\n  ",
        "%",
        "@",
    ),
    *(
        "phq9",
        "gad7",
        "ses",
        "columns:",
        "missing: [0, 1]",
        "labels:",
        "null",
        "yes",
        "1",
        "-99",
        "~",
    ),
    *(
        "decimal: '.'",
        "separator: ','",
        "\0",
        "\x1b",
        "\u2028",
        "\ud800",
        "é",
        "[" * 2000,
        "{a: " * 500,
    ),
    *("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "&a [*a]", "x" * 5000, "{gender: {F: man}}"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return a data file that needs the mapping, the mapping's place, and what is then read."""
    rng = np.random.default_rng(3)
    columns = [rng.permutation(12), rng.permutation(12), *(1 + rng.random((5, 12)) * 3)]
    rows = [[*row, "FM"[i % 2]] for i, row in enumerate(zip(*columns, strict=True))]
    text = "\n".join(";".join(str(cell).replace(".", ",") for cell in row) for row in rows)
    folder = tmp_path_factory.mktemp("mapped")
    data, mapping = folder / "my.csv", folder / "map.yml"
    data.write_text(";".join(NAMES) + "\n" + text + "\n")
    mapping.write_text(MAPPING)
    return data, mapping, load_dataset(data, STUDY, covariates=["gender"], mapping=mapping).frame


@st.composite
def damaged_mappings(draw) -> bytes:
    text = MAPPING
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at] + draw(st.sampled_from(["", *PIECES])) + text[at + draw(st.integers(0, 2)) :]
        )
    return text.encode(
        draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16"])), "surrogatepass"
    )


# what watches the garbage collection is called at the limit of recursion too, and says so
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_damaged_mapping_changes_no_number(files, mutants, in_time):
    data, mapping, clean = files
    counts = {"read": 0, "refused": 0}

    @mutants(60)
    @given(damaged_mappings())
    def check(content):
        mapping.write_bytes(content)
        try:
            with in_time(5):
                options = {"covariates": ["gender"], "missing": "listwise", "mapping": mapping}
                frame = load_dataset(data, STUDY, **options).frame
        except InputError as error:
            message = str(error)
            assert message.isprintable()
            assert "my.csv" in message or "map.yml" in message
            counts["refused"] += 1
            return
        counts["read"] += 1
        numbers = clean.columns.drop("gender")
        if len(frame) == len(clean):
            pd.testing.assert_frame_equal(frame[numbers], clean[numbers])
        else:  # a code was changed into a value that occurs
            assert frame[numbers].merge(clean[numbers]).shape == frame[numbers].shape

    check()
    print(f"mapping files: {counts['read']} read, {counts['refused']} refused")
    assert min(counts.values()) > 0
