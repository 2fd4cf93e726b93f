"""How well a general model fits: chi-squares, the traces that correct them, and SRMR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.linalg import block_diag

from helpers.models.sem.estimates import GivenMoments
from helpers.models.sem.fit_measures import FitFacts
from helpers.models.sem.fitted import Clusters, Fitted, Part, invert, outer_products
from helpers.models.sem.gaussian import information
from helpers.models.sem.joint_moments import (
    given_information,
    given_log_likelihood,
    joint_curvature,
    joint_jacobian,
    scores_of_given,
    slopes_with_given,
)
from helpers.models.sem.patterns import PatternSample
from helpers.models.sem.reticular import CONSTANT


def trace(parts: Sequence[Part], clusters: Clusters | None, kind: str) -> float:
    """tr(A^-1 B): inverse information times the mean outer product of the scores.

    The moments of random given variables are among the parameters. With `kind` "h1" the curvature
    of the means and covariances of all variables is left out of A, as lavaan does for the tests of
    `estimator = "ML"` with clusters.
    """
    total = sum(part.n for part in parts)
    first = parts[0].model
    k = len(first.theta)
    ends = k + np.cumsum([len(part.given.stacked) for part in parts])
    a = np.zeros((ends[-1], ends[-1]))
    for part, end in zip(parts, ends, strict=True):
        place = np.append(np.arange(k), np.arange(end - len(part.given.stacked), end))
        a[np.ix_(place, place)] += part.n / total * _information_with_given(part, kind)
    of_given = block_diag(*(scores_of_given(part) for part in parts))
    by_case = np.hstack([np.vstack([part.model.scores() for part in parts]), of_given])
    span = None
    if first.span is not None:
        span = block_diag(first.span, np.eye(ends[-1] - k))
    return float((invert(a, span) * outer_products(by_case, clusters)).sum())


def _information_with_given(part: Part, kind: str) -> np.ndarray:
    """Information of one case about the free parameters and the moments of given variables."""
    fitted, of_given = part.model, given_information(part.given)
    if kind != "h1":
        return block_diag(fitted.information(kind), of_given)
    own = fitted.model.jacobian(fitted.theta)
    matrix = block_diag(information(fitted.state) / part.n, of_given)
    matrix += joint_curvature(fitted, part.given)
    onto = block_diag(own, np.eye(len(of_given)))
    return onto.T @ matrix @ onto


def fit_facts(
    part: Part,
    baseline: Fitted,
    *,
    kind: str,
    clusters: Clusters | None,
    meat: np.ndarray | None,
    incomplete: bool,
) -> FitFacts:
    """What the fit measures are computed from.

    `meat` is the mean outer product of the unrestricted model's scores where statistics are robust,
    `kind` the information that their scaling factor rests on; `incomplete` asks for the corrected
    statistics of incomplete data.
    """
    model, saturated, given, n = part.model, part.saturated, part.given, part.n
    n_saturated = len(given.stacked)
    df = saturated.n_parameters - model.n_parameters
    chisq = max(2 * (saturated.state.value - model.state.value), 0.0)
    if df == 0 and chisq < 1e-6:  # rounding; with a bound that is reached it can be more
        chisq = 0.0
    base_df = saturated.n_parameters - baseline.n_parameters
    base_chisq = max(2 * (saturated.state.value - baseline.state.value), 0.0)
    traces = corrected = None
    if meat is not None:
        traces = tuple(
            trace([replace(part, model=fitted)], clusters, kind)
            for fitted in (saturated, model, baseline)
        )
    if incomplete:
        corrected = (
            *corrected_statistic([part], df, meat),
            *corrected_statistic([replace(part, model=baseline)], base_df, meat),
        )
    return FitFacts(
        chisq=chisq,
        df=df,
        base_chisq=base_chisq,
        base_df=base_df,
        npar=model.n_parameters + n_saturated,
        unrestricted=saturated.state.value + given_log_likelihood(given, n),
        srmr=srmr(model, saturated, given) if df or chisq else 0.0,
        n=n,
        traces=traces,
        n_moments=saturated.n_parameters + n_saturated,
        n_free_rows=int((model.model.parameter >= 0).sum()) + n_saturated,
        corrected=corrected,
    )


def saturated_meat(parts: Sequence[Part], clusters: Clusters | None) -> np.ndarray:
    """Mean outer product of the scores by the unrestricted moments and those of x where random."""
    by_part = [np.hstack([part.saturated.scores(), scores_of_given(part)]) for part in parts]
    return outer_products(block_diag(*by_part), clusters)


def corrected_statistic(
    parts: Sequence[Part], df: int, meat: np.ndarray | None
) -> tuple[float, float]:
    """Statistic of complete data with the unrestricted moments, and its scaling factor.

    With W the information of the unrestricted model about the incomplete data, C the same for
    complete data and U = W - W D (D' W D)^-1 D' W, the factor is tr(C W^-1 U W^-1) / df, and for
    robust statistics tr(U W^-1 C W^-1 U W^-1 B W^-1) / df, B the `meat`, the outer products of the
    scores (Zhang & Savalei, 2023: FIML-C, versions 6 and 3).
    """
    if not df:
        return 0.0, 1.0
    total = sum(part.n for part in parts)
    statistic, w, complete, own, of_given = 0.0, [], [], [], []
    for part in parts:
        constant = CONSTANT in part.model.model.given
        slopes, residual = part.saturated.model.moments(part.saturated.theta)
        at_saturated = joint_jacobian(slopes, residual, part.given, constant)
        sample, information_of_given = part.model.state.sample, given_information(part.given)
        share = part.n / total
        w.append(
            share * block_diag(information(part.saturated.state) / part.n, information_of_given)
        )
        theirs = complete_information(sample, residual) / part.n
        complete.append(share * block_diag(theirs, information_of_given))
        at_model = joint_jacobian(*part.model.model.moments(part.model.theta), part.given, constant)
        slopes_of_part = slopes_with_given(part.model, len(w[-1]))
        delta = np.linalg.inv(at_saturated) @ at_model @ slopes_of_part
        cut = delta.shape[1] - len(part.given.stacked)
        own.append(delta[:, :cut])
        of_given.append(delta[:, cut:])
        statistic += complete_discrepancy(part.model, part.saturated, part.given)
    w, complete = block_diag(*w), block_diag(*complete)
    delta = np.hstack([np.vstack(own), block_diag(*of_given)])
    w_inverse = invert(w, None)
    wd = w @ delta
    u = w - wd @ np.linalg.solve(delta.T @ wd, wd.T)
    if meat is None:
        k = np.trace(complete @ w_inverse @ u @ w_inverse)
    else:
        middle = w_inverse @ complete @ w_inverse
        k = np.trace(u @ middle @ u @ w_inverse @ meat @ w_inverse)
    return statistic, float(k) / df


def complete_information(sample: PatternSample, residual: np.ndarray) -> np.ndarray:
    """Information about (P, V) if no value were missing."""
    p = len(residual)
    k = np.linalg.inv(residual)
    row, column = np.tril_indices(p)
    i, j = row[:, None], column[:, None]
    by_v = k[i, row] * k[j, column] + k[i, column] * k[j, row]
    half = np.where(row == column, 0.5, 1.0)
    return block_diag(np.kron(k, sample.sum_ww), sample.n * by_v * half[:, None] * half)


def complete_discrepancy(fitted: Fitted, saturated: Fitted, given: GivenMoments) -> float:
    """The likelihood-ratio statistic at the unrestricted moments as if they were the sample's."""
    n = fitted.state.sample.n
    slopes, residual = fitted.model.moments(fitted.theta)
    free_slopes, free_residual = saturated.model.moments(saturated.theta)
    difference = free_slopes - slopes
    ww = fitted.state.sample.sum_ww / n
    inverse = np.linalg.inv(residual)
    gap = np.trace(inverse @ (free_residual + difference @ ww @ difference.T)) - len(residual)
    logdets = np.linalg.slogdet(residual)[1] - np.linalg.slogdet(free_residual)[1]
    return float(n * (gap + logdets))


def srmr(model: Fitted, saturated: Fitted, given: GivenMoments) -> float:
    """Root mean square of the standardized residuals, means among them where they are modeled."""
    constant = CONSTANT in model.model.given
    observed = _mean_and_covariance(saturated, given, constant)
    implied = _mean_and_covariance(model, given, constant)
    sd = np.sqrt(np.diag(observed[1]))
    residuals = ((observed[1] - implied[1]) / np.outer(sd, sd))[np.tril_indices(len(sd))]
    total, count = (residuals**2).sum(), len(residuals)
    if constant:
        total += (((observed[0] - implied[0]) / sd) ** 2).sum()
        count += len(sd)
    return float(np.sqrt(total / count))


def _mean_and_covariance(fitted: Fitted, given: GivenMoments, constant: bool):
    slopes, residual = fitted.model.moments(fitted.theta)
    b = slopes[:, 1:] if constant else slopes
    cross = b @ given.covariance
    among = residual + cross @ b.T
    level = b @ given.means + (slopes[:, 0] if constant else 0.0)
    covariance = np.block([[among, cross], [cross.T, given.covariance]])
    return np.concatenate([level, given.means]), covariance
