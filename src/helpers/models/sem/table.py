"""lavaan's parameter table: what is written, and what `sem()` adds to it by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, combinations_with_replacement

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.sem.syntax import Constraint, Definition, ModelSyntax, Term


@dataclass(frozen=True)
class Row:
    """One parameter; free unless `fixed` holds its value.

    `exogenous` marks the means and (co)variances of exogenous observed variables, which are those
    of the sample where these variables are taken as fixed.
    """

    lhs: str
    op: str
    rhs: str
    label: str = ""
    fixed: float | None = None
    start: float | None = None
    lower: float = -np.inf
    upper: float = np.inf
    exogenous: bool = False


@dataclass(frozen=True, eq=False)
class ParameterTable:
    """The parameters of a model, by lavaan's rules for `sem()`.

    Attributes
    ----------
    rows : tuple of Row
        Written rows first, then those added by rule.
    observed, latent : tuple of str
        lavaan's order: indicators, outcomes, exogenous variables, all others.
    exogenous : tuple of str
        Observed variables that are predictors only and have no written (co)variance or intercept.
    auxiliary : tuple of str
        Saturated correlates, part of `observed`.
    definitions : tuple of Definition
    constraints : tuple of Constraint
        As written.
    linear : array, shape (constraints by effect coding, rows + 1)
        Weights of the rows and, last, a constant: what effect coding sets to zero.
    meanstructure : bool
    """

    rows: tuple[Row, ...]
    observed: tuple[str, ...]
    latent: tuple[str, ...]
    exogenous: tuple[str, ...]
    auxiliary: tuple[str, ...]
    definitions: tuple[Definition, ...]
    constraints: tuple[Constraint, ...]
    linear: np.ndarray
    meanstructure: bool

    @cached_property
    def endogenous(self) -> tuple[str, ...]:
        """Variables with an equation of their own: indicators, outcomes, composites."""
        found = [r.rhs for r in self.rows if r.op == "=~"]
        found += [r.lhs for r in self.rows if r.op in ("~", "<~")]
        order = self.observed + self.latent
        return tuple(sorted(set(found), key=order.index))

    @cached_property
    def keys(self) -> pd.DataFrame:
        """`lhs op rhs label` of the rows, then of the definitions."""
        rows = [(r.lhs, r.op, r.rhs, r.label) for r in self.rows]
        rows += [(d.name, ":=", d.expression, d.name) for d in self.definitions]
        return pd.DataFrame(rows, columns=["lhs", "op", "rhs", "label"])


def build_table(
    syntax: ModelSyntax,
    *,
    std_lv: bool = False,
    effect_coding: bool = False,
    meanstructure: bool = False,
    auxiliary: Sequence[str] = (),
) -> ParameterTable:
    """Lay out the parameters as `lavaan::sem` does.

    Variances are free; exogenous latent variables covary, and so do outcomes that predict nothing;
    the first loading of a factor is 1, or with `std_lv` the factor's variance; the residual of a
    single indicator is zero unless it is written; intercepts of observed variables are free and
    those of latent variables zero. With `effect_coding` all loadings of a factor are free with
    mean 1 and, with means in the model, its indicators' intercepts have mean 0 and its own mean is
    free (Little, Slegers & Card, 2006, https://doi.org/10.1207/s15328007sem1301_3).

    Parameters
    ----------
    syntax : ModelSyntax
    std_lv, effect_coding, meanstructure : bool
    auxiliary : sequence of str
        Variables that only inform about missing values: each covaries with every observed variable
        or its residual, and with the other auxiliaries (Graham, 2003,
        https://doi.org/10.1207/S15328007SEM1001_4).

    Returns
    -------
    ParameterTable
    """
    names = _Names(syntax)
    for name in auxiliary:
        if name in names.observed or name in names.latent:
            raise InputError(f"auxiliary variable '{name}' is part of the model; leave it out.")
    meanstructure = meanstructure or bool(syntax.of("~1"))
    written = {_pair(t.lhs, t.op, t.rhs): t for t in syntax.terms}
    terms = dict(written)
    for term in (*_automatic(names, meanstructure), *_correlates(names, auxiliary, meanstructure)):
        terms.setdefault(_pair(*term), Term(*term))
    values = _default_values(names, std_lv, effect_coding, meanstructure)
    exogenous = {*names.exogenous}
    rows = []
    for key, term in terms.items():
        of_x = term.op in ("~~", "~1") and {term.lhs, term.rhs or term.lhs} <= exogenous
        rows.append(_row(term, values.get(key), key in written, of_x))
    fixed = {r.label: r.fixed for r in rows if r.label and r.fixed is not None}
    rows = [replace(r, fixed=fixed.get(r.label, r.fixed)) for r in rows]
    return ParameterTable(
        rows=tuple(rows),
        observed=(*names.observed, *auxiliary),
        latent=names.latent,
        exogenous=names.exogenous,
        auxiliary=tuple(auxiliary),
        definitions=syntax.definitions,
        constraints=syntax.constraints,
        linear=_effect_coding(rows, names, meanstructure)
        if effect_coding
        else np.zeros((0, len(rows) + 1)),
        meanstructure=meanstructure,
    )


class _Names:
    """Who is what in a model, by lavaan's rules."""

    def __init__(self, syntax: ModelSyntax):
        measured, composed = syntax.of("=~"), syntax.of("<~")
        latent = _unique(t.lhs for t in syntax.terms if t.op in ("=~", "<~"))
        indicators = _unique(t.rhs for t in measured)
        outcomes = _unique(t.lhs for t in syntax.regressions)
        predictors = _unique(t.rhs for t in syntax.of("~", "<~"))
        seen_indicators = [v for v in indicators if v not in latent]
        seen_outcomes = [v for v in outcomes if v not in (*latent, *seen_indicators)]
        before = (*latent, *seen_indicators, *seen_outcomes)
        seen_predictors = [v for v in predictors if v not in before]
        covaried = [v for t in syntax.covariances for v in (t.lhs, t.rhs)]
        with_mean = [t.lhs for t in syntax.of("~1")]
        others = [v for v in _unique([*covaried, *with_mean]) if v not in latent]
        mentioned = {*covaried, *with_mean}
        for name in seen_predictors:
            if ":" in name and set(name.split(":")) & set(latent):
                raise InputError(
                    f"'{name}' is a product of a latent variable; it is not estimated."
                )
        self.latent = tuple(latent)
        self.observed = tuple(
            _unique([*seen_indicators, *seen_outcomes, *seen_predictors, *others])
        )
        self.exogenous = tuple(
            v for v in seen_predictors if v not in mentioned and not set(v.split(":")) & {*outcomes}
        )
        self.composites = tuple(_unique(t.lhs for t in composed))
        self.loadings = {f: [t.rhs for t in measured if t.lhs == f] for f in latent}
        self.single = {
            own[0]
            for own in self.loadings.values()
            if len(own) == 1 and sum(own[0] in other for other in self.loadings.values()) == 1
        }
        dependent = {*indicators, *outcomes}
        self.exogenous_latent = [f for f in latent if f not in dependent]
        last = {*outcomes} - {*indicators} - {*predictors}
        self.last = [f for f in latent if f in last] + [v for v in self.observed if v in last]


def _unique(names) -> list[str]:
    return list(dict.fromkeys(names))


def _pair(lhs: str, op: str, rhs: str) -> tuple[str, ...]:
    """What names a parameter: a covariance has no direction."""
    return (op, *sorted((lhs, rhs))) if op == "~~" else (op, lhs, rhs)


def _automatic(names: _Names, meanstructure: bool):
    """What is added by rule, in lavaan's order."""
    for v in (*(v for v in names.observed if v not in names.exogenous), *names.latent):
        yield (v, "~~", v)
    for pair in (*combinations(names.exogenous_latent, 2), *combinations(names.last, 2)):
        yield (pair[0], "~~", pair[1])
    for a, b in combinations_with_replacement(names.exogenous, 2):
        yield (a, "~~", b)
    if meanstructure:
        for v in (*names.observed, *names.latent):
            yield (v, "~1", "")


def _correlates(names: _Names, auxiliary: Sequence[str], meanstructure: bool):
    for k, name in enumerate(auxiliary):
        for other in (name, *auxiliary[k + 1 :], *names.observed):
            yield (name, "~~", other)
        if meanstructure:
            yield (name, "~1", "")


def _default_values(names: _Names, std_lv: bool, effect_coding: bool, meanstructure: bool):
    """Parameters that are fixed unless the model says otherwise."""
    values = {_pair(v, "~~", v): 0.0 for v in (*names.single, *names.composites)}
    for factor, own in names.loadings.items():
        if std_lv:
            values[_pair(factor, "~~", factor)] = 1.0
        elif own and not effect_coding:
            values[_pair(factor, "=~", own[0])] = 1.0
        if meanstructure and not (effect_coding and own):
            values[_pair(factor, "~1", "")] = 0.0
    return values


def _row(term: Term, default: float | None, written: bool, of_x: bool) -> Row:
    fixed = term.fixed
    if fixed is None and not term.freed and default is not None:
        # A residual variance that is written is free; a marker or a scaled variance is not.
        freed = written and term.op == "~~" and term.lhs == term.rhs and default == 0.0
        fixed = None if freed or (written and term.op == "~1") else default
        if fixed is not None and term.start is not None:
            fixed = term.start  # a start for a parameter that is fixed by rule is its value
    return Row(
        term.lhs,
        term.op,
        term.rhs,
        term.label,
        fixed,
        term.start,
        -np.inf if term.lower is None else term.lower,
        np.inf if term.upper is None else term.upper,
        of_x and not written,
    )


def _effect_coding(rows, names: _Names, meanstructure: bool) -> np.ndarray:
    place = {_pair(r.lhs, r.op, r.rhs): k for k, r in enumerate(rows)}
    weights = []
    for factor, own in names.loadings.items():
        own = [v for v in own if v not in names.latent] or own
        if not own:
            continue
        line = np.zeros(len(rows) + 1)
        line[[place[_pair(factor, "=~", v)] for v in own]] = 1.0
        line[-1] = -len(own)
        weights.append(line)
        if meanstructure:
            line = np.zeros(len(rows) + 1)
            line[[place[_pair(v, "~1", "")] for v in own]] = 1.0
            weights.append(line)
    return np.array(weights).reshape(-1, len(rows) + 1)
