"""Where a general model does not fit: residuals of means and covariances, standardized."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from helpers.models.sem.estimates import GivenMoments
from helpers.models.sem.fitted import Part, invert
from helpers.models.sem.gaussian import evaluate, information
from helpers.models.sem.joint_moments import (
    given_information,
    joint_curvature,
    joint_jacobian,
    joint_moments,
    slopes_with_given,
)
from helpers.models.sem.reticular import CONSTANT, Reticular


def residual_table(
    parts: Sequence[Part], *, kind: str, meat: np.ndarray | None
) -> list[pd.DataFrame]:
    """Residuals of means and covariances of each part with lavaan's standardized values.

    A residual r = s - sigma has the covariance matrix Q N Q' with N that of the unrestricted
    moments, Q = I - D (D' A D)^-1 D' A, A the information at the model (Maydeu-Olivares, 2017,
    https://doi.org/10.1080/10705511.2016.1269606).
    """
    total = sum(part.n for part in parts)
    kind = "observed" if kind == "observed" else "expected"
    a, sampled, own, of_given, tables = [], [], [], [], []
    for part in parts:
        constant = CONSTANT in part.model.model.given
        given, slopes = part.given, part.model.model.moments(part.model.theta)
        free = part.saturated.model.moments(part.saturated.theta)
        at_model = joint_jacobian(*slopes, given, constant)
        at_saturated = joint_jacobian(*free, given, constant)
        information_of_given = given_information(given)
        at_implied = evaluate(part.model.state.sample, *slopes)
        back = np.linalg.inv(at_model)
        matrix = block_diag(information(at_implied, kind=kind) / part.n, information_of_given)
        if kind == "observed":
            matrix += joint_curvature(part.model, given)
        a.append(part.n / total * back.T @ matrix @ back)
        delta = at_model @ slopes_with_given(part.model, len(matrix))
        cut = delta.shape[1] - len(information_of_given)
        own.append(delta[:, :cut])
        of_given.append(delta[:, cut:])
        matrix = information(part.saturated.state, kind=kind) / part.n
        bread = invert(block_diag(matrix, information_of_given), None)
        sampled.append((at_saturated, bread / part.n))
        observed = joint_moments(*free, given.stacked, given, constant)
        implied = joint_moments(*slopes, given.stacked, given, constant)
        keep = len(observed) - len(information_of_given)
        keys = _moment_keys(part.model.model, given, constant)
        tables.append(keys.assign(observed=observed[:keep], implied=implied[:keep]))
    delta, a = np.hstack([np.vstack(own), block_diag(*of_given)]), block_diag(*a)
    q = np.eye(len(a)) - delta @ np.linalg.pinv(delta.T @ a @ delta) @ delta.T @ a
    slopes, breads = (block_diag(*matrices) for matrices in zip(*sampled, strict=True))
    acov = breads if meat is None else breads @ (total * meat) @ breads
    variance = np.einsum("ij,jk,ik->i", q, slopes @ acov @ slopes.T, q)
    start, out = 0, []
    for table, (matrix, _) in zip(tables, sampled, strict=True):
        own = variance[start : start + len(table)]
        start += len(matrix)
        with np.errstate(invalid="ignore"):
            se = np.sqrt(np.where(own > 0, own, np.nan))
        difference = (table["observed"] - table["implied"]).to_numpy()
        z = difference / np.where(np.abs(difference) < 1e-5, 1.0, se)
        out.append(table.assign(residual=difference, se=se, z=z))
    return out


def _moment_keys(layout: Reticular, given: GivenMoments, constant: bool) -> pd.DataFrame:
    y = layout.modeled
    rows = [(v, "~1", "") for v in y] if constant else []
    rows += [(v, "~~", x) for v in y for x in given.names]
    rows += [(y[i], "~~", y[j]) for i, j in zip(*np.tril_indices(len(y)), strict=True)]
    return pd.DataFrame(rows, columns=["lhs", "op", "rhs"])
