"""What is reported of a general model: parameters, standardized solution, SEs by the delta method.

The rows of the table are functions of the free parameters theta and, where exogenous variables are
random, of the moments xi of those that are conditioned on. An incomplete exogenous (or auxiliary)
variable x_m = a + b x_c + e is estimated by a, b and var(e); its mean, variance and covariances are
a + b m, b S b' + var(e) and b S, with m and S the moments of x_c.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from helpers.models.sem.reticular import CONSTANT, Reticular
from helpers.models.sem.syntax import magnitude

_IMAGINARY = 1e-100


@dataclass(frozen=True)
class GivenMoments:
    """Means and covariance matrix (divisor n) of the complete exogenous variables.

    `random` says whether they are parameters or fixed; `with_means` whether means are modeled.
    """

    names: tuple[str, ...]
    means: np.ndarray
    covariance: np.ndarray
    random: bool
    with_means: bool

    @cached_property
    def stacked(self) -> np.ndarray:
        """xi: the means where they are modeled, then the lower triangle of the covariances."""
        if not self.random:
            return np.empty(0)
        triangle = self.covariance[np.tril_indices(len(self.names))]
        return np.concatenate([self.means if self.with_means else self.means[:0], triangle])

    def moments_at(self, xi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means and covariances at xi; leading dimensions are kept."""
        q = len(self.names)
        if not self.random:
            return self.means, self.covariance
        start = q if self.with_means else 0
        means = xi[..., :q] if self.with_means else self.means
        covariance = np.zeros((*xi.shape[:-1], q, q), dtype=xi.dtype)
        row, column = np.tril_indices(q)
        covariance[..., row, column] = covariance[..., column, row] = xi[..., start:]
        return means, covariance

    def influence(self, x: np.ndarray) -> np.ndarray:
        """Each case's contribution to xi, shape (n, xi), with sum zero."""
        row, column = np.tril_indices(len(self.names))
        centered = x - self.means
        products = centered[:, row] * centered[:, column] - self.covariance[row, column]
        return np.hstack([centered, products]) if self.with_means else products

    def sampling_covariance(self) -> np.ndarray:
        """Normal-theory covariance of xi for one observation."""
        s = self.covariance
        row, column = np.tril_indices(len(s))
        i, j, k, m = row[:, None], column[:, None], row, column
        products = s[i, k] * s[j, m] + s[i, m] * s[j, k]
        if not self.with_means:
            return products
        q = len(s)
        out = np.zeros((q + len(row),) * 2)
        out[:q, :q], out[q:, q:] = s, products
        return out


