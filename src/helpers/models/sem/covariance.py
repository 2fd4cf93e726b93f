"""Sampling covariance of the estimates, and the tables of parameters that rest on it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.models.inference.intervals import normal_pvalue
from helpers.models.sem.likelihood import implied_moments, information
from helpers.models.sem.structure import PathStructure
from helpers.models.sem.syntax import magnitude

_IMAGINARY_STEP = 1e-100


def sampling_covariance(structure, theta, moments, n, scores):
    """Inverse expected information, or with `casewise_scores` the sandwich."""
    if scores is None:
        return np.linalg.inv(information(structure, theta, moments, kind="expected")) / n
    bread = np.linalg.inv(information(structure, theta, moments, kind="observed"))
    return bread @ (scores.T @ scores / n) @ bread / n


def standardized_elements(structure: PathStructure, theta, moments) -> np.ndarray:
    """Completely standardized terms (`std.all`, fixed x); shapes (..., free) to (..., terms)."""
    implied = implied_moments(structure, theta, moments)
    sd = np.sqrt(np.diagonal(implied, axis1=-2, axis2=-1))
    row, column = structure.coefficient_index.T
    a, b = structure.covariance_index.T
    _, psi = structure.matrices(theta)
    residual_sd = np.sqrt(magnitude(np.diagonal(psi, axis1=-2, axis2=-1)))
    spread = np.where(a == b, sd[..., a] * sd[..., b], residual_sd[..., a] * residual_sd[..., b])
    factor = np.concatenate([sd[..., column] / sd[..., row], 1 / spread], axis=-1)
    return structure.elements(theta) * factor


def defined_effects(structure: PathStructure, elements: np.ndarray) -> np.ndarray:
    """Values of the definitions at term values `elements`; (..., terms) to (..., definitions)."""
    values: dict[str, np.ndarray] = {}
    for k, term in enumerate(structure.terms):
        if term.label:
            values.setdefault(term.label, elements[..., k])
    for definition in structure.definitions:
        values[definition.name] = definition.evaluate(values)
    shape = elements.shape[:-1]
    found = [np.broadcast_to(values[d.name], shape) for d in structure.definitions]
    return np.stack(found, axis=-1) if found else np.empty((*shape, 0))


def reported_rows(structure: PathStructure, theta) -> np.ndarray:
    """Terms and defined effects at `theta`; shapes (..., free) to (..., rows)."""
    elements = structure.elements(theta)
    return np.concatenate([elements, defined_effects(structure, elements)], axis=-1)


def standardized_rows(structure: PathStructure, theta, moments) -> np.ndarray:
    """Standardized terms and the definitions applied to them; (..., free) to (..., rows)."""
    elements = standardized_elements(structure, theta, moments)
    return np.concatenate([elements, defined_effects(structure, elements)], axis=-1)


def _jacobian(function, theta):
    """Derivatives of a vector function of the free parameters, exact but for rounding.

    The imaginary part after an imaginary step h is h times the slope; no difference is taken, so
    the step can be far below rounding (Martins, Sturdza & Alonso, 2003, *ACM Transactions on
    Mathematical Software, 29*, 245-262).
    """
    shifted = theta + 1j * _IMAGINARY_STEP * np.eye(len(theta))
    with np.errstate(invalid="ignore"):  # a defined effect may be infinite; it has no slope
        return function(shifted).imag.T / _IMAGINARY_STEP


UNDEFINED = "is not defined at the estimates."


def parameter_table(
    structure, theta, covariance, moments, ci_level, *, standardize=False
) -> pd.DataFrame:
    """The table `parameters` of a fit, or `standardized`, SEs by the delta method."""
    free = np.append(structure.parameter >= 0, np.ones(len(structure.definitions), dtype=bool))

    def rows(at):
        if standardize:
            return standardized_rows(structure, at, moments)
        return reported_rows(structure, at)

    est, slope = rows(theta), _jacobian(rows, theta)
    with np.errstate(invalid="ignore"):  # of what is not defined
        variance = ((slope @ covariance) * slope).sum(axis=1)
    se = np.where(free | standardize, np.sqrt(np.maximum(variance, 0)), 0.0)
    return wald_table(row_keys(structure), est, np.where(np.isfinite(est), se, np.nan), ci_level)


def row_keys(structure: PathStructure) -> pd.DataFrame:
    """`lhs op rhs label` of every reported row: terms, then definitions."""
    rows = [(t.lhs, t.op, t.rhs, t.label) for t in structure.terms]
    rows += [(d.name, ":=", d.expression, d.name) for d in structure.definitions]
    return pd.DataFrame(rows, columns=["lhs", "op", "rhs", "label"])


def drawn_quantities(rows: pd.DataFrame, outcomes: pd.Index) -> dict[str, object]:
    """The quantities of a bootstrap: reported rows, standardized rows and R2, as its options.

    Of several groups rows have a column `group`, and outcomes are pairs of a group and a variable.
    lavaan divides by R for parameters and by R - 1 for defined effects.
    """
    groups = ["group"] if "group" in rows else []
    outcomes = outcomes.to_frame(index=False).set_axis([*groups, "lhs"], axis=1)
    keys = pd.concat(
        [
            rows.assign(quantity="parameter"),
            rows.assign(quantity="standardized"),
            outcomes.assign(rhs="", label=outcomes["lhs"], op="r2", quantity="r_squared"),
        ],
        ignore_index=True,
    )
    return {
        "keys": keys[["quantity", *groups, "lhs", "op", "rhs", "label"]],
        "tested": (keys["op"] != "r2").to_numpy(),
        "ddof": (keys["op"] == ":=").to_numpy().astype(int),
    }


def wald_table(keys, est, se, ci_level) -> pd.DataFrame:
    """`est se z pvalue ci_lower ci_upper` beside the keys; no z where the SE is zero."""
    # A coefficient fixed at zero keeps a rounding-error SE after standardizing.
    se = np.where(se < 1e-12 * np.maximum(np.abs(est), 1e-3), 0.0, se)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(se > 0, est / se, np.nan)
    width = norm.ppf(0.5 + ci_level / 2) * se
    columns = {"est": est, "se": se, "z": z, "pvalue": normal_pvalue(z)}
    columns |= {"ci_lower": est - width, "ci_upper": est + width}
    return pd.DataFrame({**keys, **columns})


def r_squared(structure: PathStructure, theta, moments) -> np.ndarray:
    """1 - residual variance / implied variance of each outcome; (..., free) to (..., outcomes)."""
    _, psi = structure.matrices(theta)
    implied = implied_moments(structure, theta, moments)
    m = len(structure.endogenous)
    residual = np.diagonal(psi, axis1=-2, axis2=-1)
    return 1 - residual / np.diagonal(implied, axis1=-2, axis2=-1)[..., :m]
