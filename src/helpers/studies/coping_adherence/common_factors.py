"""The composite model with common factors in place of composites: covariance-based SEM.

A family of models knows no other; what sets one beside another belongs to the study that does so.
"""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.models.pls.counterparts import StructuralEstimates, path_table
from helpers.models.pls.model import PLSFit
from helpers.models.pls.specification import PLSModel
from helpers.models.sem.general import SemFit, fit_sem

__all__ = ["fit_common_factors"]


def fit_common_factors(fit: PLSFit) -> StructuralEstimates:
    """Fit the model of a composite fit with common factors, by maximum likelihood.

    Parameters
    ----------
    fit : PLSFit
        A fit from cases. Each construct becomes a common factor of its items; a one-item construct
        is its item. Missing answers are replaced as in the fit.

    Returns
    -------
    StructuralEstimates
        Completely standardized paths; `z` and `pvalue` test the path in the units of the first
        item. An improper solution (a negative variance, factors that cannot correlate so) stands
        as it is, and `notes` names it. `scores` are regression scores of the factors.

    Raises
    ------
    InputError
        When there are no cases, or maximum likelihood has no solution that is found.

    Notes
    -----
    Validated: tests/reference/pls/test_common_factors.py, lavaan 0.6-14, among its models one with
    a reversed first item and one whose solution is improper.

    Examples
    --------
    >>> from helpers.models.example import simulate_sessions
    >>> from helpers.models.pls.model import fit_pls
    >>> items = {"distress": ["d1", "d2", "d3"], "alliance": ["a1", "a2", "a3"], "quality": ["q1"]}
    >>> paths = [("distress", "alliance"), ("distress", "quality"), ("alliance", "quality")]
    >>> fit = fit_pls(simulate_sessions(), model=PLSModel(items, paths))
    >>> fit_common_factors(fit).paths.round(3)
            lhs op       rhs    est      z  pvalue
    0  alliance  ~  distress -0.443 -4.742   0.000
    1   quality  ~  distress -0.034 -0.387   0.699
    2   quality  ~  alliance  0.284  3.133   0.002
    """
    if fit.data is None:
        raise InputError("fit comes from a correlation matrix; common factors need cases.")
    model, items = fit.model, fit.data.fillna(fit.data.mean())
    text, names = _write(model)
    # Items with equal spread keep the search in proportion; standardized paths and z do not
    # depend on it.
    scaled = ((items - items.mean()) / items.std()).rename(columns=names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what they say is in the notes
        found = fit_sem(text, scaled)
    factors = {name: f"f{k}" for k, name in enumerate(model.names)}
    given = {short: name for name, short in (names | factors).items()}
    rows = found.standardized.query("op == '~'").assign(
        z=found.parameters["z"], pvalue=found.parameters["pvalue"]
    )
    rows["lhs"], rows["rhs"] = rows["lhs"].map(given), rows["rhs"].map(given)
    columns = ["lhs", "op", "rhs", "est", "z", "pvalue"]
    explained = found.r_squared[[factors[name] for name in model.endogenous]]
    scores = scaled[list(names.values())] @ _score_weights(found, list(names.values()))
    return StructuralEstimates(
        "CB-SEM",
        path_table(list(rows[columns].itertuples(index=False, name=None)), model),
        explained.rename(index=given).rename_axis("construct"),
        scores.rename(columns=given),
        len(items),
        tuple(_with_names(note, given) for note in found.notes),
    )


def _write(model: PLSModel) -> tuple[str, dict[str, str]]:
    """The model in lavaan's syntax, and its names of the items.

    A reader's names may hold signs that the syntax reserves.
    """
    names = {item: f"y{k}" for k, item in enumerate(model.items)}
    factor = {name: f"f{k}" for k, name in enumerate(model.names)}
    lines = [
        f"{factor[name]} =~ " + " + ".join(names[item] for item in own)
        for name, own in model.constructs.items()
    ]
    lines += [
        f"{factor[name]} ~ " + " + ".join(factor[a] for a in model.antecedents(name))
        for name in model.endogenous
    ]
    return "\n".join(lines), names


def _score_weights(found: SemFit, items: list[str]):
    """Weights of the items in the regression scores of the factors."""
    _, covariance, names = found.reporter.joint(found.full)
    at = [names.index(item) for item in items]
    latent = [names.index(name) for name in found.table.latent]
    weights = np.linalg.solve(covariance[np.ix_(at, at)], covariance[np.ix_(at, latent)])
    return pd.DataFrame(weights, index=items, columns=list(found.table.latent))


def _with_names(note: str, given: dict[str, str]) -> str:
    return re.sub(r"'([fy]\d+)'", lambda name: f"'{given[name[1]]}'", note)
