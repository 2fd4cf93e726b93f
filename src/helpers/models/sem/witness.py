"""A second opinion: semopy's own fit of a path model, estimate by estimate."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pandas as pd
import semopy
from threadpoolctl import threadpool_limits

from helpers.models.sem.model import PathFit, normal_theory_parameters
from helpers.models.sem.syntax import Term

_TIGHT = {"ftol": 1e-14, "maxiter": 5000}


def compare_with_semopy(fit: PathFit) -> pd.DataFrame:
    """Fit the same model to the same covariance matrix with semopy.

    Parameters
    ----------
    fit : PathFit
        Its regressions and (co)variances are given to `semopy.Model` as text; definitions, which
        semopy does not read, are left out.

    Returns
    -------
    DataFrame
        One row per coefficient or (co)variance: `lhs op rhs label est se` (normal theory, expected
        information) and `est_semopy se_semopy`; NaN for the SE of a fixed value, and in both
        columns where semopy finds no solution.

    Notes
    -----
    semopy is a witness for estimates and normal-theory SEs. Its degrees of freedom and fit indices
    count the moments among exogenous variables and are not passed on.

    Igolkina, A. A., & Meshcheryakov, G. (2020). semopy: A Python package for structural equation
    modeling. *Structural Equation Modeling, 27*(6), 952-963.
    https://doi.org/10.1080/10705511.2019.1704289

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from helpers.models.sem.model import fit_path_model
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal(200)
    >>> data = pd.DataFrame({"x": x, "m": 0.5 * x + rng.standard_normal(200)})
    >>> table = compare_with_semopy(fit_path_model("m ~ a*x; twice := 2*a", data))
    >>> print(table[["lhs", "op", "rhs", "est", "est_semopy"]].round(3).to_string(index=False))
    lhs op rhs  est  est_semopy
      m  ~   x 0.54        0.54
      m ~~   m 0.80        0.80
    """
    names = list(fit.structure.variables)
    moments = pd.DataFrame(fit.moments, names, names)
    found = fit_semopy(write_semopy(fit), moments, n=fit.n)
    terms = normal_theory_parameters(fit).iloc[: len(fit.structure.terms)]
    est, se = (found[name].reindex(map(_key, fit.structure.terms)) for name in ("est", "se"))
    return terms[["lhs", "op", "rhs", "label", "est", "se"]].assign(
        est_semopy=est.to_numpy(), se_semopy=se.to_numpy()
    )


def fit_semopy(model: str, covariance: pd.DataFrame, *, n: int) -> pd.DataFrame:
    """Estimates and normal-theory SEs of `semopy.Model`.

    Parameters
    ----------
    model : str
        In semopy's syntax, that is lavaan's without definitions.
    covariance : DataFrame, shape (p, p)
        Divisor n, variables as row and column names.
    n : int
        Cases behind it.

    Returns
    -------
    DataFrame
        `est se`, indexed by "lhs op rhs", the two sides of a covariance in alphabetical order; SE
        NaN for a fixed value. Without rows where semopy finds no solution.
    """
    logging.disable(logging.WARNING)
    try:
        with threadpool_limits(1), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            engine = semopy.Model(model, mimic_lavaan=True, cov_diag=True)
            engine.fit(cov=covariance, n_samples=n, options=_TIGHT)
            table = engine.inspect()
    except np.linalg.LinAlgError:
        return pd.DataFrame({"est": [], "se": []}, dtype=float)
    finally:
        logging.disable(logging.NOTSET)
    keys = [_key(Term(*row)) for row in table[["lval", "op", "rval"]].to_numpy()]
    values = table[["Estimate", "Std. Err"]].apply(pd.to_numeric, errors="coerce")
    return values.set_axis(["est", "se"], axis=1).set_axis(keys)


def write_semopy(fit: PathFit) -> str:
    """The model of a fit as text for `semopy.Model`: every term, its label or fixed value."""
    lines = []
    for term in fit.structure.terms:
        before = term.label if term.fixed is None else f"{term.fixed:.17f}"
        lines.append(f"{term.lhs} {term.op} {before}*{term.rhs}".replace(" *", " "))
    return "\n".join(lines)


def _key(term: Term) -> str:
    sides = sorted((term.lhs, term.rhs)) if term.op == "~~" else (term.lhs, term.rhs)
    return f" {term.op} ".join(sides)
