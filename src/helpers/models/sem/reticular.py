"""From parameters to moments: the reticular action model, given complete exogenous variables.

With v the variables that are modeled (observed y, then latent) and w those that are conditioned
on (a constant, where means are modeled, and the exogenous variables without missing values),

    v = A v + G w + e,   cov(e) = S,   B = (I - A)^-1,

so that the observed y have the regression P = F B G on w and the residual covariance
V = F B S B' F', F selecting the observed rows (McArdle & McDonald, 1984,
https://doi.org/10.1111/j.2044-8317.1984.tb00802.x). Exogenous variables with missing values are
part of v: each has a slope on every w and they have residual covariances, which is their joint
distribution in other parameters.

The vector of moments is P row by row, then the lower triangle of V row by row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from helpers.models.sem.gaussian import MomentModel, scores
from helpers.models.sem.table import ParameterTable

CONSTANT = "1"


@dataclass(frozen=True)
class _Elements:
    """Places of one matrix that rows of the table fill: row, column and which row of the table."""

    row: np.ndarray
    column: np.ndarray
    source: np.ndarray

    @classmethod
    def of(cls, places: list[tuple[int, int, int]]) -> _Elements:
        return cls(*np.array(places, dtype=int).reshape(-1, 3).T)


@dataclass(frozen=True, eq=False)
class Reticular(MomentModel):
    """A parameter table laid out in the matrices A, G and S.

    Attributes
    ----------
    table : ParameterTable
    given : tuple of str
        The names of w: exogenous variables without missing values, and "1" first where the means
        are modeled.
    modeled : tuple of str
        The names of y, in the order of the sample.
    latent : tuple of str
    parameter : int array, shape (rows,)
        Which free parameter a row of the table is; -1 where it is fixed, -2 where it is a moment of
        the given variables alone.
    fixed : array, shape (rows,)
    n_parameters : int
    """

    table: ParameterTable
    given: tuple[str, ...]
    modeled: tuple[str, ...]
    latent: tuple[str, ...]
    parameter: np.ndarray
    fixed: np.ndarray
    n_parameters: int
    directed: _Elements
    on_given: _Elements
    symmetric: _Elements
    _last: list = field(default_factory=list, repr=False)

    @cached_property
    def free(self) -> np.ndarray:
        """Rows that are estimated, in the order of the elements A, G, S."""
        return np.concatenate([e.source for e in (self.directed, self.on_given, self.symmetric)])

    @cached_property
    def _estimated(self) -> np.ndarray:
        return np.flatnonzero(self.parameter >= 0)

    @cached_property
    def incidence(self) -> np.ndarray:
        """Free parameters by elements, shape (elements, free)."""
        number = self.parameter[self.free]
        out = np.zeros((len(number), self.n_parameters))
        out[np.flatnonzero(number >= 0), number[number >= 0]] = 1.0
        return out

    @cached_property
    def _one_to_one(self) -> np.ndarray | None:
        """Elements in the order of the parameters, where each is one free element."""
        number = self.parameter[self.free]
        kept = np.flatnonzero(number >= 0)
        if len(kept) == self.n_parameters:
            return kept[np.argsort(number[kept])]
        return None

    def collapse(self, by_element: np.ndarray) -> np.ndarray:
        """Sum the last axis from elements to free parameters."""
        if self._one_to_one is not None:
            return by_element[..., self._one_to_one]
        return by_element @ self.incidence

    @cached_property
    def triangle(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the lower triangle of V, row by row."""
        return np.tril_indices(len(self.modeled))

    def values(self, theta: np.ndarray) -> np.ndarray:
        """Values of the rows of the table; (..., free) to (..., rows). Moments of w are 0 here."""
        lead = theta.shape[:-1]
        values = np.empty((*lead, len(self.fixed)), dtype=theta.dtype)
        values[...] = self.fixed
        values[..., self._estimated] = theta[..., self.parameter[self._estimated]]
        return values

    def matrices(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A, G and S at `theta`; leading dimensions are kept."""
        values = self.values(theta)
        size, lead = len(self.modeled) + len(self.latent), values.shape[:-1]
        out = []
        for elements, columns in (
            (self.directed, size),
            (self.on_given, len(self.given)),
            (self.symmetric, size),
        ):
            matrix = np.zeros((*lead, size, columns), dtype=values.dtype)
            matrix[..., elements.row, elements.column] = values[..., elements.source]
            out.append(matrix)
        a, g, s = out
        row, column = self.symmetric.row, self.symmetric.column
        s[..., column, row] = s[..., row, column]
        return a, g, s

    def reduced(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """B, H = B G and C = B S B' of all of v; leading dimensions are kept.

        The last ones are kept, for moments and derivatives are asked for at the same parameters.
        """
        for known, found in self._last:
            if known is theta:
                return found
        a, g, s = self.matrices(theta)
        b = np.linalg.inv(np.eye(a.shape[-1]) - a)
        found = b, b @ g, b @ s @ np.swapaxes(b, -1, -2)
        self._last[:] = [(theta, found)]
        return found

    def all_moments(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Regression on w and residual covariance of all of v, latent variables last."""
        return self.reduced(theta)[1:]

    def moments(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P of shape (..., p, q) and V of shape (..., p, p)."""
        p = len(self.modeled)
        slopes, covariance = self.all_moments(theta)
        return slopes[..., :p, :], covariance[..., :p, :p]

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Derivatives of the moments, shape (p q + p (p + 1) / 2, free).

        dP = F B (dA B G + dG) and dV = F B (dA C + C dA' + dS) B' F' with C = S B' on the right,
        written with b_i = F B e_i, h = B G and c = B S B'.
        """
        p, q = len(self.modeled), len(self.given)
        b, h, c = self.reduced(theta)
        c = c[:p]
        out, into, among = self.directed, self.on_given, self.symmetric
        row, column = self.triangle
        left = b[:p]
        n_moments = p * q + len(row)
        by_element = np.zeros((n_moments, len(self.free)))
        cut = len(out.row), len(out.row) + len(into.row)
        if q:
            slopes = by_element[: p * q].reshape(p, q, -1)
            slopes[:, :, : cut[0]] = left[:, None, out.row] * h[out.column].T[None]
            slopes[:, into.column, np.arange(cut[0], cut[1])] = left[:, into.row]
        b_i, c_j = left[:, out.row], c[:, out.column]
        by_element[p * q :, : cut[0]] = b_i[row] * c_j[column] + b_i[column] * c_j[row]
        b_i, b_j = left[:, among.row], left[:, among.column]
        both = b_i[row] * b_j[column] + b_i[column] * b_j[row]
        by_element[p * q :, cut[1] :] = np.where(among.row == among.column, 0.5, 1.0) * both
        return self.collapse(by_element)

    def curvature(self, theta: np.ndarray, by_p: np.ndarray, by_v: np.ndarray) -> np.ndarray:
        """Second derivatives of tr(by_p' P) + tr(by_v V) by the free parameters.

        With K = B' F' by_v F B, L = K S B' and N = B' F' by_p: for elements ij and km of A,
        2 (L_im B_jk + L_kj B_mi + K_ik C_jm) + (N H')_im B_jk + (N H')_kj B_mi, C = B S B',
        H = B G; for ij of A and km of S, 2 (B_jk K_mi + B_jm K_ki), halved where k = m; for ij of A
        and km of G, N_im B_jk.
        """
        p = len(self.modeled)
        b, h, c = self.reduced(theta)
        left = b[:p].T
        k_matrix, n_matrix = left @ by_v @ left.T, left @ by_p
        l_matrix = left @ by_v @ c[:p]
        mixed = 2 * l_matrix + n_matrix @ h.T
        out, into, among = self.directed, self.on_given, self.symmetric
        i, j = out.row[:, None], out.column[:, None]
        n_a, n_g = len(out.row), len(into.row)
        by_element = np.zeros((len(self.free),) * 2)
        k, m = out.row, out.column
        by_element[:n_a, :n_a] = (
            mixed[i, m] * b[j, k] + mixed[k, j] * b[m, i] + 2 * k_matrix[i, k] * c[j, m]
        )
        k, m = into.row, into.column
        by_element[:n_a, n_a : n_a + n_g] = n_matrix[i, m] * b[j, k]
        k, m = among.row, among.column
        weight = np.where(k == m, 1.0, 2.0)
        by_element[:n_a, n_a + n_g :] = weight * (
            b[j, k] * k_matrix[m, i] + b[j, m] * k_matrix[k, i]
        )
        by_element[n_a:, :n_a] = by_element[:n_a, n_a:].T
        return self.collapse(self.collapse(by_element).T)


def lay_out(
    table: ParameterTable,
    given: tuple[str, ...],
    *,
    by_label: dict[str, int] | None = None,
    first: int = 0,
) -> Reticular:
    """Place the rows of a table in the matrices.

    Parameters
    ----------
    table : ParameterTable
    given : tuple of str
        Exogenous variables that are conditioned on, "1" first where the means are modeled.
    by_label : dict, optional
        The numbers of labeled parameters, which other groups share; new ones are added.
    first : int
        The number of the first parameter that is none of these.

    Returns
    -------
    Reticular
    """
    given_x = {*given} - {CONSTANT}
    modeled = tuple(v for v in table.observed if v not in given_x)
    place = {v: k for k, v in enumerate((*modeled, *table.latent))}
    column = {v: k for k, v in enumerate(given)}
    directed, on_given, symmetric = [], [], []
    parameter, count = [], first
    by_label = {} if by_label is None else by_label
    fixed = np.zeros(len(table.rows))
    for k, row in enumerate(table.rows):
        of_given = {row.lhs, row.rhs or row.lhs} <= given_x and row.op in ("~~", "~1")
        if of_given:
            parameter.append(-2)
            continue
        if row.op == "=~":
            directed.append((place[row.rhs], place[row.lhs], k))
        elif row.op in ("~", "<~") and row.rhs in column:
            on_given.append((place[row.lhs], column[row.rhs], k))
        elif row.op in ("~", "<~"):
            directed.append((place[row.lhs], place[row.rhs], k))
        elif row.op == "~1":
            on_given.append((place[row.lhs], column[CONSTANT], k))
        elif row.lhs in column or row.rhs in column:
            # An incomplete exogenous or auxiliary variable has slopes on the complete ones.
            x, y = (row.lhs, row.rhs) if row.lhs in column else (row.rhs, row.lhs)
            on_given.append((place[y], column[x], k))
        else:
            pair = sorted((place[row.lhs], place[row.rhs]), reverse=True)
            symmetric.append((*pair, k))
        if row.fixed is not None:
            parameter.append(-1)
            fixed[k] = row.fixed
            continue
        number = by_label.get(row.label, count) if row.label else count
        if row.label:
            by_label[row.label] = number
        count += number == count
        parameter.append(number)
    return Reticular(
        table=table,
        given=given,
        modeled=modeled,
        latent=table.latent,
        parameter=np.array(parameter, dtype=int),
        fixed=fixed,
        n_parameters=count,
        directed=_Elements.of(directed),
        on_given=_Elements.of(on_given),
        symmetric=_Elements.of(symmetric),
    )


@dataclass(frozen=True)
class Saturated(MomentModel):
    """The unrestricted model: every element of P and of V is a parameter."""

    n_modeled: int
    n_given: int

    @property
    def n_parameters(self) -> int:
        """Number of elements."""
        return self.n_modeled * self.n_given + self.n_modeled * (self.n_modeled + 1) // 2

    def moments(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P and V."""
        p, q = self.n_modeled, self.n_given
        covariance = np.zeros((p, p))
        row, column = np.tril_indices(p)
        covariance[row, column] = covariance[column, row] = theta[p * q :]
        return theta[: p * q].reshape(p, q), covariance

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """The identity."""
        return np.eye(self.n_parameters)

    def curvature(self, theta, by_p, by_v) -> np.ndarray:
        """Zero."""
        return np.zeros((self.n_parameters,) * 2)

    def scores(self, theta, state) -> np.ndarray:
        """Slopes of each case's log-likelihood by the moments themselves."""
        return scores(state, self.moments(theta)[0])


def stack_moments(slopes: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """P and V as one vector: P row by row, then the lower triangle of V."""
    row, column = np.tril_indices(len(covariance))
    return np.concatenate([slopes.ravel(), covariance[row, column]])
