"""The statistics a path-model twin is tuned by, with their gradients in its cells.

Everything here has a closed form, so that one Newton step or a search over thousands of cells
costs milliseconds. The numbers a reader sees come from `helpers.models`, not from here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from helpers.twins.exact_moments import standardize
from helpers.twins.least_squares_gradients import Regression, block_score_trace

__all__ = [
    "CONSTRAINED_DF",
    "EFFECTS",
    "N_LIMITED",
    "OUTCOMES",
    "PATHS",
    "SECTIONS",
    "TwinStatistics",
    "baseline_df",
    "compute_twin_statistics",
    "evaluate_effects",
    "scaled_chisquares",
    "task_only_shares",
]

Floats = NDArray[np.float64]

OUTCOMES = ("rri", "task", "goal", "bond", "ses")
PATHS = (
    ("distress", "rri"),
    ("rri", "task"),
    ("rri", "goal"),
    ("rri", "bond"),
    ("distress", "task"),
    ("distress", "goal"),
    ("distress", "bond"),
    ("task", "ses"),
    ("goal", "ses"),
    ("bond", "ses"),
    ("rri", "ses"),
    ("distress", "ses"),
)
EFFECTS = (
    "ind_rr",
    "ind_task_direct",
    "ind_task_serial",
    "ind_task_total",
    "ind_goal_direct",
    "ind_goal_serial",
    "ind_goal_total",
    "ind_bond_direct",
    "ind_bond_serial",
    "ind_bond_total",
    "ind_total",
    "total",
    "task_minus_goal",
    "task_minus_bond",
    "goal_minus_bond",
)
N_LIMITED = 12
"""How many of the effects, from the first, are printed with an interval."""

CONSTRAINED_DF = 2
Z95 = norm.isf(0.025)

_SIZES = {
    "paths": len(PATHS),
    "effects": len(EFFECTS),
    "shares": 5,
    "r2": len(OUTCOMES),
    "chisq": 2,
    "baseline_factor": 1,
    "task_path": 1,
    "se": len(PATHS) + len(EFFECTS),
    "limits": 2 * N_LIMITED,
}
_ENDS = np.cumsum(list(_SIZES.values()))
SECTIONS = {
    name: slice(int(end - size), int(end))
    for (name, size), end in zip(_SIZES.items(), _ENDS, strict=True)
}
"""Where each kind of statistic is in `TwinStatistics.reached`."""


def baseline_df(width: int) -> int:
    """Degrees of freedom of the baseline model with `width` regressors, distress among them."""
    return 10 + 5 * width


def evaluate_effects(paths: Floats) -> Floats:
    """Defined effects in the order of `EFFECTS`; paths (in the order of `PATHS`) lie first.

    Works on one set of paths, shape (12,), and on many, shape (12, B).
    """
    to_rr, rr_task, rr_goal, rr_bond, task, goal, bond, *to_ses = paths
    of_task, of_goal, of_bond, of_rr, direct = to_ses
    through = []
    for first, second, last in (
        (task, rr_task, of_task),
        (goal, rr_goal, of_goal),
        (bond, rr_bond, of_bond),
    ):
        through += [first * last, to_rr * second * last]
        through.append(through[-2] + through[-1])
    ind_rr = to_rr * of_rr
    via_task, via_goal, via_bond = through[2::3]
    ind_total = ind_rr + via_task + via_goal + via_bond
    contrasts = [via_task - via_goal, via_task - via_bond, via_goal - via_bond]
    return np.array([ind_rr, *through, ind_total, ind_total + direct, *contrasts])


def task_only_shares(paths: Floats, task_path: float) -> Floats:
    """The five shares of the Task-only model, from the full model's paths and its task path.

    Least squares fixes the rest: dropping goal and bond leaves the total effect and, given the
    task path, the real relationship's path as they must be.
    """
    to_rr, rr_task, rr_goal, rr_bond, to_task, *_ = paths
    of_task, of_goal, of_bond, of_rr = paths[7:11]
    rr_path = of_rr + rr_task * (of_task - task_path) + rr_goal * of_goal + rr_bond * of_bond
    total = evaluate_effects(paths)[EFFECTS.index("total")]
    through = np.array([to_rr * rr_path, to_task * task_path, to_rr * rr_task * task_path])
    indirect = through.sum()
    share_rr, share_direct, share_serial = through / indirect
    return np.array(
        [indirect / total, share_direct + share_serial, share_direct, share_serial, share_rr]
    )


@dataclass(frozen=True)
class TwinStatistics:
    """Values and gradients of the statistics the search steers.

    Attributes
    ----------
    reached : ndarray, shape (92,)
        In the order of `SECTIONS`: 12 paths; 15 effects; 5 shares of the Task-only model; 5 R2;
        2 robust chi-squares (Task-only, Equal-alliance); the baseline model's scaling factor; the
        Task-only model's task path; HC0 and delta-method SEs of paths and effects; lower, then
        upper 95% limits of the effects that have them, from estimate, SE and skewness
        (Cornish-Fisher).
    gradients : ndarray, shape (92, 5 * n)
        In the cells of the five outcome columns, column by column, in the units of the data.
    influences : ndarray, shape (27, n)
        What each case adds to each path and effect, to first order.
    baseline_chisq : float
        Chi-square of the baseline model, unscaled.
    """

    reached: Floats
    gradients: Floats
    influences: Floats
    baseline_chisq: float


def compute_twin_statistics(outcomes: Floats, regressors: Floats) -> TwinStatistics:
    """Return the statistics of the full, Task-only and Equal-alliance models.

    Parameters
    ----------
    outcomes : ndarray, shape (n, 5)
        Real relationship, task, goal, bond, session quality, in any unit; standardized here.
    regressors : ndarray, shape (n, k + 1)
        Covariate dummies, then distress (a z score); centered here.

    Returns
    -------
    TwinStatistics
    """
    z, x = standardize(outcomes), regressors - regressors.mean(axis=0)
    n, width = x.shape
    equations, task_only, equal = _regressions(z, x)
    position = {"distress": width - 1} | {name: width + k for k, name in enumerate(OUTCOMES)}
    where = [(OUTCOMES.index(to), position[source]) for source, to in PATHS]

    paths = [equations[k].coefficient(j) for k, j in where]
    estimates = np.array([value for value, _ in paths])
    path_gradients = np.array([gradient for _, gradient in paths])
    task_path = task_only.coefficient(width + 1)
    effect_jacobian = _jacobian(evaluate_effects, estimates)
    share_jacobian = _jacobian(
        lambda free: task_only_shares(free[:-1], free[-1]), np.append(estimates, task_path[0])
    )
    sums = [equation.residual_sum() for equation in equations]
    traces = [
        equations[0].score_trace(),
        block_score_trace(equations[1:4]),
        equations[4].score_trace(),
    ]
    spread = _Spread(equations, where, np.vstack([np.eye(len(PATHS)), effect_jacobian]))
    values_of_effects = evaluate_effects(estimates)
    limited = slice(len(PATHS), len(PATHS) + N_LIMITED)
    tail, bend = Z95 * spread.se[limited], (Z95**2 - 1) / 6 * spread.skew[limited]
    tail_gradient = Z95 * spread.se_gradients[limited]
    center_gradient = (
        np.tensordot(effect_jacobian[:N_LIMITED], path_gradients, 1)
        + (Z95**2 - 1) / 6 * spread.skew_gradients[limited]
    )
    center = values_of_effects[:N_LIMITED] + bend
    found = [
        (estimates, path_gradients),
        (values_of_effects, np.tensordot(effect_jacobian, path_gradients, 1)),
        (
            task_only_shares(estimates, task_path[0]),
            np.tensordot(share_jacobian, np.vstack([path_gradients, task_path[1][None]]), 1),
        ),
        *((1 - rss / (n - 1), -gradient / (n - 1)) for rss, gradient in sums),
        *(_scaled_chisq(model, sums[4], traces[2]) for model in (task_only, equal)),
        _baseline_factor(traces, z, width),
        task_path,
        (spread.se, spread.se_gradients),
        (center - tail, center_gradient - tail_gradient),
        (center + tail, center_gradient + tail_gradient),
    ]
    columns = np.ascontiguousarray(z.T)
    gradients = np.concatenate([np.reshape(g, (-1, *columns.shape)) for _, g in found])
    # Through the standardization: a cell moves its column's mean and SD as well.
    gradients -= gradients.mean(axis=2, keepdims=True)
    gradients -= np.einsum("mki,ki->mk", gradients, columns)[..., None] / (n - 1) * columns
    gradients /= outcomes.std(axis=0, ddof=1)[:, None]
    return TwinStatistics(
        reached=np.concatenate([np.ravel(value) for value, _ in found]),
        gradients=gradients.reshape(len(gradients), -1),
        influences=spread.influences,
        baseline_chisq=_baseline_chisq(equations),
    )


def scaled_chisquares(outcomes: Floats, regressors: Floats) -> Floats:
    """Return the two robust chi-squares alone, as in `compute_twin_statistics`, quickly."""
    z, x = standardize(outcomes), regressors - regressors.mean(axis=0)
    equations, *constrained = _regressions(z, x, last_only=True)
    rss, trace = equations[-1].residual_sum()[0], equations[-1].trace_value()
    return np.array(
        [
            CONSTRAINED_DF
            * len(z)
            * np.log(model.residual_sum()[0] / rss)
            / (trace - model.trace_value())
            for model in constrained
        ]
    )


def _regressions(z, x, *, last_only=False):
    """The full model's equations, and the last one in the Task-only and Equal-alliance models."""
    width = x.shape[1]
    rri, task, goal, bond, _ = z.T
    with_rri = np.column_stack([x, rri])
    equations = []
    if not last_only:
        equations.append(Regression(x, z, 0, {}))
        equations += [Regression(with_rri, z, k, {width: (0,)}) for k in (1, 2, 3)]
    places = {width + k: (k,) for k in range(4)}
    equations.append(Regression(np.column_stack([x, z[:, :4]]), z, 4, places))
    task_only = np.column_stack([with_rri, task])
    equal = np.column_stack([with_rri, task + goal + bond])
    return (
        equations,
        Regression(task_only, z, 4, {width: (0,), width + 1: (1,)}),
        Regression(equal, z, 4, {width: (0,), width + 1: (1, 2, 3)}),
    )


