"""From model syntax to parameter positions: which matrix element each parameter stands for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import combinations

import numpy as np

from helpers.errors import InputError
from helpers.models.sem.syntax import Definition, ModelSyntax, Term


@dataclass(frozen=True)
class PathStructure:
    """A recursive path model as parameter positions.

    With the variables ordered z = (y, x), endogenous before exogenous, the model is
    y = C z + e with cov(e) = Psi. Every term of the model is one element of C or of Psi.

    Attributes
    ----------
    endogenous, exogenous : tuple of str
        The variables; endogenous ones in causal order.
    coefficients, covariances : tuple of Term
        Elements of C (`~`) and of the lower triangle of Psi (`~~`).
    definitions : tuple of Definition
    coefficient_index, covariance_index : int arrays, shape (elements, 2)
        Row and column of each element.
    coefficient_parameter, covariance_parameter : int arrays, shape (elements,)
        Which free parameter an element is, -1 where it is fixed. Elements that share a label share
        a parameter.
    n_parameters : int
    factor : array, shape (terms,)
        An element is its free parameter times this: 1 in the units of the data.
    """

    endogenous: tuple[str, ...]
    exogenous: tuple[str, ...]
    coefficients: tuple[Term, ...]
    covariances: tuple[Term, ...]
    definitions: tuple[Definition, ...]
    coefficient_index: np.ndarray
    covariance_index: np.ndarray
    coefficient_parameter: np.ndarray
    covariance_parameter: np.ndarray
    n_parameters: int
    factor: np.ndarray

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables, endogenous first."""
        return self.endogenous + self.exogenous

    @property
    def n_moments(self) -> int:
        """Sample moments that the model has to account for: all but those among exogenous x."""
        p, q = len(self.variables), len(self.exogenous)
        return p * (p + 1) // 2 - q * (q + 1) // 2

    @property
    def terms(self) -> tuple[Term, ...]:
        """All elements, coefficients first."""
        return self.coefficients + self.covariances

    @cached_property
    def parameter(self) -> np.ndarray:
        """Free parameter of each term, -1 where fixed, shape (terms,)."""
        return np.concatenate([self.coefficient_parameter, self.covariance_parameter])

    @cached_property
    def fixed(self) -> np.ndarray:
        """Fixed value of each term, 0 where it is free, shape (terms,)."""
        return np.array([0.0 if t.fixed is None else t.fixed for t in self.terms])

    @cached_property
    def shares(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Free elements sorted by parameter, the first of each parameter, and their factors."""
        order = np.flatnonzero(self.parameter >= 0)
        order = order[np.argsort(self.parameter[order], kind="stable")]
        first = np.searchsorted(self.parameter[order], np.arange(self.n_parameters))
        return order, first, self.factor[order]

    def elements(self, theta: np.ndarray) -> np.ndarray:
        """Value of every term at free parameters `theta`; shapes (..., free) to (..., terms)."""
        values = np.take(theta, np.maximum(self.parameter, 0), axis=-1) * self.factor
        return np.where(self.parameter >= 0, values, self.fixed)

    def matrices(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """C of shape (..., m, p) and Psi of shape (..., m, m) at `theta` of shape (..., free)."""
        values = self.elements(theta)
        lead, m, p = values.shape[:-1], len(self.endogenous), len(self.variables)
        n_coefficients = len(self.coefficients)
        coefficients = np.zeros((*lead, m, p), dtype=values.dtype)
        coefficients[..., self.coefficient_index[:, 0], self.coefficient_index[:, 1]] = values[
            ..., :n_coefficients
        ]
        psi = np.zeros((*lead, m, m), dtype=values.dtype)
        row, column = self.covariance_index.T
        psi[..., row, column] = values[..., n_coefficients:]
        psi[..., column, row] = values[..., n_coefficients:]
        return coefficients, psi


def build_structure(syntax: ModelSyntax) -> PathStructure:
    """Lay out the parameters of a path model as `lavaan::sem` does.

    Residual variances are free, and so are the residual covariances between outcomes that predict
    nothing (lavaan's `auto.cov.y`); the (co)variances of the exogenous variables are those of the
    sample (`fixed.x = TRUE`).

    Parameters
    ----------
    syntax : ModelSyntax

    Returns
    -------
    PathStructure

    Raises
    ------
    InputError
        For a non-recursive model, a label shared by a coefficient and a variance, or a covariance
        with an exogenous variable.
    """
    predictors: dict[str, list[str]] = {}
    for term in syntax.regressions:
        predictors.setdefault(term.lhs, []).append(term.rhs)
    try:
        order = list(TopologicalSorter(predictors).static_order())
    except CycleError as error:
        loop = " -> ".join(reversed(error.args[1]))
        raise InputError(
            f"model is not recursive: {loop}. Remove one of these paths; feedback loops are not "
            "estimated."
        ) from None
    endogenous = tuple(name for name in order if name in predictors)
    exogenous = tuple(dict.fromkeys(t.rhs for t in syntax.regressions if t.rhs not in predictors))
    used = {t.rhs for t in syntax.regressions}
    outcomes = [name for name in predictors if name not in used]
    covariances = _complete_covariances(syntax, list(predictors), outcomes)

    position = {name: i for i, name in enumerate(endogenous + exogenous)}
    index = np.array([(position[t.lhs], position[t.rhs]) for t in syntax.regressions])
    triangle = np.array(
        [sorted((position[t.lhs], position[t.rhs]), reverse=True) for t in covariances]
    )
    parameter = _number_parameters(syntax.regressions + covariances)
    return PathStructure(
        endogenous=endogenous,
        exogenous=exogenous,
        coefficients=syntax.regressions,
        covariances=covariances,
        definitions=syntax.definitions,
        coefficient_index=index,
        covariance_index=triangle,
        coefficient_parameter=parameter[: len(index)],
        covariance_parameter=parameter[len(index) :],
        n_parameters=int(parameter.max(initial=-1)) + 1,
        factor=np.ones(len(parameter)),
    )


def _complete_covariances(syntax, endogenous, outcomes) -> tuple[Term, ...]:
    for term in syntax.covariances:
        for name in (term.lhs, term.rhs):
            if name not in endogenous:
                raise InputError(
                    f"'{term.lhs} ~~ {term.rhs}': '{name}' is not an outcome of any regression; "
                    "(co)variances of exogenous variables are those of the sample."
                )
    written = {frozenset((t.lhs, t.rhs)) for t in syntax.covariances}
    variances = [Term(y, "~~", y) for y in endogenous if frozenset((y,)) not in written]
    automatic = [
        Term(a, "~~", b) for a, b in combinations(outcomes, 2) if frozenset((a, b)) not in written
    ]
    return (*syntax.covariances, *variances, *automatic)


def _number_parameters(terms: tuple[Term, ...]) -> np.ndarray:
    numbers, by_label, count = [], {}, 0
    for term in terms:
        if term.fixed is not None:
            numbers.append(-1)
            continue
        if term.label in by_label:
            number, op = by_label[term.label]
            if op != term.op:
                raise InputError(
                    f"label '{term.label}' stands for a regression and for a (co)variance; "
                    "use two labels."
                )
        else:
            number, count = count, count + 1
            if term.label:
                by_label[term.label] = (number, term.op)
        numbers.append(number)
    return np.array(numbers, dtype=int)
