"""Where the search begins: loadings by instruments, equations by least squares."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from helpers.models.sem.reticular import CONSTANT, Reticular


def starting_values(
    layout: Reticular, means: np.ndarray, covariance: np.ndarray
) -> Iterator[np.ndarray]:
    """Several starts, the best first.

    Parameters
    ----------
    layout : Reticular
    means, covariance : arrays, shape (p + q,) and (p + q, p + q)
        Of the modeled and then the given variables (without the constant), unrestricted.

    Yields
    ------
    array, shape (free,)

    Notes
    -----
    Loadings are the two-stage least squares of Hägglund (1982, FABIN 2,
    https://doi.org/10.1007/BF02296276), the start of lavaan's; a factor then stands among the
    observed variables with the covariances of its first indicator, and each equation starts at its
    least-squares solution. The second start needs nothing of the data's covariances: loadings of 1,
    no paths, factors with little variance.
    """
    first = _assemble(layout, means, covariance, None, 1.0)
    yield _widen(layout, first)
    yield _widen(layout, _plain(layout, means, covariance, first))
    for share, slopes in ((0.5, 0.0), (0.05, 0.0), (0.8, 0.5)):
        yield _widen(layout, _assemble(layout, means, covariance, share, slopes))


def _widen(layout: Reticular, theta: np.ndarray) -> np.ndarray:
    """Larger free variances where fixed values leave no positive definite covariance matrix."""
    rows = layout.table.rows
    own = [
        layout.parameter[k]
        for k, row in enumerate(rows)
        if row.op == "~~" and row.lhs == row.rhs and layout.parameter[k] >= 0 and row.start is None
    ]
    for _ in range(8):
        covariance = layout.moments(theta)[1]
        try:
            np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:
            theta = theta.copy()
            theta[own] *= 2
        else:
            break
    return theta


def _plain(layout, means, covariance, first):
    """Equal loadings, no paths; what has a start of its own, and given variables, as in `first`."""
    theta = first.copy()
    places = {v: k for k, v in enumerate(layout.modeled)}
    own = {*layout.table.exogenous, *layout.table.auxiliary}
    held = {("~~", v) for v in own}
    for k in np.flatnonzero(layout.parameter >= 0):
        row = layout.table.rows[k]
        if row.start is not None or row.op == "~1" or row.lhs in own or (row.op, row.rhs) in held:
            continue
        if row.op == "~~" and row.lhs == row.rhs:
            place = places.get(row.lhs)
            value = 0.05 if place is None else 0.5 * covariance[place, place]
        else:
            value = 1.0 if row.op == "=~" else 0.0
        theta[layout.parameter[k]] = min(max(value, row.lower), row.upper)
    return _intercepts(layout, means, len(layout.modeled), theta)


def _assemble(layout, means, covariance, share, slope_share):
    """One start; `share` of the first indicator's variance for each factor, None: as found."""
    table, values = layout.table, {}
    p, names = len(layout.modeled), [*layout.modeled]
    given_x = [v for v in layout.given if v != CONSTANT]
    place = {v: k for k, v in enumerate([*names, *given_x])}
    cov = covariance
    scale = {}
    loadings = {f: [r for r in table.rows if r.op == "=~" and r.lhs == f] for f in layout.latent}
    waiting = [f for f in layout.latent if loadings[f]]
    while waiting:
        ready = [f for f in waiting if all(r.rhs in place for r in loadings[f])]
        factor = (ready or waiting)[0]
        waiting.remove(factor)
        rows = [r for r in loadings[factor] if r.rhs in place]
        if not rows:
            continue
        weights, variance = _factor(cov[np.ix_(*[[place[r.rhs] for r in rows]] * 2)], share)
        first = place[rows[0].rhs]
        size = _metric(table, layout, factor, rows, variance, weights)
        weights, variance = weights * size, variance / size**2
        cov = _append(cov, cov[first] / size, variance)
        place[factor] = len(cov) - 1
        for row, weight in zip(rows, weights, strict=True):
            values[row.lhs, row.op, row.rhs] = weight
            other = place[row.rhs]
            cov[-1, other] = cov[other, -1] = weight * variance
        scale[factor] = size
    for factor in layout.latent:  # composites, and factors of factors that wait for each other
        if factor not in place:
            parts = [place[r.rhs] for r in table.rows if r.op == "<~" and r.lhs == factor]
            parts = [k for k in parts if k < len(cov)]
            cov = _append(cov, cov[parts].sum(axis=0) if parts else np.zeros(len(cov)), 0.0)
            cov[-1, -1] = cov[parts, -1].sum() if parts else 1.0
            place[factor] = len(cov) - 1
    _regressions(table, place, cov, values, slope_share)
    residual = _variances(table, place, cov, values)
    theta = np.zeros(layout.n_parameters)
    for k in np.flatnonzero(layout.parameter >= 0):
        row = table.rows[k]
        value = values.get((row.lhs, row.op, row.rhs))
        if value is None and row.op == "~~":
            value = _covariance(row, place, cov, residual, slope_share)
        theta[layout.parameter[k]] = value if value is not None else 0.0
    _slopes_on_given(layout, place, cov, len(given_x), theta)
    for k in np.flatnonzero(layout.parameter >= 0):
        row = table.rows[k]
        if row.start is not None:
            theta[layout.parameter[k]] = row.start
        else:
            at = layout.parameter[k]
            theta[at] = min(max(theta[at], row.lower), row.upper)
    return _intercepts(layout, means, p, theta)


def _factor(s, share):
    """Loadings relative to the first indicator, and the factor's variance."""
    size = len(s)
    weights = np.ones(size)
    for j in range(1, size):
        others = [k for k in range(1, size) if k != j]
        if others:
            bottom = (s[0, others] ** 2).sum()
            weights[j] = s[j, others] @ s[0, others] / bottom if bottom > 0 else 1.0
        else:
            weights[j] = np.sign(s[0, j] or 1.0) * np.sqrt(s[j, j] / s[0, 0])
    limit = 3 * np.sqrt(np.diag(s) / s[0, 0])
    weights = np.clip(weights, -limit, limit)
    if size == 1:
        return weights, s[0, 0] * (0.9 if share is None else share)
    variance = weights[1:] @ s[0, 1:] / max(weights[1:] @ weights[1:], 1e-12)
    if share is not None:
        return weights, share * s[0, 0]
    return weights, float(np.clip(variance, 0.1 * s[0, 0], 0.9 * s[0, 0]))


def _metric(table, layout, factor, rows, variance, weights):
    """By what the loadings are multiplied so that fixed values are kept."""
    own = next((r for r in table.rows if r.op == "~~" and r.lhs == r.rhs == factor), None)
    if own is not None and own.fixed is not None and own.fixed > 0:
        return np.sqrt(variance / own.fixed)
    for row, weight in zip(rows, weights, strict=True):
        if row.fixed is not None and row.fixed != 0 and weight != 0:
            return row.fixed / weight
    if len(table.linear):
        return len(weights) / weights.sum() if weights.sum() > 0.1 else 1.0
    return 1.0


def _append(cov, row, variance):
    out = np.zeros((len(cov) + 1,) * 2)
    out[:-1, :-1] = cov
    out[-1, :-1] = out[:-1, -1] = row
    out[-1, -1] = variance
    return out


def _regressions(table, place, cov, values, share):
    equations: dict[str, list] = {}
    for row in table.rows:
        if row.op in ("~", "<~") and row.rhs in place:
            equations.setdefault(row.lhs, []).append(row)
    for outcome, rows in equations.items():
        target = cov[place[outcome]].copy()
        free = []
        for row in rows:
            if row.fixed is not None:
                target = target - row.fixed * cov[place[row.rhs]]
                values[row.lhs, row.op, row.rhs] = row.fixed
            else:
                free.append(row)
        if not free:
            continue
        x = [place[r.rhs] for r in free]
        spread = np.sqrt(np.maximum(np.diag(cov)[x], 1e-300))
        gram = cov[np.ix_(x, x)] / np.outer(spread, spread) + 0.01 * np.eye(len(x))
        if all(k < len(cov) and r.rhs not in table.latent for k, r in zip(x, free, strict=True)):
            gram -= (0.01 - 1e-10) * np.eye(len(x))
        slopes = np.linalg.lstsq(gram, target[x] / spread, rcond=None)[0] / spread
        for row, slope in zip(free, slopes, strict=True):
            values[row.lhs, row.op, row.rhs] = share * slope


def _variances(table, place, cov, values):
    """What each variable's equation leaves over, at least a tenth of its variance."""
    residual = {v: max(float(cov[k, k]), 1e-300) for v, k in place.items()}
    arrows: dict[str, list] = {}
    for row in table.rows:
        if row.op in ("=~", "~", "<~"):
            outcome, cause = (row.rhs, row.lhs) if row.op == "=~" else (row.lhs, row.rhs)
            weight = (
                row.fixed if row.fixed is not None else values.get((row.lhs, row.op, row.rhs), 0)
            )
            if outcome in place and cause in place:
                arrows.setdefault(outcome, []).append((place[cause], weight))
    for outcome, found in arrows.items():
        x = [k for k, _ in found]
        weight = np.array([w for _, w in found])
        total = residual[outcome]
        explained = weight @ cov[np.ix_(x, x)] @ weight
        residual[outcome] = max(total - explained, 0.1 * total)
    for row in table.rows:
        if row.op == "~~" and row.lhs == row.rhs:
            if row.fixed is not None:
                residual[row.lhs] = row.fixed
            elif row.lhs in residual:
                values[row.lhs, row.op, row.rhs] = residual[row.lhs]
    return residual


def _covariance(row, place, cov, residual, share):
    """Half the covariance of the variables, as a correlation of at most .3 with the others."""
    a, b = place.get(row.lhs), place.get(row.rhs)
    if a is None or b is None:
        return 0.0
    total = np.sqrt(max(cov[a, a] * cov[b, b], 1e-300))
    r = np.clip(0.5 * cov[a, b] / total, -0.3, 0.3) * share
    return r * np.sqrt(max(residual[row.lhs] * residual[row.rhs], 0.0))


def _slopes_on_given(layout, place, cov, q, theta):
    """Incomplete exogenous and auxiliary variables: their regression on the given ones."""
    given_x = [v for v in layout.given if v != CONSTANT]
    own = {*layout.table.exogenous, *layout.table.auxiliary} - {*given_x}
    if not own or not given_x:
        return
    x = [place[v] for v in given_x]
    rows = [place[v] for v in layout.modeled if v in own]
    slopes = np.linalg.lstsq(cov[np.ix_(x, x)], cov[np.ix_(x, rows)], rcond=None)[0].T
    rest = cov[np.ix_(rows, rows)] - slopes @ cov[np.ix_(x, rows)]
    at = {v: k for k, v in enumerate(v for v in layout.modeled if v in own)}
    column = {v: k for k, v in enumerate(given_x)}
    for k in np.flatnonzero(layout.parameter >= 0):
        row = layout.table.rows[k]
        if row.op != "~~":
            continue
        if row.lhs in at and row.rhs in at:
            theta[layout.parameter[k]] = rest[at[row.lhs], at[row.rhs]]
        for y, v in ((row.lhs, row.rhs), (row.rhs, row.lhs)):
            if y in at and v in column:
                theta[layout.parameter[k]] = slopes[at[y], column[v]]


def _intercepts(layout, means, p, theta):
    """Intercepts that give the observed variables their means, with latent means as they are."""
    if CONSTANT not in layout.given:
        return theta
    a, g, _ = layout.matrices(theta)
    one = layout.given.index(CONSTANT)
    others = [k for k in range(len(layout.given)) if k != one]
    level = np.zeros(len(a))
    level[:p] = means[:p]
    needed = level - a @ level - g[:, others] @ means[p:]
    for k, row in enumerate(layout.table.rows):
        number = layout.parameter[k]
        if row.op == "~1" and number >= 0 and row.start is None and row.lhs in layout.modeled:
            theta[number] = needed[layout.modeled.index(row.lhs)]
    return theta