def _scaled_chisq(constrained, full_sum, full_trace):
    """Yuan-Bentler chi-square of a model that constrains the last equation."""
    (rss0, gradient0), (rss, gradient) = constrained.residual_sum(), full_sum
    trace0, trace_gradient0 = constrained.score_trace()
    n, gap = gradient.shape[1], full_trace[0] - trace0
    scaled = CONSTRAINED_DF * n * np.log(rss0 / rss) / gap
    by_fit = CONSTRAINED_DF * n * (gradient0 / rss0 - gradient / rss) / gap
    return scaled, by_fit - scaled / gap * (full_trace[1] - trace_gradient0)


def _baseline_factor(traces, z, width):
    """Scaling factor of the baseline model: five outcomes, uncorrelated, without regressors."""
    second, fourth = (z**2).mean(axis=0), (z**4).mean(axis=0)
    value = sum(trace for trace, _ in traces) - ((fourth / second**2 - 1) / 2).sum()
    gradient = sum(gradient for _, gradient in traces)
    gradient = gradient - 2 / len(z) * (z**3 / second**2 - fourth / second**3 * z).T
    df = baseline_df(width)
    return value / df, gradient / df


def _baseline_chisq(equations):
    """Return n times the log variances of the outcomes less the log residual determinants."""
    z = equations[0].outcomes
    residuals = [equation.residuals for equation in equations]
    blocks = (residuals[:1], residuals[1:4], residuals[4:])
    logs = [np.linalg.slogdet(np.atleast_2d(np.cov(block, bias=True)))[1] for block in blocks]
    return len(z) * (np.log(z.var(axis=0)).sum() - sum(logs))


