"""How well a general model fits: baseline, traces, residuals, modification indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from scipy.linalg import block_diag
from scipy.stats import chi2

from helpers.models.inference.intervals import normal_pvalue
from helpers.models.sem.estimates import GivenMoments, Reporter, jacobian
from helpers.models.sem.fit_measures import FitFacts
from helpers.models.sem.gaussian import (
    LOG_2PI,
    State,
    evaluate,
    information,
    stack_gradient,
)
from helpers.models.sem.gaussian import gradient as moment_gradient
from helpers.models.sem.optimize import maximize, model_information
from helpers.models.sem.patterns import PatternSample
from helpers.models.sem.reticular import CONSTANT, Reticular, Saturated, lay_out, stack_moments
from helpers.models.sem.starts import starting_values
from helpers.models.sem.table import ParameterTable, Row


@dataclass(frozen=True)
class Fitted:
    """A model of moments at its ML solution.

    `span` holds the directions that constraints leave free, None without constraints.
    """

    model: Reticular | Saturated
    theta: np.ndarray
    state: State
    span: np.ndarray | None = None
    n_equal: int = 0

    @property
    def n_parameters(self) -> int:
        """Free parameters less equality constraints."""
        return self.model.n_parameters - self.n_equal

    @cached_property
    def _information(self) -> dict[str, np.ndarray]:
        return {}

    def information(self, kind: str) -> np.ndarray:
        """Information of one case about the free parameters."""
        if kind not in self._information:
            found = model_information(self.model, self.theta, self.state, kind=kind)
            self._information[kind] = found
        return self._information[kind]

    def bread(self, kind: str) -> np.ndarray:
        """Inverse information of one case, in the directions that are free."""
        return invert(self.information(kind), self.span)

    def scores(self) -> np.ndarray:
        """Casewise scores by the free parameters, shape (n, free)."""
        return self.model.scores(self.theta, self.state)


@dataclass(frozen=True)
class Part:
    """All cases, or those of one group: the model at the solution, the unrestricted model, given x.

    Parts of several groups share the free parameters of `model`, and its `span`.
    """

    model: Fitted
    saturated: Fitted
    given: GivenMoments
    x: np.ndarray

    @property
    def n(self) -> int:
        """Number of cases."""
        return self.model.state.sample.n


def invert(matrix: np.ndarray, span: np.ndarray | None) -> np.ndarray:
    """Inverse of a symmetric matrix, within the columns of `span`."""
    if span is not None:
        return span @ invert(span.T @ matrix @ span, None) @ span.T
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
    inverse = np.linalg.inv(matrix * np.outer(scale, scale)) * np.outer(scale, scale)
    return (inverse + inverse.T) / 2


@dataclass(frozen=True)
class Clusters:
    """Which cluster each case belongs to, how many there are, and the factor G / (G - 1).

    Of several groups the factor is a column, of each case the one of its group.
    """

    name: str
    codes: np.ndarray
    count: int
    factor: float | np.ndarray

    @classmethod
    def of(cls, name: str, column: np.ndarray | pd.Series) -> Clusters:
        """Clusters by a column of their names."""
        codes, found = pd.factorize(column)
        return cls(name, codes, len(found), len(found) / max(len(found) - 1, 1))

    @classmethod
    def of_groups(cls, parts: Sequence[Clusters], column: np.ndarray | pd.Series) -> Clusters:
        """Clusters of several groups, whose cases follow each other; some may lie in several."""
        joint = cls.of(parts[0].name, column)
        factor = np.repeat([part.factor for part in parts], [len(part.codes) for part in parts])
        return replace(joint, factor=factor[:, None])


def outer_products(contributions: np.ndarray, clusters: Clusters | None) -> np.ndarray:
    """Mean outer product of casewise scores; summed by cluster, with its factor."""
    n = len(contributions)
    if clusters is None:
        return contributions.T @ contributions / n
    sums = np.zeros((clusters.count, contributions.shape[1]))
    np.add.at(sums, clusters.codes, contributions * np.sqrt(clusters.factor))
    return sums.T @ sums / n


def baseline_table(table: ParameterTable) -> ParameterTable:
    """The model of no relations; exogenous and auxiliary variables stay as they are.

    Auxiliary variables keep all their covariances, as in semTools' `auxiliary()`.
    """
    rows = []
    for row in table.rows:
        special = row.lhs in table.auxiliary or row.rhs in table.auxiliary
        if row.exogenous or (row.op == "~~" and special):
            rows.append(replace(row, fixed=None, label=""))
    present = {(r.lhs, r.op, r.rhs) for r in rows}
    for v in table.observed:
        if (v, "~~", v) not in present:
            rows.append(Row(v, "~~", v))
        if table.meanstructure and (v, "~1", "") not in present:
            rows.append(Row(v, "~1", ""))
    return ParameterTable(
        rows=tuple(rows),
        observed=table.observed,
        latent=(),
        exogenous=table.exogenous,
        auxiliary=table.auxiliary,
        definitions=(),
        constraints=(),
        linear=np.zeros((0, len(rows) + 1)),
        meanstructure=table.meanstructure,
    )


def fit_baseline(layout: Reticular, sample: PatternSample, means, covariance) -> Fitted | None:
    """The baseline at its solution; `means` and `covariance` are the unrestricted ones."""
    model = _baseline_layout(layout)
    if sample.complete and not layout.table.auxiliary:
        return _closed_baseline(model, sample, means, covariance)
    for start in starting_values(model, means, covariance):
        solution = maximize(model, sample, start)
        if solution is not None and solution.converged:
            return Fitted(model, solution.theta, solution.state)
    return None


@lru_cache(maxsize=64)
def _baseline_layout(layout: Reticular) -> Reticular:
    return lay_out(baseline_table(layout.table), layout.given)


def _closed_baseline(model: Reticular, sample: PatternSample, means, covariance) -> Fitted:
    """Complete data: each modeled variable has its own mean and variance."""
    theta = np.zeros(model.n_parameters)
    place = {v: k for k, v in enumerate(model.modeled)}
    for row, number in zip(model.table.rows, model.parameter, strict=True):
        if number >= 0:
            k, j = place[row.lhs], place.get(row.rhs)
            theta[number] = means[k] if row.op == "~1" else covariance[k, j]
    return Fitted(model, theta, model.state(sample, theta))


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
    of_given = block_diag(*(_scores_of_given(part) for part in parts))
    by_case = np.hstack([np.vstack([part.model.scores() for part in parts]), of_given])
    span = None
    if first.span is not None:
        span = block_diag(first.span, np.eye(ends[-1] - k))
    return float((invert(a, span) * outer_products(by_case, clusters)).sum())


def _information_with_given(part: Part, kind: str) -> np.ndarray:
    """Information of one case about the free parameters and the moments of given variables."""
    fitted, of_given = part.model, _given_information(part.given)
    if kind != "h1":
        return _with_given(fitted.information(kind), of_given)
    own = fitted.model.jacobian(fitted.theta)
    matrix = _with_given(information(fitted.state) / part.n, of_given)
    matrix += _curvature_of_joint(fitted, part.given)
    onto = block_diag(own, np.eye(len(of_given)))
    return onto.T @ matrix @ onto


def _curvature_of_joint(fitted: Fitted, given: GivenMoments) -> np.ndarray:
    """Second derivatives by (P, V, xi) of the means and covariances of all variables.

    They are weighted with the derivatives of the log-likelihood of one case. With P = (a, b) these
    moments are a + b m, b S and V + b S b'; with g and G the derivatives by P and by V, the second
    derivative by b_ij and b_kl is 2 G_ik S_jl, by b_ij and m_j it is g_i of the constant, by b_ij
    and S_jk it is M_ik, where M S = g_b - g_a m'.
    """
    sample = fitted.state.sample
    by_p, by_v = (part / sample.n for part in moment_gradient(fitted.state))
    p, q = by_p.shape
    n_moments = p * q + p * (p + 1) // 2
    out = np.zeros((n_moments + len(given.stacked),) * 2)
    constant = q - len(given.names)
    s = np.zeros((q, q))
    s[constant:, constant:] = given.covariance
    out[: p * q, : p * q] = 2 * np.kron(by_v, s)
    if not len(given.stacked):
        return out
    q_x = len(given.names)
    level = by_p[:, 0] if constant else np.zeros(p)
    m = np.linalg.solve(
        s[constant:, constant:], (by_p[:, constant:] - np.outer(level, given.means)).T
    ).T
    mixed = np.zeros((p, q, len(given.stacked)))
    start = n_means = q_x if given.with_means else 0
    for j in range(n_means):
        mixed[:, constant + j, j] = level
    for column, (j, k) in enumerate(zip(*np.tril_indices(q_x), strict=True), start=start):
        half = 0.5 if j == k else 1.0
        mixed[:, constant + j, column] += half * m[:, k]
        mixed[:, constant + k, column] += half * m[:, j]
    out[: p * q, n_moments:] = mixed.reshape(p * q, -1)
    out[n_moments:, : p * q] = out[: p * q, n_moments:].T
    return out


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


def given_log_likelihood(given: GivenMoments, n: int) -> float:
    """Log-likelihood of the given variables where they are random, 0 where they are fixed."""
    if not given.random or not given.names:
        return 0.0
    q = len(given.names)
    return -n / 2 * (q * LOG_2PI + np.linalg.slogdet(given.covariance)[1] + q)


# ---- moments of all observed variables ---------------------------------------------------------


def joint_moments(slopes, residual, given_vector, given: GivenMoments, constant: bool):
    """Means of y, covariances of y with x and among y, then the moments of x where random.

    From P and V: mean a + b m, covariances b S and b S b' + V, as one vector; leading dimensions
    are kept.
    """
    means, covariance = given.moments_at(given_vector)
    at = 1 if constant else 0
    b = slopes[..., at:]
    cross = b @ covariance
    among = residual + cross @ np.swapaxes(b, -1, -2)
    lead = among.shape[:-2]
    row, column = np.tril_indices(among.shape[-1])
    parts = [cross.reshape(*lead, -1), among[..., row, column]]
    if constant:
        parts.insert(0, slopes[..., 0] + (b @ np.asarray(means)[..., None])[..., 0])
    if given.random:
        parts.append(np.broadcast_to(given_vector, (*lead, given_vector.shape[-1])))
    return np.concatenate(parts, axis=-1)


def joint_jacobian(slopes, residual, given: GivenMoments, constant: bool) -> np.ndarray:
    """Derivatives of `joint_moments` by (P, V, xi), a square matrix."""
    p, q = slopes.shape
    row, column = np.tril_indices(p)
    cut = p * q, p * q + len(row)

    def function(vector):
        lead = vector.shape[:-1]
        covariance = np.zeros((*lead, p, p), dtype=vector.dtype)
        triangle = vector[..., cut[0] : cut[1]]
        covariance[..., row, column] = covariance[..., column, row] = triangle
        return joint_moments(
            vector[..., : cut[0]].reshape(*lead, p, q),
            covariance,
            vector[..., cut[1] :],
            given,
            constant,
        )

    at = np.concatenate([stack_moments(slopes, residual), given.stacked])
    return jacobian(function, at)


def _slopes_with_given(fitted: Fitted, n_moments: int) -> np.ndarray:
    """Slopes of all moments by the free parameters, then by the moments of given variables.

    Of `n_moments` the first are the model's, the rest those of the given variables themselves.
    """
    own = fitted.model.jacobian(fitted.theta)
    if fitted.span is not None:
        own = own @ fitted.span
    n_given = n_moments - len(own)
    slopes = np.zeros((n_moments, own.shape[1] + n_given))
    slopes[: len(own), : own.shape[1]] = own
    slopes[len(own) :, own.shape[1] :] = np.eye(n_given)
    return slopes


def _with_given(matrix: np.ndarray, block: np.ndarray) -> np.ndarray:
    out = np.zeros((len(matrix) + len(block),) * 2)
    out[: len(matrix), : len(matrix)] = matrix
    out[len(matrix) :, len(matrix) :] = block
    return out


def _given_covariance(given: GivenMoments) -> np.ndarray:
    return given.sampling_covariance() if len(given.stacked) else np.zeros((0, 0))


def _given_information(given: GivenMoments) -> np.ndarray:
    return invert(_given_covariance(given), None)


def saturated_meat(parts: Sequence[Part], clusters: Clusters | None) -> np.ndarray:
    """Mean outer product of the scores by the unrestricted moments and those of x where random."""
    by_part = [np.hstack([part.saturated.scores(), _scores_of_given(part)]) for part in parts]
    return outer_products(block_diag(*by_part), clusters)


def _scores_of_given(part: Part) -> np.ndarray:
    if not len(part.given.stacked):
        return np.zeros((part.n, 0))
    return part.given.influence(part.x) @ _given_information(part.given)


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
        sample, information_of_given = part.model.state.sample, _given_information(part.given)
        share = part.n / total
        w.append(
            share * _with_given(information(part.saturated.state) / part.n, information_of_given)
        )
        theirs = complete_information(sample, residual) / part.n
        complete.append(share * _with_given(theirs, information_of_given))
        at_model = joint_jacobian(*part.model.model.moments(part.model.theta), part.given, constant)
        slopes_of_part = _slopes_with_given(part.model, len(w[-1]))
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
    return _with_given(np.kron(k, sample.sum_ww), sample.n * by_v * half[:, None] * half)


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


# ---- residuals and modification indices --------------------------------------------------------


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
        information_of_given = _given_information(given)
        at_implied = evaluate(part.model.state.sample, *slopes)
        back = np.linalg.inv(at_model)
        matrix = _with_given(information(at_implied, kind=kind) / part.n, information_of_given)
        if kind == "observed":
            matrix += _curvature_of_joint(part.model, given)
        a.append(part.n / total * back.T @ matrix @ back)
        delta = at_model @ _slopes_with_given(part.model, len(matrix))
        cut = delta.shape[1] - len(information_of_given)
        own.append(delta[:, :cut])
        of_given.append(delta[:, cut:])
        matrix = information(part.saturated.state, kind=kind) / part.n
        bread = invert(_with_given(matrix, information_of_given), None)
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


def modification_indices(
    parts: Sequence[tuple[Fitted, Reporter, np.ndarray]],
) -> list[pd.DataFrame]:
    """Score tests of parameters that are fixed or that the model does not have, one at a time.

    A part is the model at its solution, its reporter and all parameters of that. Paths into
    exogenous variables are not tested, for these are taken as given.
    With s the score by an added parameter and v its information less what the model's own
    parameters take of it, the index is n s^2 / v and the expected change s / v (Sörbom, 1989,
    https://doi.org/10.1007/BF02294623).
    """
    k = parts[0][0].model.n_parameters
    added = [_added(model.model) for model, _, _ in parts]
    ends = k + np.cumsum([len(extra) for _, extra, _ in added])
    theta = np.concatenate([parts[0][0].theta, *(values for _, _, values in added)])
    slope, matrix = np.zeros(ends[-1]), np.zeros((ends[-1],) * 2)
    for (model, _, _), (kept, extra, _), end in zip(parts, added, ends, strict=True):
        layout = model.model
        table = replace(layout.table, rows=(*(layout.table.rows[i] for i in kept), *extra))
        numbers = np.concatenate([layout.parameter[kept], np.arange(end - len(extra), end)])
        wider = replace(
            lay_out(table, layout.given), parameter=numbers, n_parameters=len(theta), _last=[]
        )
        own = wider.jacobian(theta)
        slope += own.T @ stack_gradient(*moment_gradient(model.state))
        matrix += own.T @ information(model.state, kind="expected") @ own
    n = sum(model.state.sample.n for model, _, _ in parts)
    slope, matrix = slope / n, matrix / n
    mine = invert(matrix[:k, :k], parts[0][0].span)
    taken = np.einsum("ij,jk,ki->i", matrix[k:, :k], mine, matrix[:k, k:])
    left = np.diag(matrix)[k:] - taken
    with np.errstate(divide="ignore", invalid="ignore"):
        usable = left > 1e-6 * np.diag(matrix)[k:]
        mi = np.where(usable, n * slope[k:] ** 2 / left, np.nan)
        epc = np.where(usable, slope[k:] / left, np.nan)
    tables = []
    for (model, reporter, full), (_, extra, _), end in zip(parts, added, ends, strict=True):
        place = slice(end - len(extra) - k, end - k)
        factors = _standardizing(extra, model.model.table, reporter, full)
        tables.append(
            pd.DataFrame([(r.lhs, r.op, r.rhs) for r in extra], columns=["lhs", "op", "rhs"])
            .assign(mi=mi[place], pvalue=chi2.sf(mi[place], 1), epc=epc[place])
            .assign(sepc_all=epc[place] * factors)
            .dropna(subset="mi")
            .sort_values("mi", ascending=False, kind="stable", ignore_index=True)
        )
    return tables


def _added(layout: Reticular):
    """Rows that are kept, by number; rows that are freed or new, and their values."""
    rows = layout.table.rows
    held = np.flatnonzero(layout.parameter == -1)
    kept = np.flatnonzero(layout.parameter != -1)
    new = [Row(*key) for key in _candidates(layout.table)]
    extra = [*(replace(rows[i], fixed=None, label="") for i in held), *new]
    return kept, extra, np.array([*(rows[i].fixed for i in held), *(0.0 for _ in new)], dtype=float)


def _standardizing(rows, table: ParameterTable, reporter: Reporter, full) -> np.ndarray:
    """By what a value of each row is multiplied to be completely standardized."""
    _, covariance, names = reporter.joint(full)
    sd = dict(zip(names, np.sqrt(np.abs(np.diag(covariance))), strict=True))
    own_sd = _residual_sd(table, reporter, full, sd)
    factors = []
    for row in rows:
        if row.op == "=~":
            factors.append(sd[row.lhs] / sd[row.rhs])
        elif row.op in ("~", "<~"):
            factors.append(sd[row.rhs] / sd[row.lhs])
        elif row.op == "~1":
            factors.append(1 / sd[row.lhs])
        elif row.lhs == row.rhs:
            factors.append(1 / sd[row.lhs] ** 2)
        else:
            factors.append(1 / (own_sd[row.lhs] * own_sd[row.rhs]))
    return np.array(factors)


def _residual_sd(table, reporter, full, sd):
    elements = reporter.elements(full)
    own = dict(sd)
    for k, row in enumerate(table.rows):
        if row.op == "~~" and row.lhs == row.rhs:
            own[row.lhs] = np.sqrt(abs(elements[k])) or np.nan
    return own


def _candidates(table: ParameterTable):
    """Loadings, (residual) covariances and paths that could be added, as lavaan lists them."""
    present = {(r.lhs, r.op, r.rhs) for r in table.rows}
    present |= {(r.rhs, r.op, r.lhs) for r in table.rows if r.op == "~~"}
    measured = {r.rhs for r in table.rows if r.op == "=~"}
    indicators = [v for v in table.observed if v in measured]
    in_paths = [r for r in table.rows if r.op == "~"]
    paths = list(dict.fromkeys([*(r.lhs for r in in_paths), *(r.rhs for r in in_paths)]))
    others = [v for v in table.observed if v not in (*table.exogenous, *table.auxiliary)]
    for factor in table.latent:
        for v in others:
            if v not in paths and (factor, "=~", v) not in present:
                yield (factor, "=~", v)
    for group in (indicators, table.latent):
        for a, b in combinations_with_replacement(group, 2):
            if (a, "~~", b) not in present:
                yield (a, "~~", b)
    outcomes = [v for v in paths if v not in table.exogenous]
    for y in outcomes:
        for x in paths:
            known = (y, "~", x) in present or (x, "=~", y) in present
            if y != x and not known and not (y in indicators and x in table.latent):
                yield (y, "~", x)


def wald_table(keys, est, se, quantile) -> pd.DataFrame:
    """`est se z pvalue ci_lower ci_upper` beside the keys; no z where the SE is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(se > 0, est / se, np.nan)
    width = quantile * se
    return keys.assign(
        est=est, se=se, z=z, pvalue=normal_pvalue(z), ci_lower=est - width, ci_upper=est + width
    )
