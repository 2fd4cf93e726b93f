"""Cluster-robust moderated regressions against R: clubSandwich's CR2, Satterthwaite and HTZ.

The values stand in cluster_reference.csv, written by cluster_robust.R.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.moderation.fit import probe_coefficients, probe_terms
from helpers.models.moderation.johnson_neyman import probe_johnson_neyman
from helpers.models.moderation.model import fit_moderation
from helpers.models.moderation.simple_slopes import probe_simple_slopes

HERE = Path(__file__).parent
CASES = pd.read_csv(HERE / "cluster_cases.csv", keep_default_na=False).set_index("case")
DATA = dict(iter(pd.read_csv(HERE / "cluster_data.csv").groupby("data")))
REFERENCE = pd.read_csv(HERE / "cluster_reference.csv", keep_default_na=False)
REFERENCE["value"] = pd.to_numeric(REFERENCE["value"], errors="coerce")
VALUES = {
    key: rows.set_index("key")["value"] for key, rows in REFERENCE.groupby(["case", "quantity"])
}
RTOL = 1e-8


def expected(case, quantity):
    return VALUES.get((case, quantity), pd.Series(dtype=float))


@pytest.fixture(scope="module")
def fits():
    with pytest.warns(RuntimeWarning, match="fewer than 30"):
        return {
            case: fit_moderation(
                DATA[row["data"]],
                outcome="y",
                predictor="x",
                moderator="w",
                covariates=[name for name in row["covariates"].split(";") if name],
                center=row["center"],
                cluster="id",
            )
            for case, row in CASES.iterrows()
        }


def our_names(names):
    renamed = {"(Intercept)": "Intercept"}
    return [renamed.get(n, f"g[{n[1:]}]" if n[0] == "g" else n) for n in names]


def test_there_are_enough_cases(fits):
    assert len(CASES) >= 50
    assert {fit.n_clusters for fit in fits.values()} >= {5, 6, 8, 10, 60, 100}


@pytest.mark.parametrize("case", CASES.index)
def test_coefficients(fits, case):
    se = expected(case, "se")
    table = probe_coefficients(fits[case]).set_index("term").loc[our_names(se.index)]
    assert len(se) == len(fits[case].table)
    for column in ("est", "se", "df", "pvalue", "ci_lower", "ci_upper"):
        values = expected(case, column)[se.index].to_numpy()
        scale = se.to_numpy() if column in ("est", "ci_lower", "ci_upper") else 0
        gap = np.abs(table[column].to_numpy() - values) / (np.abs(values) + scale)
        assert gap.max() < RTOL, column


@pytest.mark.parametrize("case", CASES.index)
def test_omnibus_tests(fits, case):
    fit = fits[case]
    table = probe_terms(fit).set_index("term")
    f = expected(case, "f")
    for key in f.index:
        terms = {"product": fit.terms["product"], "g": "g"}
        if key in terms:
            found = table.loc[terms[key]]
        else:
            names = fit.table["term"].to_list()
            found = fit.inference().wald(
                np.eye(len(names))[[names.index(fit.terms[role]) for role in key.split(",")]]
            )
        ours = [found.f, found.df2, found.pvalue]
        theirs = [expected(case, quantity)[key] for quantity in ("f", "df2", "pwald")]
        if theirs[1] <= 0:  # R gives the statistic and no p; here there is none at all
            assert np.isnan(ours).all()
        else:
            np.testing.assert_allclose(ours, theirs, rtol=RTOL)


@pytest.mark.parametrize("case", CASES.index)
def test_simple_slopes(fits, case):
    slopes = probe_simple_slopes(fits[case])
    scale = slopes["se"].to_numpy()
    for column, quantity in {
        "moderator_value": "slope_at",
        "est": "slope_est",
        "se": "slope_se",
        "df": "slope_df",
        "ci_lower": "slope_lower",
        "ci_upper": "slope_upper",
    }.items():
        values = expected(case, quantity).to_numpy()
        gap = np.abs(slopes[column] - values) / (np.abs(values) + scale)
        assert gap.max() < RTOL, column


@pytest.mark.parametrize("case", CASES.index)
def test_johnson_neyman(fits, case):
    fit = fits[case]
    found = probe_johnson_neyman(fit).table
    if fit.moderator_levels is not None:
        assert found.empty
        return
    limits = expected(case, "range")
    bounds = found["bound"].dropna()
    bounds = bounds[bounds.between(limits["lower"], limits["upper"])].to_numpy()
    assert len(bounds) == expected(case, "bounds").iloc[0]
    sd = DATA[CASES.loc[case, "data"]]["w"].std()
    values = expected(case, "bound").to_numpy()
    if len(values):
        assert np.abs(bounds - values).max() / sd < 1e-7
