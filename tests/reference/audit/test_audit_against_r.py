"""The formulas of the audit against R and lavaan (make_reference.R; versions.txt)."""

from pathlib import Path

import pandas as pd
import pytest

from helpers.audit.correlations import p_of_correlation
from helpers.audit.descriptives import p_of_shapiro_wilk
from helpers.audit.fit import (
    cfa_degrees_of_freedom,
    check_agfi,
    check_nfi,
    check_p_of_chisq,
    check_rmsea,
    check_tli_against_cfi,
)
from helpers.printed.rounding import parse_formula

HERE = Path(__file__).parent
FITS = pd.read_csv(HERE / "fit_measures.csv").set_index("model")


def _rows(name: str) -> list:
    return list(pd.read_csv(HERE / name).itertuples(index=False))


FACTORS = {"three_factors": 3, "two_factors": 2, "one_factor": 1}


@pytest.mark.parametrize("row", _rows("correlations.csv"))
def test_p_of_a_correlation(row):
    assert p_of_correlation(row.r, int(row.n)) == pytest.approx(row.p, rel=1e-8)


@pytest.mark.parametrize("row", _rows("shapiro_wilk.csv"))
def test_p_of_shapiro_wilk(row):
    assert p_of_shapiro_wilk(row.w, int(row.n)) == pytest.approx(row.p, rel=1e-6)


@pytest.mark.parametrize("model", FITS.index)
def test_degrees_of_freedom_of_factor_models(model):
    row = FITS.loc[model]
    assert cfa_degrees_of_freedom(int(row["variables"]), FACTORS[model]) == (
        row["df"],
        row["baseline.df"],
    )


@pytest.mark.parametrize("model", FITS.index)
def test_formulas_of_fit_measures(model):
    row = FITS.loc[model]
    numbers = {
        "df": row["df"],
        "df_b": row["baseline.df"],
        "gfi": row["gfi"],
        "cfi": row["cfi"],
        "p": row["variables"],
        "rmsea": row["rmsea"],
        "n": row["ntotal"] + 1,
    }
    for formula, name in (
        ("1 - p*(p + 1) / (2*df) * (1 - gfi)", "agfi"),
        ("1 - df_b / df * (1 - cfi)", "tli"),
        # lavaan divides by N; the check writes N - 1
        (
            "1 - (1 - cfi) * (1 + (df - (1 - cfi)*df_b) / (rmsea**2*df*(n - 1) + (1 - cfi)*df_b))",
            "nfi",
        ),
    ):
        assert parse_formula(formula).at(numbers) == pytest.approx(row[name], rel=1e-8), name


@pytest.mark.parametrize("decimals", [2, 3])
@pytest.mark.parametrize("model", FITS.index)
def test_rounded_fit_measures_are_consistent(model, decimals):
    row = FITS.loc[model]
    text = {
        name: f"{row[name]:.{decimals}f}"
        for name in ("rmsea", "cfi", "tli", "nfi", "gfi", "agfi", "chisq")
    }
    df, df_b, n = int(row["df"]), int(row["baseline.df"]), int(row["ntotal"])
    findings = [
        check_p_of_chisq(text["chisq"], df, "< .001", location=model),
        check_rmsea(text["rmsea"], text["chisq"], df, n=n, location=model),
        check_agfi(
            text["agfi"], text["gfi"], df=df, n_variables=int(row["variables"]), location=model
        ),
        check_tli_against_cfi(text["tli"], text["cfi"], df=df, df_baseline=df_b, location=model),
        check_nfi(
            text["nfi"], text["cfi"], text["rmsea"], df=df, df_baseline=df_b, n=n, location=model
        ),
    ]
    assert [finding.verdict for finding in findings] == ["consistent"] * 5
