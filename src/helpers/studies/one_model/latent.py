"""The tables by which a model of latent variables is assessed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.models.sem.sem_fit import SemFit

__all__ = ["ESTIMATED", "tabulate_factors"]

ESTIMATED = {
    "loadings": ("loading", "se", "ci_lower", "ci_upper"),
    "reliability": ("omega", "ave"),
    "fit": ("chisq", "df", "p", "cfi", "tli", "rmsea", "rmsea_lower", "rmsea_upper", "srmr"),
    "residuals": ("residual", "z"),
}
"""Tables beside the effects, and the columns in which a paper can print."""
_MEASURES = {
    "chisq": "chisq",
    "df": "df",
    "p": "pvalue",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "rmsea_lower": "rmsea.ci.lower",
    "rmsea_upper": "rmsea.ci.upper",
    "srmr": "srmr",
}
"""Columns of the table of fit, by lavaan's names."""


def tabulate_factors(fit: SemFit) -> dict[str, pd.DataFrame]:
    """Return loadings, reliability, fit and residual correlations of a fitted model.

    Parameters
    ----------
    fit : SemFit

    Returns
    -------
    dict of str to DataFrame
        Tables with the columns of `ESTIMATED` and the key of a row, `label`; loadings are
        completely standardized, with their construct. Fit is of the scaled statistics where the
        fit is robust. Residuals are observed less implied correlations, with the z of the residual
        covariances.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from helpers.models.sem.general import fit_sem
    >>> rng = np.random.default_rng(1)
    >>> f = rng.standard_normal(400)
    >>> data = pd.DataFrame({f"x{k}": f + rng.standard_normal(400) for k in (1, 2, 3, 4)})
    >>> tables = tabulate_factors(fit_sem("f =~ x1 + x2 + x3 + x4", data))
    >>> tables["reliability"].round(2).to_dict("records")
    [{'label': 'f', 'omega': 0.79, 'ave': 0.48}]
    >>> tables["residuals"]["label"].tolist()[:2]
    ['x2 ~~ x1', 'x3 ~~ x1']
    """
    loaded = fit.standardized.query("op == '=~'")
    several = loaded["rhs"].duplicated(keep=False)
    label = loaded["rhs"].where(~several, loaded["lhs"] + " -> " + loaded["rhs"])
    loadings = loaded.assign(label=label, construct=loaded["lhs"], loading=loaded["est"])
    suffix = ".scaled" if fit.robust else ""
    measures = {
        column: fit.fit_measures.get(f"{name}{suffix}", fit.fit_measures.get(name, np.nan))
        for column, name in _MEASURES.items()
    }
    return {
        "loadings": loadings[["label", "construct", *ESTIMATED["loadings"]]].reset_index(drop=True),
        "reliability": fit.reliability.rename_axis("label").reset_index(),
        "fit": pd.DataFrame([{"label": "model"} | measures]),
        "residuals": _residual_correlations(fit),
    }


def _residual_correlations(fit: SemFit) -> pd.DataFrame:
    rows = fit.residuals.query("op == '~~'")
    own = rows[rows["lhs"] == rows["rhs"]].set_index("lhs")
    pairs = rows[rows["lhs"] != rows["rhs"]]

    def correlation(moment: str) -> pd.Series:
        scale = [np.sqrt(pairs[side].map(own[moment])) for side in ("lhs", "rhs")]
        return pairs[moment] / (scale[0] * scale[1])

    return pd.DataFrame(
        {
            "label": pairs["lhs"] + " ~~ " + pairs["rhs"],
            "residual": correlation("observed") - correlation("implied"),
            "z": pairs["z"],
        }
    ).reset_index(drop=True)
