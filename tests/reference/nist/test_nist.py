"""Digits that the moderated regression keeps on NIST's reference data sets for linear regression.

The certified values stand in certified.csv (see README.md). They are checked against least squares
in exact rational arithmetic, which also gives R2 and F.
"""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.models.moderation.least_squares import classical_covariance, least_squares
from helpers.models.moderation.model import fit_moderation

HERE = Path(__file__).parent
DATA = pd.read_csv(HERE / "data.csv", dtype=str, keep_default_na=False)
CERTIFIED = pd.read_csv(HERE / "certified.csv", dtype={"est": str, "se": str})
DIGITS = pd.read_csv(
    HERE.parents[2] / "docs" / "validation" / "nist_digits.csv", index_col="Data set"
)
SETS = list(DATA["dataset"].unique())
DEGREE = {"Pontius": 2, "Filip": 10} | {f"Wampler{k}": 5 for k in range(1, 6)}
MOST = 15.0


@cache
def exact_design(name):
    """Regressors by term and outcome, as fractions; powers of x where the model is a polynomial."""
    rows = DATA[DATA["dataset"] == name]
    columns = [rows[c] for c in rows.columns[2:] if (rows[c] != "").all()]
    x = [[Fraction(value) for value in column] for column in columns]
    terms = {} if name.startswith("NoInt") else {0: [Fraction(1)] * len(rows)}
    if name in DEGREE:
        terms |= {k: [value**k for value in x[0]] for k in range(1, DEGREE[name] + 1)}
    else:
        terms |= dict(enumerate(x, start=1))
    return terms, [Fraction(value) for value in rows["y"]]


@cache
def exact_solution(name):
    """Coefficients, standard errors, R2 and F, rounded to doubles only at the end."""
    terms, y = exact_design(name)
    X, n, p = list(terms.values()), len(y), len(terms)
    products = [[_dot(a, b) for b in X] for a in X]
    system = [
        [*row, _dot(a, y), *(Fraction(i == j) for j in range(p))]
        for i, (row, a) in enumerate(zip(products, X, strict=True))
    ]
    for i in range(p):
        pivot = system[i][i]
        system[i] = [value / pivot for value in system[i]]
        for k in set(range(p)) - {i}:
            factor = system[k][i]
            system[k] = [a - factor * b for a, b in zip(system[k], system[i], strict=True)]
    est = [row[p] for row in system]
    fitted = [_dot(est, case) for case in zip(*X, strict=True)]
    residual = sum((a - b) ** 2 for a, b in zip(y, fitted, strict=True))
    mean = sum(y) / n if 0 in terms else 0
    total = sum((value - mean) ** 2 for value in y)
    variance = residual / (n - p)
    se = [_root(variance * system[i][p + 1 + i]) for i in range(p)]
    f = (total - residual) / (p - (0 in terms)) / variance if variance else math.inf
    return [float(value) for value in est], se, float(1 - residual / total), float(f)


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def _root(value):
    with localcontext(prec=40):
        return float((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())


def digits(ours, reference):
    """Log relative error: correct digits; of a reference of zero, decimals."""
    apart = abs(ours - reference) / (abs(reference) or 1)
    return MOST if apart == 0 else min(MOST, -math.log10(apart))


def our_solution(name):
    """Coefficients, standard errors, R2 and F by the engine."""
    terms, y = exact_design(name)
    frame = pd.DataFrame({f"x{k}": list(map(float, column)) for k, column in terms.items()})
    frame["y"] = list(map(float, y))
    regressors = [f"x{k}" for k in terms if k]
    if len(regressors) > 1:
        fit = fit_moderation(
            frame, outcome="y", predictor=regressors[0], moderator=regressors[1],
            covariates=regressors[2:], interaction=False, center="none",
        )  # fmt: skip
        table, share = fit.table.set_index("term"), fit.r_squared_tests.iloc[0]
        found = table.loc[["Intercept", *regressors]]
        return found["est"].to_numpy(), found["se"].to_numpy(), share["r2"], share["f"]
    design = frame.drop(columns="y")
    results = least_squares(frame["y"], design)
    covariance = classical_covariance(design.to_numpy(), results.resid.to_numpy())
    return results.params.to_numpy(), np.sqrt(np.diag(covariance)), results.rsquared, results.fvalue


def reached(name):
    """Fewest digits over the coefficients and over their standard errors; digits of R2 and F."""
    certified = CERTIFIED[CERTIFIED["dataset"] == name]
    est, se, r2, f = our_solution(name)
    exact_r2, exact_f = exact_solution(name)[2:]
    return {
        "Coefficients": min(map(digits, est, certified["est"].astype(float))),
        "Standard errors": min(map(digits, se, certified["se"].astype(float))),
        "R²": digits(r2, exact_r2),
        "F": digits(f, exact_f) if math.isfinite(exact_f) else math.nan,
    }


@pytest.mark.parametrize("name", SETS)
def test_the_certified_values_are_those_of_exact_arithmetic(name):
    certified = CERTIFIED[CERTIFIED["dataset"] == name]
    est, se, _, _ = exact_solution(name)
    assert list(certified["term"]) == list(exact_design(name)[0])
    assert min(map(digits, est, certified["est"].astype(float))) > 14
    assert min(map(digits, se, certified["se"].astype(float))) > 14


@pytest.mark.parametrize("name", SETS)
def test_digits_are_kept(name):
    found = reached(name)
    print(f"{name:9}", "  ".join(f"{key} {value:4.1f}" for key, value in found.items()))
    for key, value in found.items():
        # the last digit differs between processors
        assert math.isnan(value) or value > DIGITS.loc[name, key] - 1, key
