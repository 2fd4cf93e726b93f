"""The coping study's paths."""

import pytest

from helpers.studies.coping_adherence import (
    structure,
)


def test_the_paths_have_the_columns_promised_and_one_test(study):
    paths = structure.tabulate_paths(study)
    assert list(paths.columns[:9]) == [
        *("lhs", "op", "rhs", "est", "se", "t", "pvalue", "ci_lower", "ci_upper")
    ]
    assert paths["t"].to_numpy() == pytest.approx((paths["est"] / paths["se"]).to_numpy())
    assert (paths["bca_lower"] < paths["est"]).all()
    assert (paths["bca_upper"] > paths["est"]).all()
