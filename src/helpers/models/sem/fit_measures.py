"""Fit measures by lavaan's names and definitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import chndtr
from scipy.stats import chi2, ncx2

from helpers.models.sem.likelihood import implied_moments, information
from helpers.models.sem.structure import PathStructure

_RMSEA_CI_LEVEL = 0.90
_CLOSE_FIT = 0.05


def compute_fit_measures(
    structure: PathStructure,
    theta: np.ndarray,
    moments: np.ndarray,
    n: int,
    *,
    values: np.ndarray | None,
    scores: np.ndarray | None,
) -> pd.Series:
    """Test statistics, fit indices, information criteria.

    Parameters
    ----------
    structure : PathStructure
    theta : array, shape (free,)
        ML estimates.
    moments : array, shape (p, p)
        Sample covariance matrix, divisor n.
    n : int
        Sample size.
    values : array, shape (n, p), optional
        The data, for the Yuan-Bentler scaling; without them only the normal-theory measures.
    scores : array, shape (n, free), optional
        Their `casewise_scores` at `theta`.

    Returns
    -------
    Series
        lavaan's names (`chisq`, `df`, `cfi.scaled`, `rmsea.robust`, ...). A saturated model has
        chi-square 0 and df 0, CFI and TLI 1, RMSEA and SRMR 0; its p value and scaling factor
        do not exist and are NaN. Under strong misspecification a scaling factor can come out
        negative; it and what rests on it are NaN then, as in lavaan.

    Notes
    -----
    Rosseel, Y. (2012). lavaan. *Journal of Statistical Software, 48*(2),
    https://doi.org/10.18637/jss.v048.i02; scaling as Yuan-Bentler-Mplus; CFI and RMSEA "robust"
    after Brosseau-Liard & Savalei (2014), https://doi.org/10.1080/00273171.2014.933697.
    Validated: tests/reference/sem, lavaan 0.6-14.
    """
    m = len(structure.endogenous)
    implied = implied_moments(structure, theta, moments)
    logdet_free = _conditional_logdet(moments, m)
    # With rounding error a saturated model's discrepancy can be a tiny negative number.
    df = structure.n_moments - structure.n_parameters
    chisq = n * max(_fit_function(structure, theta, moments) - logdet_free - m, 0.0) if df else 0.0
    variances = np.diag(moments)[:m]
    base_chisq = n * (np.log(variances).sum() - logdet_free)
    base_df = structure.n_moments - m

    unrestricted = -n / 2 * (m * np.log(2 * np.pi) + logdet_free + m)
    scale = np.sqrt(np.diag(moments))
    residuals = ((moments - implied) / np.outer(scale, scale))[np.tril_indices(len(moments))]
    facts = FitFacts(
        chisq=chisq,
        df=df,
        base_chisq=base_chisq,
        base_df=base_df,
        npar=structure.n_parameters,
        unrestricted=unrestricted,
        srmr=np.sqrt(np.mean(residuals**2)) if df else 0.0,
        n=n,
        traces=None
        if values is None
        else scaling_traces(structure, theta, moments, values, scores),
        n_moments=structure.n_moments,
        n_free_rows=int((structure.parameter >= 0).sum()),
    )
    return assemble_measures(facts)


@dataclass(frozen=True)
class FitFacts:
    """What all fit measures are computed from.

    Attributes
    ----------
    chisq, df, base_chisq, base_df
        Test statistics of the model and of the baseline.
    npar : int
    unrestricted : float
        Log-likelihood of the unrestricted model.
    srmr : float
    n : int
    traces : tuple of float, optional
        tr(A^-1 B) of the unrestricted model, the model and the baseline, for scaled statistics.
    n_moments, n_free_rows : int
        By which the traces of the unrestricted and of the fitted model are divided.
    corrected : tuple of float, optional
        Under missing values: the statistic and its scaling factor for complete data, of the model
        and of the baseline, on which the robust CFI, TLI and RMSEA rest (Zhang & Savalei, 2023,
        https://doi.org/10.1037/met0000445).
    n_groups : int
        By which the squared RMSEA is multiplied.
    """

    chisq: float
    df: int
    base_chisq: float
    base_df: int
    npar: int
    unrestricted: float
    srmr: float
    n: int
    traces: tuple[float, float, float] | None = None
    n_moments: int = 0
    n_free_rows: int = 0
    corrected: tuple[float, float, float, float] | None = None
    n_groups: int = 1


def assemble_measures(facts: FitFacts) -> pd.Series:
    """All fit measures, by lavaan's names."""
    chisq, df, n, npar = facts.chisq, facts.df, facts.n, facts.npar
    logl = facts.unrestricted - chisq / 2
    out: dict[str, float] = {
        "npar": npar,
        "fmin": chisq / (2 * n),
        "chisq": chisq,
        "df": df,
        "pvalue": chi2.sf(chisq, df) if df else np.nan,
        "baseline.chisq": facts.base_chisq,
        "baseline.df": facts.base_df,
        "baseline.pvalue": chi2.sf(facts.base_chisq, facts.base_df) if facts.base_df else np.nan,
    }
    out |= _incremental(chisq, df, facts.base_chisq, facts.base_df)
    out |= {
        "logl": logl,
        "unrestricted.logl": facts.unrestricted,
        "aic": -2 * logl + 2 * npar,
        "bic": -2 * logl + np.log(n) * npar,
        "bic2": -2 * logl + np.log((n + 2) / 24) * npar,
        "ntotal": n,
    }
    out |= _rmsea(chisq, df, facts)
    out["srmr"] = facts.srmr
    if facts.traces is not None:
        out |= _scaled(facts)
    if facts.corrected is not None:
        out |= _corrected(facts)
    return pd.Series(out, dtype=float)


def _fit_function(structure, theta, moments):
    coefficients, psi = structure.matrices(theta)
    residual_map = np.eye(len(psi), len(moments)) - coefficients
    return np.linalg.slogdet(psi)[1] + np.trace(
        np.linalg.solve(psi, residual_map @ moments @ residual_map.T)
    )


def _conditional_logdet(moments, m):
    """Log determinant of the covariance of y given x."""
    return np.linalg.slogdet(moments)[1] - np.linalg.slogdet(moments[m:, m:])[1]


def _incremental(chisq, df, base_chisq, base_df, suffix=""):
    if np.isnan(chisq) or np.isnan(base_chisq):
        return {f"cfi{suffix}": np.nan, f"tli{suffix}": np.nan}
    excess, base_excess = max(chisq - df, 0), max(base_chisq - base_df, chisq - df, 0)
    cfi = 1 - excess / base_excess if base_excess > 0 else 1.0
    tli = 1.0
    if df > 0 and base_df > 0 and base_chisq / base_df != 1:
        tli = 1 - (chisq / df - 1) / (base_chisq / base_df - 1)
    return {f"cfi{suffix}": cfi, f"tli{suffix}": tli}


def _rmsea(chisq, df, facts: FitFacts, suffix="", *, scale=1.0):
    """RMSEA with its 90% interval and the test of close fit.

    `scale` stretches the noncentrality, as the robust version needs. lavaan gives limits of zero
    where df, which the scaled version multiplies by the scaling factor, falls below one.
    """
    names = [f"rmsea{s}{suffix}" for s in ("", ".ci.lower", ".ci.upper", ".pvalue")]
    if df == 0:
        return dict(zip(names, (0.0, 0.0, 0.0, np.nan), strict=True))
    if np.isnan([chisq, df]).any():
        return dict.fromkeys(names, np.nan)
    limits = (0.0, 0.0)
    if df >= 1:
        limits = noncentrality_interval(chisq, df, facts.n, ci_level=_RMSEA_CI_LEVEL)
    excess = np.array([max(chisq - df, 0), *limits])
    n = facts.n / facts.n_groups
    close = ncx2.sf(chisq, df, n * df * _CLOSE_FIT**2 / scale)
    return dict(zip(names, (*np.sqrt(scale * excess / (n * df)), close), strict=True))


def noncentrality_interval(
    chisq: float, df: float, n: int, *, ci_level: float
) -> tuple[float, float]:
    """Confidence limits of the noncentrality of a chi-square, by inverting its distribution.

    As in lavaan, a limit that no noncentrality up to max(n, 4 chisq) reaches is reported as zero.
    """
    tail = (1 - ci_level) / 2
    highest = max(n, 4 * chisq)

    def limit(probability):
        def excess(noncentrality):
            if noncentrality > 0:
                return chndtr(chisq, df, noncentrality) - probability
            return chi2.cdf(chisq, df) - probability

        if excess(0.0) <= 0 or excess(highest) > 0:
            return 0.0
        return brentq(excess, 0.0, highest, xtol=1e-12, rtol=1e-14)

    return limit(1 - tail), limit(tail)


def scaling_traces(
    structure: PathStructure,
    theta: np.ndarray,
    moments: np.ndarray,
    values: np.ndarray,
    scores: np.ndarray,
) -> tuple[float, float, float]:
    """Traces behind the Yuan-Bentler-Mplus scaling factors; `scores` are the casewise ones.

    Returns
    -------
    saturated, model, baseline : float
        tr(A^-1 B) of the unrestricted model of y given x, of the fitted model and of the
        baseline: A the observed information, B the mean outer product of the casewise scores.
    """
    m = len(structure.endogenous)
    n = len(values)
    centered = values - values.mean(axis=0)
    y, x = centered[:, :m], centered[:, m:]
    s_yx, s_xx = moments[:m, m:], moments[m:, m:]
    residuals = y - x @ np.linalg.solve(s_xx, s_yx.T)
    conditional = moments[:m, :m] - s_yx @ np.linalg.solve(s_xx, s_yx.T)
    distance = np.einsum("ni,ni->n", residuals, np.linalg.solve(conditional, residuals.T).T)
    leverage = np.einsum("ni,ni->n", x, np.linalg.solve(s_xx, x.T).T)
    saturated = np.mean(distance * leverage) + (np.mean(distance**2) - m) / 2

    bread = information(structure, theta, moments, kind="observed")
    model = np.trace(np.linalg.solve(bread, scores.T @ scores / n))

    squares = y**2 / np.diag(moments)[:m]
    baseline = ((squares - 1) ** 2).mean(axis=0).sum() / 2
    return saturated, model, baseline


def _scaled(facts: FitFacts):
    saturated, model, baseline = facts.traces
    chisq, df = facts.chisq, facts.df
    base_chisq, base_df = facts.base_chisq, facts.base_df
    factor = _scaling_factor(saturated - model, df)
    base_factor = _scaling_factor(saturated - baseline, base_df)
    scaled = chisq / factor if df else chisq
    base_scaled = base_chisq / base_factor
    out = {
        "chisq.scaled": scaled,
        "df.scaled": df,
        "pvalue.scaled": chi2.sf(scaled, df) if df else np.nan,
        "chisq.scaling.factor": factor,
        "baseline.chisq.scaled": base_scaled,
        "baseline.df.scaled": base_df,
        "baseline.pvalue.scaled": chi2.sf(base_scaled, base_df) if base_df else np.nan,
        "baseline.chisq.scaling.factor": base_factor,
        "scaling.factor.h1": saturated / facts.n_moments,
        "scaling.factor.h0": model / facts.n_free_rows,
    }
    out |= _incremental(scaled, df, base_scaled, base_df, ".scaled")
    out |= _robust_incremental(chisq, df, factor, base_chisq, base_df, base_factor)
    out |= _rmsea(chisq, factor * df if df else 0, facts, ".scaled")
    out |= _rmsea(scaled, df, facts, ".robust", scale=factor)
    return out


def _corrected(facts: FitFacts):
    chisq, factor, base_chisq, base_factor = facts.corrected
    df = facts.df
    out = _robust_incremental(chisq, df, factor, base_chisq, facts.base_df, base_factor)
    return out | _rmsea(chisq / factor if df else 0.0, df, facts, ".robust", scale=factor)


def _scaling_factor(trace, df):
    """Trace over df; NaN where there is none: a saturated model, or a negative trace."""
    return trace / df if df > 0 and trace > 0 else np.nan


def _robust_incremental(chisq, df, factor, base_chisq, base_df, base_factor):
    if df == 0:
        return {"cfi.robust": 1.0, "tli.robust": 1.0}
    if np.isnan([factor, base_factor]).any():
        return {"cfi.robust": np.nan, "tli.robust": np.nan}
    excess, base_excess = chisq - factor * df, base_chisq - base_factor * base_df
    denominator = max(excess, base_excess, 0)
    return {
        "cfi.robust": 1 - max(excess, 0) / denominator if denominator > 0 else 1.0,
        "tli.robust": 1 - (excess * base_df) / (base_excess * df),
    }