@dataclass(frozen=True)
class Reporter:
    """From (theta, xi) to the rows of the table and their standardized values."""

    layout: Reticular
    given: GivenMoments

    @cached_property
    def _from_given(self) -> dict[str, list]:
        """Rows that are moments of incomplete exogenous variables or of the given ones."""
        layout, names = self.layout, self.given.names
        transformed = ({*layout.table.exogenous} | {*layout.table.auxiliary}) - {*names}
        place = {v: k for k, v in enumerate(layout.modeled)}
        column = {v: k for k, v in enumerate(names)}
        kinds = {"xx": [], "x1": [], "mx": [], "mm": [], "m1": []}
        for k, row in enumerate(layout.table.rows):
            if row.op == "~1" and row.lhs in column:
                kinds["x1"].append((k, column[row.lhs], 0))
            elif row.op == "~1" and row.lhs in transformed:
                kinds["m1"].append((k, place[row.lhs], 0))
            elif row.op != "~~":
                continue
            elif row.lhs in column and row.rhs in column:
                kinds["xx"].append((k, column[row.lhs], column[row.rhs]))
            elif {row.lhs, row.rhs} <= transformed:
                kinds["mm"].append((k, place[row.lhs], place[row.rhs]))
            elif row.lhs in column or row.rhs in column:
                x, y = (row.lhs, row.rhs) if row.lhs in column else (row.rhs, row.lhs)
                kinds["mx"].append((k, place[y], column[x]))
        return {name: np.array(found, dtype=int).reshape(-1, 3).T for name, found in kinds.items()}

    @cached_property
    def plain(self) -> np.ndarray:
        """Rows that are elements of the matrices as they are reported."""
        out = np.ones(len(self.layout.table.rows), dtype=bool)
        for found in self._from_given.values():
            out[found[0]] = False
        return out

    def split(self, full: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Theta and xi."""
        return full[..., : self.layout.n_parameters], full[..., self.layout.n_parameters :]

    def elements(self, full: np.ndarray) -> np.ndarray:
        """Values of the rows at (theta, xi); (..., parameters) to (..., rows)."""
        theta, xi = self.split(full)
        values = self.layout.values(theta)
        if self.plain.all():
            return values
        means, covariance = self.given.moments_at(xi)
        _, g, _ = self.layout.matrices(theta)
        slopes = g[..., [k for k, v in enumerate(self.layout.given) if v != CONSTANT]]
        onto = slopes @ covariance
        explained = onto @ np.swapaxes(slopes, -1, -2)
        level = (slopes @ np.asarray(means)[..., None])[..., 0]
        places = self._from_given
        k, i, j = places["xx"]
        values[..., k] = np.broadcast_to(covariance, (*values.shape[:-1], *covariance.shape[-2:]))[
            ..., i, j
        ]
        k, i, _ = places["x1"]
        values[..., k] = np.asarray(means)[..., i]
        k, i, j = places["mx"]
        values[..., k] = onto[..., i, j]
        k, i, j = places["mm"]
        values[..., k] += explained[..., i, j]
        k, i, _ = places["m1"]
        values[..., k] += level[..., i]
        return values

    def joint(self, full: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Means and covariances of all variables (modeled, latent, given), and their names."""
        theta, xi = self.split(full)
        means, covariance = self.given.moments_at(xi)
        slopes, residual = self.layout.all_moments(theta)
        names = (*self.layout.modeled, *self.layout.latent, *self.given.names)
        onto_x = slopes[..., [k for k, v in enumerate(self.layout.given) if v != CONSTANT]]
        cross = onto_x @ covariance
        among = residual + cross @ np.swapaxes(onto_x, -1, -2)
        lead = among.shape[:-2]
        below = np.broadcast_to(covariance, (*lead, *covariance.shape[-2:]))
        top = np.concatenate([among, cross], axis=-1)
        bottom = np.concatenate([np.swapaxes(cross, -1, -2), below], axis=-1)
        level = (onto_x @ np.asarray(means)[..., None])[..., 0]
        if CONSTANT in self.layout.given:
            level = level + slopes[..., self.layout.given.index(CONSTANT)]
        level = np.concatenate([level, np.broadcast_to(means, (*lead, len(self.given.names)))], -1)
        return level, np.concatenate([top, bottom], axis=-2), names

    def definitions(self, elements: np.ndarray) -> np.ndarray:
        """Defined effects at values of the rows; (..., rows) to (..., definitions)."""
        table = self.layout.table
        found = evaluate_definitions(table, elements)
        shape = elements.shape[:-1]
        columns = [np.broadcast_to(found[d.name], shape) for d in table.definitions]
        return np.stack(columns, axis=-1) if columns else np.empty((*shape, 0))

    def reported(self, full: np.ndarray) -> np.ndarray:
        """Rows and definitions."""
        elements = self.elements(full)
        return np.concatenate([elements, self.definitions(elements)], axis=-1)

    def standardized(self, full: np.ndarray) -> np.ndarray:
        """Rows and definitions of the completely standardized solution (lavaan's `std.all`).

        Loadings and slopes times SD of the cause over SD of the outcome, variances over the total
        variance, covariances over the roots of the residual variances, intercepts over the SD.
        """
        table = self.layout.table
        elements = self.elements(full)
        _, covariance, names = self.joint(full)
        sd = np.sqrt(magnitude(np.diagonal(covariance, axis1=-2, axis2=-1)))
        place = {v: k for k, v in enumerate(names)}
        own = sd.copy()  # root of the variance that is a variable's own parameter
        for k, row in enumerate(table.rows):
            if row.op == "~~" and row.lhs == row.rhs:
                own[..., place[row.lhs]] = np.sqrt(magnitude(elements[..., k]))
        a = np.array([place[r.lhs] for r in table.rows])
        b = np.array([place.get(r.rhs, place[r.lhs]) for r in table.rows])
        op = np.array([r.op for r in table.rows])
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(
                op == "=~",
                sd[..., a] / sd[..., b],
                np.where(
                    op == "~~",
                    1 / np.where(a == b, sd[..., a] * sd[..., b], own[..., a] * own[..., b]),
                    np.where(op == "~1", 1 / sd[..., a], sd[..., b] / sd[..., a]),
                ),
            )
            out = np.where(elements == 0, 0.0, elements * factor)
        return np.concatenate([out, self.definitions(out)], axis=-1)

    def r_squared(self, full: np.ndarray) -> np.ndarray:
        """1 - residual variance / variance of each endogenous variable; (..., endogenous)."""
        elements = self.elements(full)
        _, covariance, names = self.joint(full)
        place = {v: k for k, v in enumerate(names)}
        own = {
            r.lhs: k
            for k, r in enumerate(self.layout.table.rows)
            if r.op == "~~" and r.lhs == r.rhs
        }
        total = np.diagonal(covariance, axis1=-2, axis2=-1)
        y = self.layout.table.endogenous
        return 1 - elements[..., [own[v] for v in y]] / total[..., [place[v] for v in y]]


def evaluate_definitions(table, elements: np.ndarray) -> dict[str, np.ndarray]:
    """Values of labels and definitions at values of the rows."""
    values: dict[str, np.ndarray] = {}
    for k, row in enumerate(table.rows):
        if row.label:
            values.setdefault(row.label, elements[..., k])
    for definition in table.definitions:
        values[definition.name] = definition.evaluate(values)
    return values


def jacobian(function, at: np.ndarray) -> np.ndarray:
    """Derivatives of a vector function, exact but for rounding, shape (values, parameters)."""
    if not len(at):
        return np.zeros((len(function(at)), 0))
    shifted = at + 1j * _IMAGINARY * np.eye(len(at))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return function(shifted).imag.T / _IMAGINARY
