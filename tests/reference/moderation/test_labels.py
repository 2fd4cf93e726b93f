"""Regressions with labels against R: lm, car's F of each term, emmeans, bounds by hand.

The values stand in labels_reference.csv, written by labels.R.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.moderation.fit import probe_terms
from helpers.models.moderation.johnson_neyman import probe_johnson_neyman
from helpers.models.moderation.model import fit_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes

HERE = Path(__file__).parent
CASES = pd.read_csv(HERE / "labels_cases.csv", keep_default_na=False).set_index("case")
LABELS = {"arm": str, "site": str}
DATA = dict(iter(pd.read_csv(HERE / "labels_data.csv", dtype=LABELS).groupby("data")))
REFERENCE = pd.read_csv(HERE / "labels_reference.csv", keep_default_na=False)
VALUES = {
    key: rows.set_index("key")["value"].astype(float)
    for key, rows in REFERENCE.groupby(["case", "quantity"])
}
RTOL = 1e-8
BY_ARM = [case for case, row in CASES.iterrows() if (row.predictor, row.moderator) == ("x", "arm")]


def expected(case, quantity):
    return VALUES.get((case, quantity), pd.Series(dtype=float))


def our_name(name):
    """Return R's name of a coefficient with its levels in brackets."""
    if name == "(Intercept)":
        return "Intercept"
    parts = []
    for part in name.split(":"):
        column = next((c for c in LABELS if part.startswith(c) and part != c), None)
        parts.append(f"{column}[{part[len(column) :]}]" if column else part)
    return ":".join(parts)


@pytest.fixture(scope="module")
def fits():
    return {
        case: fit_moderation(
            DATA[row["data"]],
            outcome="y",
            predictor=row["predictor"],
            moderator=row["moderator"],
            covariates=[name for name in row["covariates"].split(";") if name],
        )
        for case, row in CASES.iterrows()
    }


@pytest.mark.parametrize("case", CASES.index)
def test_coefficients(fits, case):
    se = expected(case, "se")
    table = fits[case].table.set_index("term").loc[[our_name(name) for name in se.index]]
    assert len(se) == len(fits[case].table)
    for column in ("est", "se", "pvalue", "se_hc3"):
        values = expected(case, column)[se.index].to_numpy()
        scale = se.to_numpy() if column == "est" else 0
        gap = np.abs(table[column].to_numpy() - values) / (np.abs(values) + scale)
        assert gap.max() < RTOL, column


@pytest.mark.parametrize("se_type", ["classical", "hc3"])
@pytest.mark.parametrize("case", CASES.index)
def test_terms(fits, case, se_type):
    fit = fits[case]
    table = probe_terms(fit, se_type=se_type)
    # R calls a term by its variables, ours of two levels by the one that is coded 1
    table.index = table["term"].str.replace(r"\[[^]]*\]", "", regex=True)
    f = expected(case, f"f_{se_type}")
    assert set(f.index) == set(table.index)
    np.testing.assert_allclose(table["f"][f.index], f, rtol=RTOL)
    np.testing.assert_allclose(table["pvalue"][f.index], expected(case, f"p_{se_type}"), rtol=RTOL)


@pytest.mark.parametrize("case", CASES.index)
def test_r_squared(fits, case):
    main, full = (row for _, row in fits[case].r_squared_tests.iterrows())
    assert full["r2"] == pytest.approx(expected(case, "r2").iloc[0], rel=RTOL)
    assert main["r2"] == pytest.approx(expected(case, "r2_main").iloc[0], rel=RTOL)
    assert full["f"] == pytest.approx(expected(case, "f_change").iloc[0], rel=RTOL)
    assert full["pvalue"] == pytest.approx(expected(case, "p_change").iloc[0], rel=RTOL)
    assert full["r2_change"] == pytest.approx(full["r2"] - main["r2"], rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("case", BY_ARM)
def test_slope_at_each_level(fits, case):
    slopes = probe_simple_slopes(fits[case]).set_index("at")
    for column in ("est", "se", "p"):
        values = expected(case, f"slope_{column}")
        ours = slopes["pvalue" if column == "p" else column][values.index]
        np.testing.assert_allclose(ours, values, rtol=RTOL)


@pytest.mark.parametrize("se_type", ["classical", "hc3"])
@pytest.mark.parametrize("case", BY_ARM)
def test_where_two_levels_differ(fits, case, se_type):
    found = probe_johnson_neyman(fits[case], of="moderator", se_type=se_type).table
    counts = expected(case, f"bounds_{se_type}")
    assert list(counts.index) == list(dict.fromkeys(found["term"]))
    for contrast, count in counts.items():
        bounds = found.loc[found["term"] == contrast, "bound"].dropna().to_numpy()
        assert len(bounds) == count
        values = [
            expected(case, f"bound_{se_type}")[f"{contrast} {j + 1}"] for j in range(int(count))
        ]
        np.testing.assert_allclose(bounds, values, rtol=RTOL)


@pytest.mark.parametrize("case", BY_ARM)
def test_difference_of_two_levels_at_the_mean(fits, case):
    mean = float(DATA[CASES.loc[case, "data"]]["x"].mean())
    found = probe_simple_slopes(fits[case], of="moderator", at=[mean]).set_index("term")
    values = expected(case, "difference")
    scale = expected(case, "difference_se")
    assert (np.abs(found["est"][values.index] - values) / scale).max() < RTOL
    np.testing.assert_allclose(found["se"][values.index], scale, rtol=RTOL)