def _jacobian(function, at):
    step = 1e-6
    moves = step * np.eye(len(at))
    columns = [(function(at + move) - function(at - move)) / (2 * step) for move in moves]
    return np.array(columns).T


class _Spread:
    """SE, and third cumulant over variance, of every path and effect, with gradients.

    The estimates, which the search holds fixed, are taken as constants in the delta method's
    derivatives.
    """

    def __init__(self, equations, where, jacobian):
        kinds, (n, p) = len(jacobian), equations[0].outcomes.shape
        pieces = []
        for k, equation in enumerate(equations):
            contrasts = np.zeros((kinds, equation.design.shape[1]))
            for column, (of, j) in enumerate(where):
                if of == k:
                    contrasts[:, j] = jacobian[:, column]
            used = np.flatnonzero(contrasts.any(axis=1))
            pieces.append((equation, used, contrasts[used]))
        u = np.zeros((kinds, n))
        for equation, used, contrasts in pieces:
            u[used] += equation.influence(contrasts)
        of_variance, of_third = np.zeros((2, kinds, p, n))
        for equation, used, contrasts in pieces:
            of_variance[used] += equation.influence_sum_gradients(contrasts, 2 * u[used])
            limited = used[(used >= len(PATHS)) & (used < len(PATHS) + N_LIMITED)]
            kept = np.isin(used, limited)
            of_third[limited] += equation.influence_sum_gradients(
                contrasts[kept], 3 * u[limited] ** 2
            )
        variance, third = (u**2).sum(axis=1), (u**3).sum(axis=1)
        self.influences, self.se, self.skew = u, np.sqrt(variance), third / variance
        self.se_gradients = of_variance / (2 * self.se)[:, None, None]
        of_third -= self.skew[:, None, None] * of_variance
        self.skew_gradients = of_third / variance[:, None, None]
